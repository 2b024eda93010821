#!/usr/bin/env bash
# Addresses change by reload: on a twin all at once or not at all, whatever Linux says to one of
# them; without a twin weir speaks from the new one at once.
. "$(dirname "$0")/lab.sh"

lab_up one-arm
servers_have_vips
webs 80-81
start_weir <<CONF
$(director_section)
$(port wan wan0 192.0.2.2/24)
$(service web $vip:80/tcp dr rr 192.0.2.11)
CONF
on_twin() { ip -n "$lab-director" -br addr show weir-wan | tr -s ' ' | cut -d' ' -f3-; }
services() { weirctl list --json | jq -r '[.services[].name] | join(" ")'; }
on director sysctl -qw net.ipv6.conf.weir-wan.disable_ipv6=1
before=$(on_twin)
sed -i 's|^address = .*|address = 192.0.2.3/24\naddress = 2001:db8::2/64|' "$dir/weir.conf"
service more $vip:81/tcp dr rr 192.0.2.12 >> "$dir/weir.conf"
! weirctl reload 2> "$dir/refused" || fail "an address that Linux refuses was taken"
grep -q "twin weir-wan: cannot set address 2001:db8::2/64" "$dir/refused" || fail "not the reason: $(cat "$dir/refused")"
expect "the twin's addresses after a reload that failed" "$before" "$(on_twin)"
expect "the services" web "$(services)"
expect "the service there was" s1 "$(answers 1 http://$vip/)"
on director sysctl -qw net.ipv6.conf.weir-wan.disable_ipv6=0
weirctl reload || fail "the same file is not taken now"
expect "the twin's addresses" "192.0.2.3/24 2001:db8::2/64" "$(on_twin | tr ' ' '\n' | grep -v ^fe80 | tr '\n' ' ' | sed 's/ *$//')"
expect "the services" "web more" "$(services)"
expect "both services" "s1 s2" "$(answers 1 http://$vip/) $(answers 1 http://$vip:81/)"
expect_books
stop_weir

# Without a twin: the outer source of tunnels is the port's address.
mac() { on "$1" cat /sys/class/net/eth0/address; }
start_on s1 python3 -u -c '
import socket
outer = socket.socket(socket.AF_INET, socket.SOCK_RAW, 4)
print("ready")
while True:
    print(socket.inet_ntoa(outer.recv(2048)[12:16]))' > "$dir/outer"
wait_for 5 grep -q ready "$dir/outer" || fail "no raw socket on s1"
start_weir <<CONF
$(director_section)
[port wan]
device = xdp:wan0
address = 192.0.2.2/24
neighbour = 192.0.2.7 $(mac client)
neighbour = 192.0.2.11 $(mac s1)
$(service web $vip:80/tcp tun rr 192.0.2.11)
CONF
comes_from() {
    on client curl -s --max-time 0.3 http://$vip/ || :
    [ "$(tail -n1 "$dir/outer")" = "$1" ]
}
wait_for 5 comes_from 192.0.2.2 || fail "tunnels come from $(tail -n1 "$dir/outer")"
sed -i 's|^address = .*|address = 192.0.2.3/24|' "$dir/weir.conf"
weirctl reload
wait_for 5 comes_from 192.0.2.3 || fail "after the reload tunnels come from $(tail -n1 "$dir/outer")"
echo "  without a twin: the new address is used"
expect_books
stop_weir
