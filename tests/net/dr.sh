#!/usr/bin/env bash
# Direct routing, one arm: rr and wrr 3,2,1 in LVS's order, IPv4 and IPv6.
. "$(dirname "$0")/lab.sh"

lab_up one-arm
servers_have_vips
webs
start_weir <<EOF
$(director_section)
$(wan_port)
$(service web $vip:80/tcp dr rr 192.0.2.11 192.0.2.12 192.0.2.13)
$(service web6 [$vip6]:80/tcp dr rr 2001:db8::11 2001:db8::12 2001:db8::13)
EOF
expect "rr" "$rr20" "$(answers 20 http://$vip/)"
expect "rr, IPv6" "$rr20" "$(answers 20 "http://[$vip6]/")"
rr_to_wrr
expect "wrr" "$wrr20" "$(answers 20 http://$vip/)"
expect "wrr, IPv6" "$wrr20" "$(answers 20 "http://[$vip6]/")"
expect_books
stop_weir
