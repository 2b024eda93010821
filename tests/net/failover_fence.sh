#!/usr/bin/env bash
# Fences. Who stops gracefully, or gives up by a link, is not fenced. From who is silent nothing is taken before the fence
# has ended well: not while it runs, not when it fails; then it is run again. A fence that works is seen to the end: the
# peer hangs, is killed by the command, and starts again; when it dies once more it is fenced once more. With a link
# beside VRRP, and without.
. "$(dirname "$0")/failover_lab.sh"

pair_up
heartbeat_up

# The fence of b: fails, or waits until it may go on, and then kills a.
cat > "$dir/fence" <<END
#!/bin/sh
echo "\$1 of \$2" >> $dir/fenced
test -e $dir/fence-works || exit 1
while test ! -e $dir/fence-end; do sleep 0.1; done
kill -9 \$(cat $dir/a.pid)
END
chmod 755 "$dir/fence"

# pair [LINK-OF-A LINK-OF-B]
pair() {
    { vrrp shop wan 51 200 $vip; heartbeat_peer a; echo "${1:-}"; service web $vip:80/tcp dr rr 192.0.2.11 192.0.2.12; } | configure a
    {
        vrrp shop wan 51 199 $vip
        heartbeat_peer b
        printf '%s\nfence = %s {peer} {name}\n' "${2:-}" "$dir/fence"
        service web $vip:80/tcp dr rr 192.0.2.11 192.0.2.12
    } | configure b
}
start_a() { start a; echo "${pid_of[a]}" > "$dir/a.pid"; }
times() { grep -c "$1" "$dir/b.log" || :; }
fences() { { cat "$dir/fenced" 2>/dev/null || :; } | wc -l; }
fenced_times() { [ "$(fences)" -ge "$1" ]; }
failures_are() { [ "$(times 'peer a could not be fenced')" -ge "$1" ]; }
dead() { ! kill -0 "${pid_of[a]}" 2>/dev/null || [ "$(cut -d' ' -f3 "/proc/${pid_of[a]}/stat")" = Z ]; }
may() { touch "$dir/fence-$1"; }
may_not() { rm -f "$dir/fence-$1"; }

b_waits_for_the_fence() {
    remains b backup 1
    may end
    becomes b active
    wait_for 5 dead || pair_fail "b has taken over, and a lives"
    wait "${pid_of[a]}" 2>/dev/null || :
    rm -f "$dir/run-a/weir.sock"
}

interval=100ms
for links in with without; do
    rm -f "$dir/fenced" "$dir"/fence-*
    : > "$dir/b.log"
    if [ $links = with ]; then
        pair "$udp_a" "$udp_b"
    else
        pair
    fi
    start_a
    start b
    settled

    # Who says that it goes is not fenced.
    stop a
    becomes b active
    expect "fences of a peer that left" 0 "$(fences)"
    start_a
    settled
    if [ $links = with ]; then
        ip -n "$lab-switch" link set director-wan0 down
        becomes b active
        expect "fences of a peer that gave up" 0 "$(fences)"
        ip -n "$lab-switch" link set director-wan0 up
        settled
    fi

    # It hangs. The fence fails: nothing is taken, and it is tried again.
    kill -STOP "${pid_of[a]}"
    wait_for 10 failures_are 1 || pair_fail "b does not say that the fence failed"
    remains b backup 1
    wait_for 20 failures_are 2 || pair_fail "the fence is not tried again"
    is b backup || pair_fail "b has taken over from a peer that could not be fenced"

    # It runs: nothing is taken before it has ended.
    before=$(fences)
    may works
    wait_for 20 fenced_times $((before + 1)) || pair_fail "the fence is not tried a third time"
    b_waits_for_the_fence
    expect "fences" $((before + 1)) "$(fences)"
    [ "$(times 'peer a is fenced')" = 1 ] || pair_fail "b does not say that a is fenced"

    # The fence was for that death: the next one is another.
    start_a
    settled
    may_not end
    kill -STOP "${pid_of[a]}"
    wait_for 10 fenced_times $((before + 2)) || pair_fail "a dies again and is not fenced again"
    b_waits_for_the_fence
    [ "$(sort -u "$dir/fenced")" = "a of shop" ] || pair_fail "the fence was told: $(sort -u "$dir/fenced")"
    stop b
    echo "  $links a link: $(fences) fences, of $(grep -c 'vrrp shop: backup -> active' "$dir/b.log") times that b took over"
done
