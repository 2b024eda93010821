#!/usr/bin/env bash
# Routes of the file: there from the start on, also after a restart; kept and restored by a reload; gone with
# their key. Routes of others stay.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs
# Clients behind a router on the client's link.
make_host far
plug far eth0 wan
address far eth0 192.0.2.200/24 2001:db8::200/64
address far lo 203.0.113.7/32 2001:db8:7::7/128
web far
start_weir <<EOF
$(director_section)
$(wan_port)
gateway = 192.0.2.200 metric=50
gateway = 2001:db8::200
$(lan_port)
$(service web $vip:80/tcp nat rr 198.51.100.11)
$(service web6 "[$vip6]:80/tcp" nat rr 2001:db8:1::11)
EOF
routes() { { ip -n "$lab-director" route show dev weir-wan; ip -n "$lab-director" -6 route show dev weir-wan; } |
    awk '/ via / { print $1, $3 }' | sort | xargs; }
both="default 192.0.2.200 default 2001:db8::200"
expect "routes at the start" "$both" "$(routes)"
shows "^default via 192.0.2.200 .*metric 50" ip -n "$lab-director" route || fail "no metric"
from_afar() {
    on far curl -gsS --max-time 5 --interface 203.0.113.7 http://$vip/
    on far curl -gsS --max-time 5 --interface 2001:db8:7::7 "http://[$vip6]/"
}
ip -n "$lab-far" route add $vip via 192.0.2.2
expect "clients behind the router" "s1 s1" "$(from_afar | xargs)"

sed -i 's|^gateway = 2001.*|&\nroute = 203.0.113.0/24 via 192.0.2.7|' "$dir/weir.conf"
ip -n "$lab-director" route del default dev weir-wan
weirctl reload
expect "a route more, and the one lost by hand" "203.0.113.0/24 192.0.2.7 $both" "$(routes)"
sed -i '/^route/d' "$dir/weir.conf"
ip -n "$lab-director" route add 198.18.0.0/15 via 192.0.2.7
weirctl reload
expect "gone with its key; that of others stays" "198.18.0.0/15 192.0.2.7 $both" "$(routes)"

# One of somebody else to the same network is not replaced: the reload is refused as a whole.
cp "$dir/weir.conf" "$dir/good"
sed -i 's|^gateway = 2001.*|route = 203.0.113.0/24 via 192.0.2.7\nroute = 198.18.0.0/15 via 192.0.2.200|' "$dir/weir.conf"
! weirctl reload 2> "$dir/errors" || fail "a route of somebody else was replaced"
grep -q "weir.conf:[0-9]*: route: Linux has another route to 198.18.0.0/15: remove that" "$dir/errors" ||
    fail "not the reason: $(cat "$dir/errors")"
expect "nothing has changed" "198.18.0.0/15 192.0.2.7 $both" "$(routes)"
expect "clients behind the router" "s1 s1" "$(from_afar | xargs)"
expect_books
stop_weir

start_weir < "$dir/good"
expect "routes after a restart" "$both" "$(routes)"
stop_weir
