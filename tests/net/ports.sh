#!/usr/bin/env bash
# Ports of other kinds: VLANs on one device, jumbo frames, no hugepages; cables that come and go.
. "$(dirname "$0")/lab.sh"

lab_up one-arm 4000
servers_have_vips
make_switch lan
plug director lan0 lan 4000
for host in client "${servers[@]}"; do # all of them on VLAN 5
    ip -n "$lab-$host" addr flush dev eth0
    start_on "$host" python3 "$(dirname "$0")/vlan.py" eth0 5 > "$dir/$host.vlan.log" 2>&1
    wait_for 5 grep -q ready "$dir/$host.vlan.log" || fail "$host: $(cat "$dir/$host.vlan.log")"
done
address client vlan 192.0.2.7/24
n=11; for s in "${servers[@]}"; do address "$s" vlan 192.0.2.$n/24; n=$((n + 1)); done
webs
start_weir <<EOF
$(director_section)
[port tagged]
device = packet:wan0
twin = weir-tagged
address = 192.0.2.2/24
vlan = 5
mtu = 4000
[port between]
device = packet:lan0
twin = weir-between
address = 198.51.100.2/24
mtu = 4000
[port plain]
device = packet:wan0
twin = weir-plain
address = 203.0.113.2/24
mtu = 4000
$(service web $vip:80/tcp dr rr 192.0.2.11 192.0.2.12 192.0.2.13)
$(service checked $vip:81/tcp dr rr 192.0.2.11)
check = http port=80 to=vip interval=200ms timeout=150ms
EOF
is_up() { weirctl checks checked --json | jq -e '.checks[0].state == "up"'; }
wait_for 10 is_up || fail "a check that goes to the VIP, tagged: $(weirctl checks checked)"
expect "tagged both ways" "s1 s2 s3" "$(answers 3 http://$vip/)"
on client ping -c1 -W1 -M do -s 3800 $vip >/dev/null || fail "a jumbo frame to the VIP is lost"
on client ping -c1 -W1 -M do -s 3800 192.0.2.2 >/dev/null || fail "a jumbo frame to the twin is lost"
ip -n "$lab-switch" link set director-wan0 down
link_is() { gives "$1" eval "weirctl status --json | jq .ports[0].link"; }
wait_for 5 link_is false || fail "link loss is not noticed"
# Each port on the device hears of it, wherever it stands in the file; the others do not.
carrier() { on director cat "/sys/class/net/weir-$1/carrier"; }
has_carrier() { [ "$(carrier "$1")" = "$2" ]; }
for name in tagged plain; do
    wait_for 5 grep -q "port $name: link is down" "$dir/weir.log" || fail "no word of port $name"
    wait_for 5 has_carrier $name 0 || fail "Linux does not see that weir-$name lost its link"
done
expect "carrier of a port on another device" 1 "$(carrier between)"
ip -n "$lab-switch" link set director-wan0 up
for name in tagged plain; do
    wait_for 5 has_carrier $name 1 || fail "Linux does not see that weir-$name has link again"
done
wait_for 5 link_is true || fail "the link stays down"
wait_for 5 on client curl -s --max-time 1 http://$vip/ || fail "no service after the link came back"
expect_books
stop_weir

start_weir -- --no-huge <<< "$(cat "$dir/weir.conf")"
stop_weir
