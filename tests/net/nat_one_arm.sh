#!/usr/bin/env bash
# NAT with clients and servers on one link: the servers' way to the client leads through the director.
. "$(dirname "$0")/lab.sh"

lab_up one-arm
webs
for s in "${servers[@]}"; do
    ip -n "$lab-$s" route add 192.0.2.7/32 via 192.0.2.2
    ip -n "$lab-$s" -6 route add 2001:db8::7/128 via 2001:db8::2
done
start_weir <<EOF
$(director_section)
$(wan_port)
$(service web $vip:80/tcp nat rr 192.0.2.11 192.0.2.12 192.0.2.13)
$(service web6 [$vip6]:80/tcp nat rr 2001:db8::11 2001:db8::12 2001:db8::13)
EOF
expect "rr" "$rr20" "$(answers 20 http://$vip/)"
expect "rr, IPv6" "$rr20" "$(answers 20 "http://[$vip6]/")"
expect_books
stop_weir
