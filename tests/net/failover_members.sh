#!/usr/bin/env bash
# Behind a switch that snoops MLD, only the director that holds a shared IPv6 VIP is a member of its solicited-node
# group: the backup joins when it takes over, and who loses the VIP leaves.
. "$(dirname "$0")/failover_lab.sh"

pair_up
ip -n "$lab-switch" link set wan type bridge mcast_snooping 1 mcast_querier 1 mcast_startup_query_interval 10
for d in a b; do
    { vrrp shop wan 51 200 $vip6 "source = fe80::$d"; service web "[$vip6]:80/tcp" dr rr 2001:db8::11 2001:db8::12; } |
        configure $d
    sed -i "/^twin = /a address = fe80::$d/64" "$dir/$d.conf"
done
start a
becomes a active
start b
becomes b backup

# ff02::1:ff00:100 is the solicited-node group of 2001:db8::100.
member() { shows 'ff02::1:ff00:100$' ip -n "$lab-$(host_of "$1")" maddr show dev weir-wan; }
no_member() { ! member "$1"; }
listened_to() { shows "port $(host_of "$1")-wan0 grp ff02::1:ff00:100 " bridge -n "$lab-switch" mdb show dev wan; }
members() {
    wait_for 5 member "$1" || pair_fail "$1 holds the VIP and is no member of its group"
    wait_for 15 listened_to "$1" || pair_fail "the switch does not know $1: $(bridge -n "$lab-switch" mdb show dev wan)"
    wait_for 5 no_member "$2" || pair_fail "$2 does not hold the VIP and is a member of its group"
    ip -n "$lab-client" neigh flush dev eth0
    answers 1 "http://[$vip6]/" | grep -q '^s' || pair_fail "the VIP is not found at $1"
    echo "  $1 is a member of the VIP's group, $2 is not"
}
members a b
ctl a failover shop
becomes b active
becomes a backup
members b a
stop b
becomes a active
wait_for 15 listened_to a || pair_fail "the switch does not know a"
wait_for 5 member a || pair_fail "a is no member when b has stopped"
echo "  a is again, when b has stopped"
answers 1 "http://[$vip6]/" | grep -q '^s' || pair_fail "the VIP is not found at a"
stop a
