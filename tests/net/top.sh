#!/usr/bin/env bash
# weirctl top: one frame as text, and live in a real terminal under load: sorted, resized, ended by its
# key, by signals and by the end of the director; the terminal is always as it was.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs
more=$(for n in {10..59}; do service "idle-$n" "$vip:80$n/tcp" nat rr 198.51.100.11 198.51.100.12; done)
start_weir <<END
$(director_section)
$(wan_port)
$(lan_port)
$(service first $vip:81/tcp nat rr 198.51.100.13:80)
$(service web $vip:80/tcp nat wrr "198.51.100.11 weight=3" 198.51.100.12)
$(service web6 [$vip6]:80/tcp nat rr 2001:db8:1::11)
$more
END
top() { "$build/src/weirctl/weirctl" --run-dir "$dir/run" top "$@"; }
terminal() { "$(dirname "$0")/terminal.py" "$build/src/weirctl/weirctl" --run-dir "$dir/run" top --interval 0.2 "$@"; }

top --once --interval 0.1 > "$dir/frame"
expect "idle: in the order of the file" "first web web6 idle-10 idle-11" \
    "$(grep -oE '^(first|web6?|idle-..) ' "$dir/frame" | head -5 | tr -d '\n' | sed 's/ $//')"
expect "a line for each server" 104 "$(grep -c '^  [0-9\[]' "$dir/frame")"

start_on client wrk -t1 -c4 -d100s -H 'Connection: close' http://$vip/ > "$dir/wrk.txt"
load=$!
shows_load() { top --once --interval 0.5 > "$dir/frame" && awk '/^service/ { getline; exit !($1 == "web" && $5 + 0 > 0) }' "$dir/frame"; }
wait_for 10 shows_load || fail "web is not the first: $(cat "$dir/frame")"
echo "  under load web is the first"
in_order() { top --once --interval 0.5 > "$dir/frame"; grep -A2 '^web ' "$dir/frame" | sed -n 's/^  \(\S*\).*/\1/p' | xargs; }
await "weight 3 before weight 1" "198.51.100.11:80 198.51.100.12:80" in_order
grep -q '^workers  *0 \[.*%' "$dir/frame" || fail "no workers: $(cat "$dir/frame")"

terminal <<'END'
size 24 80
see service, server
see by cps
see web 192.0.2.100:80/tcp wrr
see more
see q quit
print
keys b
see by bytes
keys s
not see 198.51.100.12:80
size 50 132
see out B/s
keys s
see 198.51.100.12:80
print
size 3 20
see weir
size 30 100
see web 192.0.2.100:80/tcp wrr
keys q
end 0
END
for name in INT TERM HUP; do
    terminal <<END
see web 192
signal SIG$name
end -$(kill -l $name)
END
    echo "  ended by SIG$name: the terminal is as it was"
done
# Stopped by ^Z and gone on with.
terminal <<'END'
see web 192
stop
signal SIGCONT
see web 192
keys q
end 0
END

# Without a terminal, and with odd values: one line each, nothing else.
wrong() {
    local status=0
    top "$@" > "$dir/out" 2> "$dir/errors" < /dev/null || status=$?
    expect "top $*" "2 1 0" "$status $(wc -l < "$dir/errors") $(wc -c < "$dir/out")"
}
wrong
grep -q -e --once "$dir/errors" || fail "no way out: $(cat "$dir/errors")"
wrong --once --interval 0
wrong --once --interval nan
wrong --once --sort names
weirctl drain web 198.51.100.12
wait_for 5 shows '198.51.100.12:80  *drained' top --once --interval 0.1 || fail "not shown as drained"
kill $load; wait $load || :
expect_books

# The director goes away: so does top, with a word, and the terminal is as it was.
terminal > "$dir/screen" 2>&1 <<END &
see web 192
tell $dir/shown
end 1
see weirctl:
print
END
player=$!
wait_for 10 test -e "$dir/shown" || fail "$(cat "$dir/screen")"
stop_weir
wait $player || fail "$(cat "$dir/screen")"
expect "the last word" "weirctl: the director closed the connection" "$(grep weirctl: "$dir/screen")"
