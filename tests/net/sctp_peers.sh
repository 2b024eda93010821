# Real SCTP endpoints (usrsctp) for a lab: `. sctp_peers.sh LAB`, in place of that lab, whose file it sources.

# usrsctp crashes now and then (packets of an earlier association reach it while it starts): then all
# is done anew, thrice at most.
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
. "$(dirname "${BASH_SOURCE[0]}")/$1.sh"

peer=$build/tests/net/sctp_peer
peer_pids=()
# peers ADDRESS...: on every server; % stands for the host part of its addresses.
peers() {
    local n=11
    for s in "${servers[@]}"; do
        start_on "$s" "$peer" serve 36412 "$s" "${@//%/$n}" > "$dir/$s.sctp"
        peer_pids+=($!)
        wait_for 5 grep -q ready "$dir/$s.sctp" || fail "$s: no SCTP"
        n=$((n + 1))
    done
}
# Has one of them crashed? Then the test may be done anew.
note_crashes() {
    local pid
    for pid in "${peer_pids[@]}"; do kill -0 "$pid" 2>/dev/null || touch "$PEER_CRASHED"; done
}
