# keepalived in the place of directors a and b, for tests/net/failover_figures -k: the same events. The kernel
# answers for the VIP. To be sourced after failover_peers.sh.

command -v keepalived >/dev/null || fail "no keepalived: tools/bootstrap installs it"
ended() { [ -z "$(ip netns pids "$lab-$(host_of "$1")" | grep -Fxf "$dir/keepalived-$1.pids")" ]; }
processes() { ip netns pids "$lab-$(host_of "$1")" > "$dir/keepalived-$1.pids"; }

configure_pair() {
    local d n priority seconds
    case $interval in
    *ms) seconds=$(printf '0.%03d' "${interval%ms}"); [ "$interval" != 1000ms ] || seconds=1 ;;
    *s) seconds=${interval%s} ;;
    esac
    for d in a b; do
        [ $d = a ] && n=2 priority=200 || { n=3 priority=199; }
        address "$(host_of $d)" wan0 192.0.2.$n/24
        cat > "$dir/keepalived-$d.conf" <<END
global_defs {
    vrrp_version 3
    script_user root
}
vrrp_instance shop {
    interface wan0
    virtual_router_id 51
    priority $priority
    advert_int $seconds
    virtual_ipaddress {
        $vip/32
    }
}
END
    done
}
start_director() {
    local d
    for d; do
        ip -n "$lab-switch" link set "$(host_of "$d")-wan0" master wan
        start_on "$(host_of "$d")" keepalived --dont-fork --log-console -f "$dir/keepalived-$d.conf" --vrrp \
            -p "$dir/$d.pid" -r "$dir/v$d.pid" >> "$dir/$d.log" 2>&1
        pid_of[$d]=$!
    done
}
stop_director() { kill "${pid_of[$1]}"; wait "${pid_of[$1]}" || :; }
# What a dead host looks like: its link is silent, its processes and addresses are gone.
kill_director() {
    local host; host=$(host_of "$1")
    ip -n "$lab-switch" link set "$host-wan0" nomaster
    processes "$1"
    xargs -r kill -9 < "$dir/keepalived-$1.pids"
    wait "${pid_of[$1]}" 2>/dev/null || :
    wait_for 5 ended "$1" || pair_fail "keepalived does not die"
    rm -f "$dir/$1.pid" "$dir/v$1.pid"
    ip -n "$lab-$host" addr del $vip/32 dev wan0 2>/dev/null || :
}
signal_director() { ip netns pids "$lab-$(host_of "$1")" | xargs -r kill -"$2"; }
has_vip() { ip -n "$lab-$(host_of "$1")" addr show dev wan0 | grep -q " $vip/"; }
is() { if [ "$2" = active ]; then has_vip "$1"; else ! has_vip "$1"; fi; }
becomes() { wait_for 20 is "$@" || pair_fail "$1 is not $2"; }
both_there() { wait_for 20 test -e "$dir/a.pid" && wait_for 20 test -e "$dir/b.pid" || pair_fail "keepalived does not start"; }
