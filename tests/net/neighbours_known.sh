#!/usr/bin/env bash
# Neighbours that Linux knew before weir asked, those set by hand, and those it forgets while weir uses
# them: no packet is lost over any, and nobody is said not to answer.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs
start_weir <<EOF
$(director_section)
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat rr 198.51.100.11)
$(service web6 [$vip6]:80/tcp nat rr 2001:db8:1::11)
EOF
# Linux learns the client; its answers through the VIP are the first packets weir has for it.
on client ping -c1 -W2 192.0.2.2 >/dev/null || fail "the twin does not answer"
on client ping -c1 -W2 2001:db8::2 >/dev/null || fail "the twin does not answer, IPv6"
expect "to a client Linux knows" s1 "$(answers 1 http://$vip/)"
expect "to a client Linux knows, IPv6" s1 "$(answers 1 "http://[$vip6]/")"
for round in 1 2 3; do
    on director ip neigh flush all
    expect "after Linux forgot its neighbours" "s1 s1" "$(answers 1 http://$vip/) $(answers 1 "http://[$vip6]/")"
done
# s2 does not answer ARP, and its neighbour entry, set by hand before weir asks for it, stays.
on s2 ip link set eth0 arp off
mac=$(on s2 cat /sys/class/net/eth0/address)
on director ip neigh replace 198.51.100.12 lladdr "$mac" dev weir-lan nud permanent
on s2 ip neigh replace 198.51.100.1 lladdr "$(on director cat /sys/class/net/weir-lan/address)" dev eth0 nud permanent
sed -i 's/^server = 198.51.100.11$/server = 198.51.100.12/' "$dir/weir.conf"
weirctl reload
expect "a neighbour set by hand" s2 "$(answers 1 http://$vip/)"
expect "it is" "PERMANENT" "$(on director ip neigh show 198.51.100.12 dev weir-lan | grep -o PERMANENT)"
expect_books
expect "drops" "{}" "$(weirctl status --json | jq -c .books.drops)"
! grep "does not answer" "$dir/weir.log" || fail "a neighbour that answers was given up"
stop_weir
