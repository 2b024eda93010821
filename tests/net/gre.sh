#!/usr/bin/env bash
# GRE tunnels: 4 in 4, 6 in 6, 4 in 6, 6 in 4; a check of the VIP through its tunnel; a reload from GRE to IP in IP.
. "$(dirname "$0")/lab.sh"

lab_up one-arm
servers_take_tunnels
webs
start_weir <<END
$(director_section)
$(wan_port)
$(service v4in4 $vip:80/tcp "tun encap=gre" rr 192.0.2.11 192.0.2.12 192.0.2.13)
check = http to=vip interval=200ms
$(service v6in6 [$vip6]:80/tcp "tun encap=gre" rr 2001:db8::11 2001:db8::12 2001:db8::13)
END
checks_up() { weirctl checks --json | grep -o '"state":"up"' | wc -l; }
await "checks of the VIP through tunnels" 3 checks_up
expect "4 in 4, rr" "$rr20" "$(answers 20 http://$vip/)"
expect "6 in 6, rr" "$rr20" "$(answers 20 "http://[$vip6]/")"
expect_books
cat > "$dir/weir.conf" <<END
$(director_section)
$(wan_port)
$(service v4in6 $vip:80/tcp "tun encap=gre" rr 2001:db8::11 2001:db8::12 2001:db8::13)
$(service v6in4 [$vip6]:80/tcp "tun encap=gre" rr 192.0.2.11 192.0.2.12 192.0.2.13)
END
weirctl reload
expect "4 in 6, rr" "$rr20" "$(answers 20 http://$vip/)"
expect "6 in 4, rr" "$rr20" "$(answers 20 "http://[$vip6]/")"
expect "as ipvsadm adds it" 3 "$(weirctl save | grep -cE -- '-r 192\.0\.2\.1[123]:80 -i .*--tun-type gre')"
expect_books
sed -i 's/tun encap=gre/tun/' "$dir/weir.conf"
weirctl reload
expect "IP in IP, rr" "$rr20" "$(answers 20 http://$vip/)"
expect_books
stop_weir
