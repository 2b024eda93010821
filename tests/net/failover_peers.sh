# Directors a and b in step with each other, in DR, TUN or NAT, IPv4, with a cable of their own for sync: what
# tests/net/failover_figures measures. To be sourced after failover_lab.sh.

keep=yes

# lab_for MODE: hosts, links and web servers.
lab_for() {
    local arms=one-arm
    [ "$1" != nat ] || arms=two-arm
    lab_up $arms
    make_host b
    plug b wan0 wan
    [ "$1" != nat ] || plug b lan0 lan
    case $1 in
    dr) servers_have_vips ;;
    tun) servers_take_tunnels ;;
    esac
    webs
}
# Directors have a cable of their own for sync: sync0, 203.0.113.2 and .3.
sync_cable() {
    ip -n "$lab-director" link add sync0 type veth peer name sync0 netns "$lab-b"
    ip -n "$lab-director" link set sync0 up
    ip -n "$lab-b" link set sync0 up
    address director sync0 203.0.113.2/24
    address b sync0 203.0.113.3/24
}
# configure_pair MODE
configure_pair() {
    local mode=$1 d n m other priority net4=192.0.2
    [ "$mode" != nat ] || net4=198.51.100
    for d in a b; do
        [ $d = a ] && n=2 m=3 other=b priority=200 || { n=3 m=2 other=a priority=199; }
        {
            [ "$mode" != nat ] || port lan lan0 198.51.100.$n/24
            vrrp shop wan 51 $priority $vip "group = site"
            [ "$mode" != nat ] || vrrp gateway lan 52 $priority 198.51.100.1 "group = site"
            printf '[peer %s]\naddress = 203.0.113.%s\nsource = 203.0.113.%s\nkey = %s\n' $other $m $n "$dir/pair.key"
            [ -z "${heartbeats:-}" ] || echo "link = udp 203.0.113.$m source=203.0.113.$n"
            service web $vip:80/tcp "$mode" rr $net4.11 $net4.12 $net4.13
        } | configure $d
    done
}
start_director() { start "$@"; }
stop_director() { stop "$1"; }
kill_director() { kill9 "$1"; }
signal_director() { kill -"$2" "${pid_of[$1]}"; }
tells_all() { ctl "$1" status --json | jq -e '.peers[0] | .in_step and .lag_ms < 1000'; }
both_there() { wait_for 30 tells_all a && wait_for 30 tells_all b || pair_fail "the two are not in step"; }
in_step_again() { both_there; }
