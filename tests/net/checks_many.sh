#!/usr/bin/env bash
# 2000 servers, each checked once a second by tcp: how late the latest
# check began (limit 200 ms) and what part of the control core it took (limit 30 %).
# Alone: it measures.
. "$(dirname "$0")/lab.sh"

servers=()
lab_up two-arm
make_host farm
plug farm eth0 lan
address farm eth0 198.51.100.250/24
ip -n "$lab-farm" route add default via 198.51.100.1
# 8 x 250 addresses of the farm behind one of its own; nobody asks ARP for each.
ip -n "$lab-farm" route add local 203.0.113.0/24 dev lo
cat > "$dir/farm.py" <<'PY'
import resource, selectors, socket
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
poll = selectors.EpollSelector()
for port in range(8001, 8009):
    s = socket.create_server(("", port), backlog=1024)
    s.setblocking(False)
    poll.register(s, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in poll.select():
        try:
            while True:
                key.fileobj.accept()[0].close()
        except BlockingIOError:
            pass
PY
start_on farm python3 "$dir/farm.py" > "$dir/farm"
wait_for 5 grep -q ready "$dir/farm" || fail "no farm"
many() { for p in 1 2 3 4 5 6 7 8; do for n in {1..250}; do echo "server = 203.0.113.$n:800$p"; done; done; }
run() { # EXTRA LINES: starts weir, waits for the checks, measures ten seconds
    start_weir <<CONF
$(director_section)
$(wan_port)
$(lan_port)
[service many]
listen = $vip:80/tcp
forward = nat
scheduler = rr
$1
$(many)
CONF
    # Its way goes by the farm.
    ip -n "$lab-director" route replace 203.0.113.0/24 via 198.51.100.250
}
up() { [ "$(weirctl checks --json | jq '[.checks[] | select(.state == "up")] | length')" = 2000 ]; }
ticks() { awk '{ print $14 + $15 }' "/proc/$weir/task/$weir/stat"; }
measure() { # the control thread's share of a CPU, in percent, over ten seconds
    local end=$((SECONDS + 11)) began=$EPOCHREALTIME before; before=$(ticks)
    while [ $SECONDS -lt $end ]; do pause 0.5; done
    awk -v t=$(($(ticks) - before)) -v b="$began" -v e="$EPOCHREALTIME" -v h="$(getconf CLK_TCK)" 'BEGIN { printf "%.1f", 100 * t / h / (e - b) }'
}
run "check = tcp interval=1s timeout=800ms"
wait_for 20 up || fail "not all up: $(weirctl checks --json | jq -c '.summary, [.checks[] | .answer] | unique')"
before=$(weirctl checks --json | jq .summary.turns)
stalls_from
load=$(measure)
limit=$((200 + $(stalled)))
weirctl checks --json | jq -c .summary > "$dir/summary"
turns=$(($(jq .turns "$dir/summary") - before))
late=$(jq .most_late_us "$dir/summary")
echo "  2000 servers each second: $turns checks in eleven seconds, control core $load %, the latest began $late us late (limit $limit ms)"
[ "$turns" -ge 20000 ] || fail "too few checks: $turns"
[ "$late" -le $((limit * 1000)) ] || fail "a check was $late us late"
awk -v l="$load" 'BEGIN { exit !(l < 30) }' || fail "control core at $load %"
wait_for 10 up || fail "not all up: $(weirctl checks --json | jq -c '.summary, [.checks[] | .answer] | unique')"
expect_books
stop_weir
