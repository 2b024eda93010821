#!/usr/bin/env bash
# An association of real SCTP endpoints, through NAT, is known to the other director: it ends there in good order when
# the one that it began at has been killed.

# usrsctp crashes now and then: then all is done anew, thrice at most.
if [ -z "${PEER_CRASHED:-}" ]; then
    mark=$(mktemp -u /tmp/weir-sctp.XXXXXX)
    for attempt in 1 2 3; do
        status=0
        PEER_CRASHED=$mark "$0" || status=$?
        [ $status -ne 0 ] && [ -e "$mark" ] || break
        rm -f "$mark"
        echo "  attempt $attempt: a peer crashed"
    done
    rm -f "$mark"
    exit $status
fi
. "$(dirname "$0")/failover_lab.sh"
. "$(dirname "$0")/failover_peers.sh"
keep=no
openssl rand -hex 32 > "$dir/pair.key"
chmod 600 "$dir/pair.key"

peer=$build/tests/net/sctp_peer
peer_pids=()
broken() {
    local pid
    for pid in "${peer_pids[@]}"; do kill -0 "$pid" 2>/dev/null || touch "$PEER_CRASHED"; done
    pair_fail "$@"
}
lab_for nat
sync_cable
n=11
for s in "${servers[@]}"; do
    start_on "$s" "$peer" serve 36412 "$s" 198.51.100.$n > "$dir/$s.sctp"
    peer_pids+=($!)
    wait_for 5 grep -q ready "$dir/$s.sctp" || broken "$s: no SCTP"
    n=$((n + 1))
done
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
