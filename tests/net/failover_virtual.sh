#!/usr/bin/env bash
# `mac = virtual`: hosts keep what they know of a shared address, whoever holds it. The client and the NAT servers have
# permanent neighbours here, so that nothing but a MAC address that moves helps them.
. "$(dirname "$0")/failover_lab.sh"

lab_up two-arm
make_host b
plug b wan0 wan
plug b lan0 lan
webs
for d in a b; do
    [ $d = a ] && n=2 priority=200 || { n=3 priority=199; }
    {
        port lan lan0 198.51.100.$n/24
        vrrp shop wan 51 $priority $vip "group = site" "mac = virtual"
        vrrp shop6 wan 51 $priority $vip6 "group = site" "mac = virtual" "source = fe80::$d"
        vrrp gateway lan 52 $priority 198.51.100.1 "group = site" "mac = virtual"
        service web $vip:80/tcp nat rr 198.51.100.11 198.51.100.12
    } | configure $d
    sed -i "/^twin = weir-wan/a address = fe80::$d/64" "$dir/$d.conf"
done
start a
becomes a active
start b
becomes b backup

on client ping -c1 -W2 $vip > /dev/null || pair_fail "the VIP does not answer"
on client ping -c1 -W2 $vip6 > /dev/null || pair_fail "the IPv6 VIP does not answer"
known() { ip -n "$lab-client" neigh show "$1" dev eth0 | grep -o '..:..:..:..:..:..'; }
[ "$(known $vip)" = 00:00:5e:00:01:33 ] || pair_fail "the client knows $vip as $(known $vip)"
[ "$(known $vip6)" = 00:00:5e:00:02:33 ] || pair_fail "the client knows $vip6 as $(known $vip6)"
ip -n "$lab-client" neigh replace $vip lladdr 00:00:5e:00:01:33 dev eth0 nud permanent
ip -n "$lab-client" neigh replace $vip6 lladdr 00:00:5e:00:02:33 dev eth0 nud permanent
for s in s1 s2; do
    ip -n "$lab-$s" neigh replace 198.51.100.1 lladdr 00:00:5e:00:01:34 dev eth0 nud permanent
done

serves() {
    local got; got=$(answers 4 "http://$vip/")
    [[ $got =~ ^(s1 s2 s1 s2|s2 s1 s2 s1)$ ]] || pair_fail "$1: through the virtual MAC address: $got"
    on client ping -c1 -W2 $vip6 > /dev/null || pair_fail "$1: no answer through IPv6's virtual MAC address"
    on s1 ping -c1 -W2 198.51.100.1 > /dev/null || pair_fail "$1: the gateway does not answer"
}
serves "a holds"
handed_over() { ctl a failover site; becomes b active; }
probe handed_over
report "handed over" 200
becomes a backup
serves "b holds"
back() { ctl b failover site; becomes a active; }
probe back
report "handed back" 200
serves "a holds again"
a_dies() { kill9 a; becomes b active; }
probe a_dies
report "a is killed" 500
serves "b holds since a died"
start a
becomes a active
serves "a has taken it back"
