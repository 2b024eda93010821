#!/usr/bin/env bash
# A packet for a VIP that no service wants ends at weir: a VIP on the link and a VIP routed to the director,
# whether Linux forwards or not. The client is the director's default router, and would send back what Linux
# sends it.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
ip -n "$lab-client" route add 203.0.113.0/24 via 192.0.2.2
ip -n "$lab-client" -6 route add 2001:db8:9::/64 via 2001:db8::2
on client sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
strays() { python3 "$(dirname "$0")/strays.py" "$@"; }
routed=203.0.113.100 routed6=2001:db8:9::100

# passes SOURCE VIP: sends one of each kind of stray; $passed: how many of each passed the client's link.
passes() {
    rm -f "$dir/counting"
    start_on client python3 "$(dirname "$0")/strays.py" count eth0 "$dir/counts" > "$dir/counting"
    local counter=$!
    wait_for 5 grep -q ready "$dir/counting" || fail "nothing counts"
    local before; before=$(dropped)
    on client python3 "$(dirname "$0")/strays.py" send "$1" "$2"
    wait_for 5 dropped_since "$before" 7 || fail "not all are dropped: $(weirctl status --json | jq -c .books)"
    kill "$counter"
    wait_gone "$counter"
    passed=$(tr '\n' ' ' < "$dir/counts" | sed 's/ $//')
}
dropped() { weirctl status --json | jq '.books.drops | [.no_protocol, .icmp_unwanted] | add // 0'; }
dropped_since() { [ "$(dropped)" -ge $(($1 + $2)) ]; }

for forward in 0 1; do
    on director sysctl -qw net.ipv4.ip_forward=$forward net.ipv6.conf.all.forwarding=$forward
    start_weir <<CONF
$(director_section)
$(wan_port)
$(lan_port)
$(service four $vip:80/tcp dr rr 198.51.100.11)
$(service six "[$vip6]:80/tcp" dr rr 2001:db8:1::11)
$(service four-routed $routed:80/tcp dr rr 198.51.100.11)
$(service six-routed "[$routed6]:80/tcp" dr rr 2001:db8:1::11)
CONF
    ip -n "$lab-director" route add default via 192.0.2.7
    ip -n "$lab-director" -6 route add default via 2001:db8::7
    for pair in "192.0.2.7 $vip" "2001:db8::7 $vip6" "192.0.2.7 $routed" "2001:db8::7 $routed6"; do
        passes $pair
        expect "ip_forward=$forward, ${pair#* }" "gre 1 esp 1 vrrp 1 nothing 1 icmp 1 error 1 ipip 1" "$passed"
    done
    expect "packets that Linux forwarded" 0 "$(on director nstat -asz --json IpForwDatagrams Ip6OutForwDatagrams | jq '.kernel | add')"
    on client ping -c1 -W2 $vip >/dev/null || fail "no ping"
    expect_books
    stop_weir
done
