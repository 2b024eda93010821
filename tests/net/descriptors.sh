#!/usr/bin/env bash
# A director without file descriptors: its checks say nothing of the servers, weirctl is still served, nothing
# spins; with descriptors again, all is as before.
. "$(dirname "$0")/lab.sh"

state() { weirctl list --json | jq -r --arg a "$1" '.services[0].servers[] | select(.address == $a) | .state'; }
is() { [ "$(state "$1")" = "$2" ]; }
becomes() { wait_for 10 is "$1" "$2" || fail "$1 is $(state "$1"), not $2: $(weirctl checks)"; echo "  $1: $2"; }
unable() { weirctl checks --json | jq .summary.unable; }
unable_reaches() { [ "$(unable)" -ge "$1" ]; }
# CPU time of the control core, in clock ticks, and the time that passed.
cpu() { awk '{ print $14 + $15 }' "/proc/$weir/task/$weir/stat"; }
ticks() { awk -v hz="$(getconf CLK_TCK)" '{ print int($1 * hz) }' /proc/uptime; }
descriptors() { ls "/proc/$weir/fd" | sort -n | awk '$1 < 200'; } # those above come from whoever began this

lab_up two-arm
webs 8080
start_weir <<CONF
$(director_section)
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat rr 198.51.100.11:8080 198.51.100.12:8080 198.51.100.13:8080)
check = http path=/ interval=1s timeout=500ms fall=2 rise=2
hold-down = 0
CONF
for host in 11 12 13; do becomes 198.51.100.$host up; done

# As few descriptors as there are in use. Clients that stay take those that are between, and the one in
# reserve, until two are not served; then these go, and who had the reserve. Checks are seldom, so
# that they hold none of them at the end.
limit=$(prlimit --pid "$weir" --nofile --noheadings --output SOFT | tr -d ' ')
prlimit --pid "$weir" --nofile="$(($(descriptors | tail -1) + 1)):"
cat > "$dir/holders.py" <<'PY'
import socket, sys
path, served, refused = sys.argv[1], [], []
while len(refused) < 2:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(3)
    client.connect(path)
    client.sendall(b'{"command":"status"}\n')
    try:
        client.recv(9)
        served.append(client)
    except TimeoutError:
        refused.append(client)
for client in *refused, served.pop():
    client.close()
print(len(served), flush=True)
sys.stdin.readline()
PY
mkfifo "$dir/go"
python3 "$dir/holders.py" "$dir/run/weir.sock" < "$dir/go" > "$dir/held" &
pids+=($!)
exec 9> "$dir/go"
wait_for 20 test -s "$dir/held" || fail "clients are served without end"
echo "  $(cat "$dir/held") clients hold what was left"
stop_web s2
was=$(unable)
wait_for 10 unable_reaches $((was + 6)) || fail "checks go on: $(weirctl checks)"

used=$(cpu) passed=$(ticks) was=$(unable)
# Somebody takes the descriptor in reserve, and asks how many checks could not be made: the next one waits.
cat > "$dir/asker.py" <<'PY'
import json, select, socket, sys
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
lines = client.makefile("rw")
while not select.select([sys.stdin], [], [], 0.1)[0]:
    print('{"command":"checks"}', file=lines, flush=True)
    print(json.loads(lines.readline())["checks"]["unable"], flush=True)
    while "done" not in json.loads(lines.readline()):
        pass
PY
mkfifo "$dir/leave"
python3 "$dir/asker.py" "$dir/run/weir.sock" < "$dir/leave" > "$dir/asked" &
pids+=($!)
exec 8> "$dir/leave"
told() { [ "$(tail -n 1 "$dir/asked")" -ge "$1" ]; }
in_queue() { shows "^\S+ +\S+ +1 " on director ss -xlH src "$dir/run/weir.sock"; }
wait_for 5 told "$was" || fail "nobody is served"
weirctl status > "$dir/status" &
next=$!
wait_for 5 in_queue || fail "the next one does not wait: $(on director ss -xl)"
wait_for 10 told $((was + 12)) || fail "no turns: $(tail -n 1 "$dir/asked"), before $was"
[ ! -s "$dir/status" ] || fail "two are served by one descriptor"
echo >&8
wait $next || fail "who waited was not served"
used=$(($(cpu) - used)) passed=$(($(ticks) - passed))
echo "  the control core took $used ticks of $passed"
[ "$used" -lt $((passed / 2)) ] || fail "it spins"
expect "a server that nobody can check" up "$(state 198.51.100.12)"
expect "packets go on" s1 "$(weirctl disable web 198.51.100.12 198.51.100.13 > /dev/null; answers 1 http://$vip/)"
weirctl enable web 198.51.100.12
weirctl enable web 198.51.100.13
log_says 'http: not checked: cannot open a socket: too many open files (raise LimitNOFILE)'
[ "$(grep -c 'not checked' "$dir/weir.log")" -le 3 ] || fail "told more than once for each check"
expect "words of clients that wait" 1 "$(grep -c 'accept: Too many open files: raise LimitNOFILE' "$dir/weir.log")"
! grep 'link is down' "$dir/weir.log" || fail "no link was down"

prlimit --pid "$weir" --nofile="$limit:"
exec 9>&-
becomes 198.51.100.12 down
web s2 8080
becomes 198.51.100.12 up
expect "three servers" "s1 s2 s3" "$(answers 3 http://$vip/ | tr ' ' '\n' | sort | tr '\n' ' ' | sed 's/ $//')"
expect_books
stop_weir
