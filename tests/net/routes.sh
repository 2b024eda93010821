#!/usr/bin/env bash
# A server that no route leads to is named once by the log and marked in the list, until there is one.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs
ip -n "$lab-s2" addr add 203.0.113.12/32 dev lo
start_weir <<CONF
$(director_section)
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat rr 198.51.100.11 203.0.113.12)
fallback = 203.0.113.13
CONF
unreached() { weirctl list | awk '$NF == "no_route" {print $2}' | xargs; }
times() { grep -c "$1" "$dir/weir.log" || :; }
is_logged() { gives 1 times "$1"; }
await "servers without a route" "203.0.113.12:80 203.0.113.13:80" unreached
wait_for 5 is_logged "warning: service web: no route to 203.0.113.12: packets to it are dropped" || fail "the log does not tell"
wait_for 5 is_logged "no route to 203.0.113.13" || fail "the log does not tell of the fallback"
expect "connections lost" "s1 - s1 -" "$(answers 4 --max-time 1 http://$vip/ 2> /dev/null)"

ip -n "$lab-director" route add 203.0.113.12/32 via 198.51.100.12 dev weir-lan
wait_for 5 is_logged "info: service web: there is a route to 203.0.113.12 again" || fail "the log does not tell of the route"
await "servers without a route" "203.0.113.13:80" unreached
expect "connections lost no more" "s1 s2 s1 s2" "$(answers 4 http://$vip/)"

# Gone and back at once is no news, gone for good is.
ip -n "$lab-director" route del 203.0.113.12/32
ip -n "$lab-director" route add 203.0.113.12/32 via 198.51.100.12 dev weir-lan
ip -n "$lab-director" route replace unreachable 203.0.113.12/32
wait_for 5 gives 2 times "no route to 203.0.113.12" || fail "the log does not tell of the route that is gone"
weirctl reload
expect "told once each, also after a reload" "2 1" "$(times "no route to 203.0.113.12") $(times "no route to 203.0.113.13")"
sed -i '/203.0.113.12/d' "$dir/weir.conf"
weirctl reload
expect "and none of a server that is gone" "1" "$(times "route to 203.0.113.12 again")"
expect_books
stop_weir

# A DR server behind a router is not used: the router would send packets for the VIP back, until their TTL ends.
servers_have_vips
start_weir <<CONF
$(director_section)
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp dr rr 198.51.100.11 203.0.113.12)
check = tcp interval=200ms timeout=150ms
$(service alone $vip:81/tcp dr rr 203.0.113.12)
CONF
ip -n "$lab-director" route replace 203.0.113.12/32 via 198.51.100.12 dev weir-lan
state() { weirctl list --service "$1" --json | jq -r '.services[0].servers[] | select(.address == "203.0.113.12") | .state'; }
await "behind a router" not_on_link state web
await "without a check" not_on_link state alone
log_says "service web: 203.0.113.12 is behind a router, and forward = dr"
wait_for 10 gives "s1 s1 s1" answers 3 http://$vip/ || fail "clients go behind the router: $(answers 3 http://$vip/)"
expect_books
stop_weir
