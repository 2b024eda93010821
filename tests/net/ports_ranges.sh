#!/usr/bin/env bash
# Each documented range of a port at both ends, on each kind of port: MTU, queues, descriptors. Frames of any
# length pass both ways, and datagrams above the MTU in fragments.
. "$(dirname "$0")/lab.sh"

lab_up one-arm 9000
servers_have_vips
webs
# passes MTU: frames of every kind, more of them than one, and a datagram above the MTU in fragments.
passes() {
    local mtu=$1
    wait_for 10 on client ping -qc1 -W1 192.0.2.2 > /dev/null || fail "no answer at all"
    on client ping -qA -c8 -W2 -M do -s $((mtu - 28)) $vip > /dev/null || fail "$what: frames of the MTU to the VIP are lost"
    on client ping -qA -c8 -W2 -M do -s $((mtu - 28)) 192.0.2.2 > /dev/null || fail "$what: frames of the MTU to the twin are lost"
    on client ping -qA -c8 -W2 -s $((mtu * 2)) $vip > /dev/null || fail "$what: fragments to the VIP are lost: $(weirctl status --json | jq -c .books.drops)"
    on client ping -qA -c8 -W2 -s $((mtu * 2)) 192.0.2.2 > /dev/null || fail "$what: fragments to the twin are lost"
    expect "$what" "s1 s2 s3" "$(answers 3 http://$vip/)"
    expect "$what: nothing has a bad length" 0 "$(weirctl status --json | jq '.books.drops.bad_length // 0')"
}
# takes DRIVER MTU KEY = VALUE...
takes() {
    local driver=$1 mtu=$2; shift 2
    what="$driver, mtu $mtu${*:+, $*}"
    for host in client "${servers[@]}"; do ip -n "$lab-$host" link set eth0 mtu "$mtu"; done
    # A veth takes no XDP program if its peer sends frames above a page.
    ip -n "$lab-switch" link set director-wan0 mtu "$mtu"
    start_weir <<CONF
$(director_section)
$(driver=$driver wan_port)
mtu = $mtu
$(printf '%s\n' "$@")
$(service web $vip:80/tcp dr rr 192.0.2.11 192.0.2.12 192.0.2.13)
CONF
    passes "$mtu"
    stop_weir
}
# IPv6 needs 1280; the twin has none of it below that.
wan_port() { port wan wan0 192.0.2.2/24; }
takes packet 576
takes packet 1500 "descriptors = 64"
takes packet 4000
takes packet 9000 "descriptors = 32768"
takes packet 1500 "queues = 1"
workers=0,1
takes packet 1500 "queues = 256"
takes packet 9000 "queues = 256"
workers=1
takes xdp 576
takes xdp 1500 "descriptors = 64"
takes xdp 1500 "queues = 1"
takes xdp 3400 "queues = 256" "descriptors = 32768"
