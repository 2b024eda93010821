#!/usr/bin/env bash
# What a host does on its links for an address of its own, weir does for VIPs: it is found behind a switch that
# snoops multicast, it says where it is when a link comes back, and it answers pings in fragments.
. "$(dirname "$0")/lab.sh"

lab_up one-arm
servers_have_vips
webs
ip -n "$lab-switch" link set wan type bridge mcast_snooping 1 mcast_querier 1 mcast_startup_query_interval 10
start_weir <<EOF
$(director_section)
$(wan_port)
$(service four $vip:80/tcp dr rr 192.0.2.11)
$(service six "[$vip6]:80/tcp" dr rr 2001:db8::12)
EOF

# ff02::1:ff00:100 is the solicited-node group of 2001:db8::100.
listened_to() { shows "port director-wan0 grp ff02::1:ff00:100 " bridge -n "$lab-switch" mdb show dev wan; }
# The leave is weir's; when the switch forgets the group is the switch's.
left() { ! ip -n "$lab-director" maddr show dev weir-wan | grep -q 'ff02::1:ff00:100\b'; }
wait_for 15 listened_to || fail "no report of the group: $(bridge -n "$lab-switch" mdb show dev wan)"
expect "the IPv6 VIP behind a snooping switch" s2 "$(answers 1 "http://[$vip6]/")"
expect "the IPv4 VIP" s1 "$(answers 1 http://$vip/)"

for size in 2000 20000; do
    for address in $vip $vip6; do
        on client ping -c2 -i0.2 -W5 -s $size $address > "$dir/ping" || fail "no answer to a ping of $size bytes: $(cat "$dir/ping")"
    done
    echo "  pings of $size bytes are answered"
done

mac=$(on director cat /sys/class/net/weir-wan/address)
link() { weirctl status --json | jq -r '.ports[0].link'; }
knows_us() { shows "lladdr $mac" ip -n "$lab-client" neigh show "$1" dev eth0; }
ip -n "$lab-switch" link set director-wan0 down
await "the link, its cable out" false link
for address in $vip $vip6; do ip -n "$lab-client" neigh replace $address lladdr 02:00:00:00:00:99 dev eth0 nud stale; done
ip -n "$lab-switch" link set director-wan0 up
await "the link" true link
for address in $vip $vip6; do wait_for 10 knows_us $address || fail "$address is not announced when the link comes back"; done
echo "  announced when the link comes back"

# As LVS needs it: clients are served, and the log says once what it means.
ip -n "$lab-director" addr add $vip/32 dev lo
ip -n "$lab-director" addr add $vip6/128 dev lo nodad
for address in $vip $vip6; do log_says "its VIP $address is also an address of Linux, on lo: "; done
expect "the IPv4 VIP on lo, too" s1 "$(answers 1 http://$vip/)"
expect "the IPv6 VIP on lo, too" s2 "$(answers 1 "http://[$vip6]/")"
"$build/src/weir" --config "$dir/weir.conf" --check > "$dir/check" 2>&1 || fail "$(cat "$dir/check")"
on director "$build/src/weir" --config "$dir/weir.conf" --check --here > "$dir/check" 2>&1 || fail "$(cat "$dir/check")"
expect "warnings of weir --check --here" 2 "$(grep -c '^warning: service .* on lo: ' "$dir/check")"
weirctl reload
expect "lines in the log" 2 "$(grep -c 'is also an address of Linux' "$dir/weir.log")"

sed -i '/service six/,$d' "$dir/weir.conf"
weirctl reload
wait_for 20 left || fail "the group of a VIP that went is kept"
echo "  the group of a VIP that went is left"
expect_books
stop_weir
