#!/usr/bin/env bash
# A server dies under load through NAT: errors that clients see end within fall x interval + timeout.
# It comes back with slow start, without an error.
# Alone: it measures.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs 8080
start_weir <<CONF
$(director_section)
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat wlc 198.51.100.11:8080 198.51.100.12:8080 198.51.100.13:8080)
check = http interval=300ms timeout=200ms fall=2 rise=2
on-down = expire
slow-start = 3s
CONF
limit=$((2 * 300 + 200))
server() { weirctl list --json | jq -r ".services[0].servers[1] | $1"; }
is() { [ "$(server "$1")" = "$2" ]; }
all_up() { [ "$(weirctl list --json | jq -r '[.services[0].servers[].state] | unique | join(",")')" = up ]; }
wait_for 5 all_up || fail "not all up: $(weirctl checks)"

# A client that opens a connection for each request and notes when one failed.
cat > "$dir/client.py" <<'PY'
import os, socket, sys, time
vip, errors, stop = sys.argv[1:]
requests = 0
with open(errors, "w") as log:
    while not os.path.exists(stop):
        begun = time.time()
        try:
            with socket.create_connection((vip, 80), timeout=2) as s:
                s.sendall(b"GET / HTTP/1.0\r\n\r\n")
                if not s.recv(4096).startswith(b"HTTP/1.1 200"):
                    raise OSError("no answer")
                requests += 1
        except OSError as e:
            print(f"{begun:.3f} {e}", file=log, flush=True)
        time.sleep(0.002)
print(requests)
PY
start_on client python3 "$dir/client.py" "$vip" "$dir/errors" "$dir/stop" > "$dir/client"
client=$!
start_on client wrk -t1 -c16 -d8s http://$vip/ > "$dir/wrk"
wait_for 5 test -e "$dir/errors" || fail "no client"
stalls_from
killed=$(date +%s.%3N)
kill -9 "$(cat "$dir/$lab-s2/pid")" $(pgrep -P "$(cat "$dir/$lab-s2/pid")")
wait_for 5 is .state down || fail "s2 is $(server .state)"
echo "  down: $(server .state)"
web s2 8080
back=$(date +%s.%3N)
wait_for 10 is .state up || fail "s2 is $(server .state)"
share=$(server .share)
jq -en "$share < 1" >/dev/null || fail "no slow start: share $share"
wait_for 10 is .share 1 || fail "its weight stays at $(server .share)"
touch "$dir/stop"
wait "$client" || :
errors=$(wc -l < "$dir/errors")
limit=$((limit + 50 + $(stalled)))
last=$(awk -v k="$killed" '{ t = ($1 - k) * 1000; if (t > m) m = t } END { printf "%d", m }' "$dir/errors")
late=$(awk -v b="$back" '$1 > b' "$dir/errors" | wc -l)
echo "  $(cat "$dir/client") requests, $errors errors, the last $last ms after the kill (limit $limit); share at its return $share"
[ "$errors" -gt 0 ] || fail "nobody noticed: the test tests nothing"
[ "$last" -le $limit ] || fail "errors for $last ms: $(tail -3 "$dir/errors")"
expect "errors after its return" 0 "$late"
expect_books
stop_weir
