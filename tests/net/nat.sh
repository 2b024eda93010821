#!/usr/bin/env bash
# NAT, two arms, servers on another port: rr and wrr 3,2,1 in LVS's order, IPv4 and IPv6.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs 8080
start_weir <<EOF
$(director_section)
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat rr 198.51.100.11:8080 198.51.100.12:8080 198.51.100.13:8080)
$(service web6 [$vip6]:80/tcp nat rr [2001:db8:1::11]:8080 [2001:db8:1::12]:8080 [2001:db8:1::13]:8080)
EOF
expect "rr" "$rr20" "$(answers 20 http://$vip/)"
expect "rr, IPv6" "$rr20" "$(answers 20 "http://[$vip6]/")"
rr_to_wrr
expect "wrr" "$wrr20" "$(answers 20 http://$vip/)"
expect "wrr, IPv6" "$wrr20" "$(answers 20 "http://[$vip6]/")"
expect "a large file arrives whole" 20000000 "$(on client curl -s http://$vip/big | wc -c)"
expect_books
stop_weir
