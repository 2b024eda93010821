#!/usr/bin/env bash
# The director is a real server itself, through its twin, in DR and NAT alike.
. "$(dirname "$0")/lab.sh"

lab_up one-arm
servers_have_vips
webs
web director
start_weir <<EOF
$(director_section)
$(wan_port)
$(service web $vip:80/tcp dr rr 192.0.2.11 192.0.2.2)
$(service web6 [$vip6]:80/tcp dr rr 2001:db8::11 2001:db8::2)
EOF
expect "every other answer is the director's" "s1 director s1 director" "$(answers 4 http://$vip/)"
expect "IPv6 too" "s1 director s1 director" "$(answers 4 "http://[$vip6]/")"
shows "192.0.2.2:80 *Local" weirctl list || fail "the server is not shown as Local: $(weirctl list)"
expect_books
stop_weir
