#!/usr/bin/env bash
# An association of real SCTP endpoints, through NAT, is known to the other director: it ends there in good order when
# the one that it began at has been killed.
. "$(dirname "$0")/sctp_peers.sh" failover_lab
. "$(dirname "$0")/failover_peers.sh"
keep=no
openssl rand -hex 32 > "$dir/pair.key"
chmod 600 "$dir/pair.key"

broken() { note_crashes; pair_fail "$@"; }
lab_for nat
sync_cable
peers 198.51.100.%
configure_pair nat
for d in a b; do
    service sig $vip:2905/sctp nat rr 198.51.100.11:36412 198.51.100.12:36412 198.51.100.13:36412 >> "$dir/$d.conf"
done
start a b
both_there
becomes a active
states() { ctl "$1" connections | awk '/^SCTP/ {print $3}' | xargs; }
for how in hold abort; do
    mkfifo "$dir/$how"
    exec 8<> "$dir/$how"
    start_on client sh -c 'exec "$@" < "$0"' "$dir/$how" "$peer" $how $vip 2905 > "$dir/said" 8>&-
    client=$!
    wait_for 5 grep -q : "$dir/said" || broken "no answer to a $how"
    wait_for 5 gives ESTABLISHED states b || broken "b does not know it: $(states b)"
    kill9 a
    becomes b active
    exec 8>&-
    wait_for 10 gives CLOSED states b || broken "it does not end at b: $(states b)"
    wait $client || broken "the client ended with status $?"
    echo "  $how: $(cat "$dir/said"), ended at b"
    stop b
    start a b
    both_there
    becomes a active
    wait_for 5 gives "" states a || pair_fail "a knows $(states a)"
done
