#!/usr/bin/env bash
# The director stays a Linux host: TCP to and through its twins, ping, traceroute's answer, ARP.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs
web director
start_weir <<EOF
$(director_section)
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat rr 198.51.100.11 198.51.100.12)
EOF
expect "TCP to the twin" director "$(answers 1 http://192.0.2.2/)"
expect "TCP to the twin, IPv6" director "$(answers 1 "http://[2001:db8::2]/")"
on director iperf3 -s -1 -D --logfile "$dir/iperf.log" --pidfile "$dir/iperf.pid"
wait_for 5 shows ":5201 " on director ss -ltn || fail "no iperf3"
rate=$(on client iperf3 -c 192.0.2.2 -t 2 -J | jq '.end.sum_received.bits_per_second / 1e6 | floor')
[ "$rate" -gt 50 ] || fail "iperf3 through the twin: $rate Mbit/s"
echo "  iperf3 through the twin: $rate Mbit/s"
ip -n "$lab-client" route add 198.51.100.0/24 via 192.0.2.2
expect "Linux routes through the twins" s3 "$(answers 1 http://198.51.100.13/)"
on client ping -c2 -i0.2 -W1 $vip >/dev/null || fail "the VIP does not answer ping"
on client ping -c2 -i0.2 -W1 192.0.2.2 >/dev/null || fail "the twin does not answer ping"
on client arping -q -c1 -w2 -I eth0 $vip || fail "nobody answers ARP for the VIP"
on client curl -s --max-time 2 http://$vip:81/ && fail "somebody answers on a port without service" || status=$?
expect "a port without service refuses (curl's status)" 7 "$status"
expect_books
stop_weir
[ -z "$(on director ip -br link show type tun)" ] || fail "weir left its twins behind"
