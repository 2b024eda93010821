#!/usr/bin/env bash
# Neighbours: the first packets wait instead of being lost, a server that moves is followed, one that
# is gone is reported.
. "$(dirname "$0")/lab.sh"

lab_up one-arm
servers_have_vips
webs
start_weir <<EOF
$(director_section)
$(wan_port)
$(service web $vip:80/tcp dr rr 192.0.2.11)
$(service dark $vip:81/tcp dr rr 192.0.2.99)
EOF
stalls_from
started=$(date +%s%N)
expect "the first connection" s1 "$(answers 1 http://$vip/)"
took=$(( ($(date +%s%N) - started) / 1000000 ))
[ $took -lt $((900 + $(stalled))) ] || fail "the first SYN was lost: $took ms"
mac() { weirctl neighbours --json | jq -r '.. | objects | select(.address? == "192.0.2.11") | .mac'; }
ip -n "$lab-s1" link set eth0 address 02:00:00:00:00:99
on s1 arping -q -c2 -U -I eth0 192.0.2.11 || :
wait_for 5 shows 02:00:00:00:00:99 weirctl neighbours --json || fail "the new MAC is not seen: $(mac)"
expect "after it moved" s1 "$(answers 1 http://$vip/)"
on client curl -s --max-time 4 http://$vip:81/ && fail "a server that is not there answered" || :
unanswered() { weirctl status --json | jq -e '.books.drops.no_neighbour > 0'; }
wait_for 8 unanswered || fail "no_neighbour is not counted"
wait_for 8 grep -q "neighbour 192.0.2.99 on weir-wan does not answer ARP" "$dir/weir.log" || fail "no word of a server that is not there"
silent() { weirctl list | awk '$NF == "no_neighbour" {print $2}' | xargs; }
await "servers without a neighbour" 192.0.2.99:81 silent
# A gateway, and a server with its last connection, is kept for as long as it is one.
known() { weirctl neighbours --json | jq -e --arg a "$1" 'any(.. | objects; .address? == $a)'; }
unknown() { ! known "$1"; }
ip -n "$lab-director" route add 203.0.113.0/24 via 192.0.2.98
wait_for 5 known 192.0.2.98 || fail "a gateway is not pinned: $(weirctl neighbours)"
wait_for 8 grep -q "neighbour 192.0.2.98 on weir-wan does not answer ARP" "$dir/weir.log" || fail "no word of a gateway that is not there"
known 192.0.2.98 >/dev/null || fail "a gateway was forgotten"
ip -n "$lab-director" route del 203.0.113.0/24
wait_for 5 unknown 192.0.2.98 || fail "a former gateway is kept: $(weirctl neighbours)"
known 192.0.2.99 >/dev/null || fail "a server was forgotten"
ip -n "$lab-s2" addr add 192.0.2.99/24 dev eth0
wait_for 40 grep -q "neighbour 192.0.2.99 answers again" "$dir/weir.log" || fail "a server that is back is not found"
await "servers without a neighbour" "" silent
expect_books
stop_weir
