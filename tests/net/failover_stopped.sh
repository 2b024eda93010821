#!/usr/bin/env bash
# The holder is stopped for seconds and goes on, while a client opens connections from few ports, so that each is used
# again and again: what the holder remembers of a port, and what waits in its socket, is an earlier connection. No
# connection that begins after that is lost. DR and NAT.
# Alone: it measures.
. "$(dirname "$0")/failover_lab.sh"
. "$(dirname "$0")/failover_peers.sh"
openssl rand -hex 32 > "$dir/pair.key"
chmod 600 "$dir/pair.key"

report_of_load() {
    rm -f "$dir/load"
    kill -USR1 $loader
    wait_for 60 test -e "$dir/load" || pair_fail "no report of the load"
}
for mode in dr nat; do
    lab_for $mode
    sync_cable
    configure_pair $mode
    start a b
    both_there
    becomes a active
    # No port waits after its connection.
    on client sysctl -qw net.ipv4.ip_local_port_range="20000 20599" net.ipv4.tcp_max_tw_buckets=0
    rm -f "$dir/load" "$dir/load.ready"
    start_on client python3 "$(dirname "$0")/failover_load.py" $vip 80 10 "${rate:-200}" "$dir/load"
    loader=$!
    wait_for 20 test -e "$dir/load.ready" || pair_fail "the load does not begin"
    pause 8
    kill -STOP "${pid_of[a]}"
    becomes b active
    pause "${stop:-8}"
    report_of_load
    kill -USR2 $loader
    kill -CONT "${pid_of[a]}"
    becomes a active
    becomes b backup
    pause 2
    report_of_load
    echo "  $mode: $(jq -c '{opened, lost_old, lost_young, lost_after, why}' "$dir/load")"
    [ "$(jq '.lost_old + .lost_young + .lost_after' "$dir/load")" = 0 ] || pair_fail "$mode: connections were lost when a went on"
    kill $loader
    stop b
    stop a
    lab_clear
done
