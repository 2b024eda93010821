#!/usr/bin/env bash
# The duties of an address, one by one: IPv4 and IPv6, a VIP on the link and one that is routed to the director,
# whether Linux forwards or not. The client is also the router, and the director's default way.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
routed=203.0.113.100 routed6=2001:db8:9::100 other=203.0.113.101 other6=2001:db8:9::101
ip -n "$lab-client" route add 203.0.113.0/24 via 192.0.2.2
ip -n "$lab-client" -6 route add 2001:db8:9::/64 via 2001:db8::2
on client sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv4.ip_forward=1
web s1
start_weir <<CONF
$(director_section)
$(wan_port)
$(lan_port)
$(service four $vip:80/tcp nat rr 198.51.100.11)
$(service six "[$vip6]:80/tcp" nat rr 2001:db8:1::11)
$(service four-routed $routed:80/tcp nat rr 198.51.100.11)
$(service six-routed "[$routed6]:80/tcp" nat rr 2001:db8:1::11)
$(service other $other:80/tcp nat rr 198.51.100.11)
$(service other6 "[$other6]:80/tcp" nat rr 2001:db8:1::11)
CONF
ip -n "$lab-director" route add default via 192.0.2.7
ip -n "$lab-director" -6 route add default via 2001:db8::7

counts() { weirctl status --json | jq ".books.drops.$1 // 0"; }
rises() { [ "$(counts "$1")" -gt "$2" ]; }
url() { case $1 in *:*) echo "http://[$1]:${2:-80}/" ;; *) echo "http://$1:${2:-80}/" ;; esac; }

# Each duty takes a VIP.
duty_serves() { [ "$(answers 1 "$(url "$1")")" = s1 ]; }
duty_found() { # by ARP or neighbour solicitation; a routed one by its router
    case $1 in "$routed" | "$routed6") return 0 ;; esac
    ip -n "$lab-client" neigh flush to "$1" dev eth0
    on client ping -c1 -W2 "$1" >/dev/null && shows "lladdr $mac" ip -n "$lab-client" neigh show "$1" dev eth0
}
duty_pinged() { on client ping -c1 -W2 "$1" >/dev/null; }
duty_pinged_in_fragments() { on client ping -c1 -W2 -s 4000 "$1" >/dev/null; }
duty_resets() { # a port without a listener; curl's status 7: refused
    on client curl -gs -m 2 "$(url "$1" 81)"
    [ $? = 7 ]
}
duty_unreachable() { # the same by UDP
    on client python3 - "$1" <<'PY'
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.connect((sys.argv[1], 9))
s.send(b"x")
try:
    s.recv(1)
except ConnectionRefusedError:
    sys.exit(0)
sys.exit(1)
PY
}
duty_strays() { # another protocol is refused once, and comes back from nobody
    local before; before=$(counts no_protocol)
    on client python3 "$(dirname "$0")/strays.py" send "$(mine "$1")" "$1"
    wait_for 2 rises no_protocol "$before"
}
duty_false_source() { # a packet from another VIP opens nothing and gets no answer
    local before forged=$other; before=$(counts false_source)
    case $1 in *:*) forged=$other6 ;; esac
    address client lo "$forged/$([ "$forged" = $other ] && echo 32 || echo 128)"
    on client curl -gs -m 0.2 --interface "$forged" "$(url "$1")" && return 1
    ip -n "$lab-client" addr flush to "$forged" dev lo
    wait_for 2 rises false_source "$before"
}
mine() { case $1 in *:*) echo 2001:db8::7 ;; *) echo 192.0.2.7 ;; esac; }

mac=$(on director cat /sys/class/net/weir-wan/address)
forwarded() { on director nstat -asz --json IpForwDatagrams Ip6OutForwDatagrams | jq '.kernel | add'; }
duties="serves found pinged pinged_in_fragments resets unreachable strays false_source"
for forward in 0 1; do
    on director sysctl -qw net.ipv4.ip_forward=$forward net.ipv6.conf.all.forwarding=$forward
    before=$(forwarded)
    for address in $vip $vip6 $routed $routed6; do
        broken=""
        for duty in $duties; do
            duty_$duty $address || broken="$broken $duty"
        done
        expect "ip_forward=$forward, $address fails in" "" "$broken"
    done
    expect "ip_forward=$forward, packets that Linux forwarded" "$before" "$(forwarded)"
done
expect_books
stop_weir
