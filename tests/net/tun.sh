#!/usr/bin/env bash
# Tunnelling: 4 in 4, 6 in 6, 4 in 6, 6 in 4; rr and wrr 3,2,1 in LVS's order.
. "$(dirname "$0")/lab.sh"

lab_up one-arm
servers_take_tunnels
webs
start_weir <<EOF
$(director_section)
$(wan_port)
$(service v4in4 $vip:80/tcp tun rr 192.0.2.11 192.0.2.12 192.0.2.13)
$(service v6in6 [$vip6]:80/tcp tun rr 2001:db8::11 2001:db8::12 2001:db8::13)
EOF
expect "4 in 4, rr" "$rr20" "$(answers 20 http://$vip/)"
expect "6 in 6, rr" "$rr20" "$(answers 20 "http://[$vip6]/")"
rr_to_wrr
expect "4 in 4, wrr" "$wrr20" "$(answers 20 http://$vip/)"
expect "6 in 6, wrr" "$wrr20" "$(answers 20 "http://[$vip6]/")"
expect_books
cat > "$dir/weir.conf" <<EOF
$(director_section)
$(wan_port)
$(service v4in6 $vip:80/tcp tun rr 2001:db8::11 2001:db8::12 2001:db8::13)
$(service v6in4 [$vip6]:80/tcp tun rr 192.0.2.11 192.0.2.12 192.0.2.13)
EOF
weirctl reload
expect "4 in 6, rr" "$rr20" "$(answers 20 http://$vip/)"
expect "6 in 4, rr" "$rr20" "$(answers 20 "http://[$vip6]/")"
expect_books
stop_weir
