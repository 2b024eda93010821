#!/usr/bin/env bash
# What somebody does to a director's interfaces: another weir, a kill, a twin set down, a twin, its address or its
# route removed, the interface itself removed and made again.
. "$(dirname "$0")/lab.sh"

lab_up one-arm
servers_have_vips
webs
driver=packet
configuration() { cat <<CONF
$(director_section)
$(wan_port)
promiscuous = yes
gateway = 192.0.2.7
gateway = 2001:db8::7
route = 203.0.113.0/24 via 192.0.2.13 metric=50
$(service web $vip:80/tcp dr rr 192.0.2.11 192.0.2.12 192.0.2.13)
CONF
}
quiet=/proc/sys/net/ipv4/conf/wan0
settings() {
    on director cat $quiet/{arp_ignore,rp_filter,forwarding} /proc/sys/net/ipv6/conf/wan0/disable_ipv6 | paste -sd' '
    ip -n "$lab-director" -o link show wan0 | grep -o 'mtu [0-9]*'
}
heard() { ip -n "$lab-director" -d -o link show wan0 | grep -o 'promiscuity [0-9]*\|allmulti [0-9]*' | paste -sd' '; }
originals=$(settings)
expect "before weir" "promiscuity 0 allmulti 0" "$(heard)"
start_weir <<< "$(configuration)"
expect "serves" "s1 s2 s3" "$(answers 3 http://$vip/)"
taken=$(settings)
expect "with weir" "promiscuity 1 allmulti 1" "$(heard)"
[ "$taken" != "$originals" ] || fail "weir keeps nobody quiet: the test shows nothing"

# Another weir on the same device, whatever its run directory, is refused.
sed "s|^run-dir.*|run-dir = $dir/other|; s|^twin.*|twin = other|" "$dir/weir.conf" > "$dir/other.conf"
! on director "$build/src/weir" --config "$dir/other.conf" 2> "$dir/errors" || fail "a second weir ran"
grep -q "wan0: another weir has this interface" "$dir/errors" || fail "no useful error: $(cat "$dir/errors")"
expect "untouched" "$taken" "$(settings)"

# A twin's address, then the twin itself.
trouble() { weirctl status --json | jq -r '.ports[0].twin_trouble'; }
ip -n "$lab-director" addr del 192.0.2.2/24 dev weir-wan
log_says "twin weir-wan: lacks 192.0.2.2/24"
await "status" "lacks 192.0.2.2/24, gateway 192.0.2.7, route 203.0.113.0/24 via 192.0.2.13" trouble
weirctl reload
await "after a reload" null trouble
on client ping -qc1 -W2 192.0.2.2 > /dev/null || fail "the twin's address does not answer"

# Set down: Linux drops its IPv6 addresses and its routes, without a word about IPv4's.
routes() { ip -n "$lab-director" "$@" route show dev weir-wan proto static | sort; }
routes_before=$(routes; routes -6)
[ "$(wc -l <<< "$routes_before")" = 3 ] || fail "not the three routes: $routes_before"
ip -n "$lab-director" link set weir-wan down
log_says "twin weir-wan: down: somebody has changed that; \`weirctl reload\` puts it right"
shows 'twin weir-wan down,' weirctl status || fail "status: $(weirctl status)"
shows '^twin weir-wan: down: put right$' weirctl reload --check || fail "nothing to change: $(weirctl reload --check)"
weirctl reload
log_says "twin weir-wan was down: it is up again"
await "after a reload" null trouble
expect "its routes" "$routes_before" "$(routes; routes -6)"
wait_for 10 on client ping -qc1 -W1 2001:db8::2 > /dev/null || fail "the twin has no IPv6"

# Down and up again, and a route removed.
ip -n "$lab-director" link set weir-wan down
ip -n "$lab-director" link set weir-wan up
await "down and up" "lacks 2001:db8::2/64, gateway 192.0.2.7, gateway 2001:db8::7, route 203.0.113.0/24 via 192.0.2.13" trouble
weirctl reload
log_says "twin weir-wan lacked gateway 2001:db8::7: it is set again"
await "after a reload" null trouble
ip -n "$lab-director" route del 203.0.113.0/24
log_says "twin weir-wan: lacks route 203.0.113.0/24 via 192.0.2.13"
weirctl reload
await "after a reload" null trouble

ip -n "$lab-director" link del weir-wan
log_says "twin weir-wan: missing"
expect "status" "missing" "$(trouble)"
shows 'twin weir-wan missing' weirctl status || fail "status: $(weirctl status)"
ticks() { awk '{ print $14 + $15 }' "/proc/$weir/task/$weir/stat"; }
before=$(ticks)
pause 1
[ $(($(ticks) - before)) -lt 60 ] || fail "the control core spins on a twin that is missing"
weirctl reload
log_says "twin weir-wan was missing: it is made again"
await "after a reload" null trouble
expect "its routes" "$routes_before" "$(routes; routes -6)"
wait_for 10 on client ping -qc1 -W1 192.0.2.2 > /dev/null || fail "the new twin does not answer"
wait_for 10 on client ping -qc1 -W1 2001:db8::2 > /dev/null || fail "the new twin has no IPv6"
expect "serves" "s1 s2 s3" "$(answers 3 http://$vip/ | tr ' ' '\n' | sort | paste -sd' ')"
expect_books

# Killed, started, stopped: as before the first start; nothing of DPDK's is left.
folder=/var/run/dpdk/weir-$weir
kill -9 "$weir"; wait "$weir" || :
[ -e "$folder" ] || fail "a killed weir leaves no folder: the test shows nothing"
expect "a killed weir restores nothing" "$taken" "$(settings)"
expect "but Linux what it lent" "promiscuity 0 allmulti 0" "$(heard)"
start_weir <<< "$(configuration)"
[ ! -e "$folder" ] || fail "the folder of the dead run is left"
stop_weir
expect "the originals" "$originals" "$(settings)"
[ ! -e "$dir/state/interface-wan0" ] || fail "originals are kept after they are restored"

# The interface removed: the link is down. Made again: weir ends with an error, so that its unit starts it again.
start_weir <<< "$(configuration)"
ip -n "$lab-director" link del wan0
logged "port wan: link is down"
shows '192.0.2.11:80 .* no_link' weirctl list || fail "a server behind a dead link looks well: $(weirctl list)"
shows 'no_link' weirctl top --once || fail "a server behind a dead link looks well: $(weirctl top --once)"
plug director wan0 wan
log_says "packet:wan0: the interface was removed and made again"
status=0; wait "$weir" || status=$?
expect "status" 1 "$status"
start_weir <<< "$(configuration)"
expect "serves again" "s1 s2 s3" "$(answers 3 http://$vip/)"
stop_weir
