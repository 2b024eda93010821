#!/usr/bin/env bash
# Debian's keepalived is the other router: elections, priority 0, death, preemption and ties, each way
# round, by version 2 and 3, IPv4 and IPv6.
. "$(dirname "$0")/failover_lab.sh"

command -v keepalived >/dev/null || fail "no keepalived: tools/bootstrap installs it"
interval=1s
pair_up

# keepalived_is VERSION PRIORITY ADDRESS [LINE...]: starts it on b.
keepalived_is() {
    local version=$1 priority=$2 address=$3 length=32; shift 3
    [[ $address != *:* ]] || length=128
    cat > "$dir/keepalived.conf" <<END
global_defs {
    vrrp_version $version
    script_user root
}
vrrp_instance shop {
    interface wan0
    virtual_router_id 51
    priority $priority
    advert_int ${advert:-1}
    virtual_ipaddress {
        $address/$length
    }
    $(printf '%s\n' "$@")
}
END
    start_on b keepalived --dont-fork --log-console --log-detail -f "$dir/keepalived.conf" --vrrp -p "$dir/k.pid" -r "$dir/kv.pid" > "$dir/keepalived.log" 2>&1
    keepalived=$!
}
has() { ip -n "$lab-b" addr show dev wan0 | grep -q "$1/"; }
has_not() { ! has "$1"; }
keepalived_has() { wait_for 12 has "$1" || keepalived_fail "keepalived does not take $1"; }
keepalived_has_not() { wait_for 12 has_not "$1" || keepalived_fail "keepalived keeps $1"; }
keepalived_fail() { tail -n 40 "$dir/keepalived.log" >&2; pair_fail "$@"; }
keepalived_ends() { kill "$keepalived"; wait "$keepalived" || :; wait_for 5 nothing_runs || pair_fail "keepalived does not end"; }
nothing_runs() { [ -z "$(ip netns pids "$lab-b")" ]; }
# The whole family of processes, and the link: what a dead host looks like.
keepalived_dies() {
    ip -n "$lab-switch" link set b-wan0 nomaster
    ip netns pids "$lab-b" | xargs -r kill -9
    wait "$keepalived" 2>/dev/null || :
    wait_for 5 nothing_runs || pair_fail "keepalived does not die"
    rm -f "$dir/k.pid" "$dir/kv.pid" # the next one must not take their numbers for a living daemon
    ip -n "$lab-b" addr flush dev wan0
    address b wan0 192.0.2.3/24 2001:db8::3/64
    ip -n "$lab-b" addr add fe80::ffff:ffff:ffff:3/64 dev wan0 nodad # greater than any of a MAC
    ip -n "$lab-switch" link set b-wan0 master wan
}
address b wan0 192.0.2.3/24 2001:db8::3/64

# each VERSION ADDRESS [LINE...]: all that two routers do to each other; lines are for weir.
each() {
    local version=$1 address=$2 refused; shift 2
    echo "version $version, $address ${*:-}"
    { vrrp shop wan 51 200 "$address" "version = $version" "$@"; } | configure a
    : > "$dir/a.log"
    start a
    becomes a active
    keepalived_is "$version" 100 "$address"
    pause 5
    is a active || keepalived_fail "weir gave way to a worse keepalived"
    has_not "$address" || keepalived_fail "keepalived took $address from a better weir"

    stop a
    keepalived_has "$address"
    grep -q 'active with priority 100' "$dir/a.log" || keepalived_fail "weir did not hear its successor"
    start a
    becomes a active # by preemption
    keepalived_has_not "$address"
    kill9 a
    keepalived_has "$address"
    keepalived_ends

    # The other way round.
    start a
    becomes a active
    keepalived_is "$version" 210 "$address"
    becomes a backup
    keepalived_has "$address"
    keepalived_ends # it sends priority 0
    becomes a active
    keepalived_is "$version" 210 "$address"
    becomes a backup
    keepalived_has "$address"
    keepalived_dies
    becomes a active
    grep -q 'no advertisement for' "$dir/a.log" || keepalived_fail "no word of its death"

    # Of equals the greater address, which is keepalived's, stays when both have been active.
    keepalived_is "$version" 200 "$address"
    pause 5
    is a active || keepalived_fail "an equal keepalived preempted"
    ip -n "$lab-switch" link set b-wan0 nomaster
    keepalived_has "$address"
    ip -n "$lab-switch" link set b-wan0 master wan
    becomes a backup
    keepalived_ends
    becomes a active
    refused=$(ctl a status --json | jq '[.vrrp[].refused[]] | add')
    [ "$refused" = 0 ] || keepalived_fail "weir refused advertisements: $(ctl a status --json | jq -c '.vrrp[].refused')"
    stop a
}

each 2 $vip
each 3 $vip "checksum = pseudo"
each 3 $vip6

# `checksum = auto` finds keepalived's form out by itself: two are active for a moment at most.
{ vrrp shop wan 51 200 $vip; } | configure a
: > "$dir/a.log"
start a
becomes a active
keepalived_is 3 100 $vip
settled() { ctl a status --json | jq -e '.vrrp[0].heard > 0' && has_not $vip; }
wait_for 12 settled || keepalived_fail "the checksum's form was not found out"
is a active || keepalived_fail "weir gave way"
keepalived_ends
stop a

# By unicast.
{ vrrp shop wan 51 200 $vip "checksum = pseudo" "unicast = 192.0.2.3"; } | configure a
: > "$dir/a.log"
start a
becomes a active
keepalived_is 3 100 $vip "unicast_src_ip 192.0.2.3" "unicast_peer {" "192.0.2.2" "}"
pause 5
is a active && has_not $vip || keepalived_fail "by unicast they do not hear each other"
stop a
keepalived_has $vip
keepalived_ends
