#!/usr/bin/env bash
# A flood of UDP for the director's own address, and a control core that gets a small part of its CPU: health
# checks go on, no server goes down, and the drops show which class of traffic they are of.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs 8080
start_weir <<CONF
$(director_section)
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat rr 198.51.100.11:8080 198.51.100.12:8080 198.51.100.13:8080)
check = http status=200 interval=1500ms timeout=1500ms fall=2 rise=1
$(service web6 "[$vip6]:80/tcp" nat rr "[2001:db8:1::11]:8080" "[2001:db8:1::12]:8080")
check = tcp interval=1500ms timeout=1500ms fall=2 rise=1
CONF
up() { weirctl list --json | jq '[.services[].servers[] | select(.state == "up")] | length'; }
await "servers up" 5 up
drops() { weirctl status --json | jq ".books.drops.$1 // 0"; }
turns() { weirctl metrics | sed -n 's/^weir_check_turns_total //p'; }

# The control core runs on CPU 0 with a process that takes 29 times its share.
taskset -c 0 nice -n -15 sh -c 'while :; do :; done' & hog=$!
pids+=("$hog")
start_on client taskset -c 1 python3 "$(dirname "$0")/flood.py" 192.0.2.2 9 > "$dir/flood"
flooding=$!
dropping() { [ "$(drops twin_full)" -gt 100000 ]; }
wait_for 60 dropping || fail "the flood is too slow to fill a ring: $(weirctl status --json | jq -c .books)"
before=$(turns)
checked() { [ "$(turns)" -ge $((before + 40)) ]; } # of five servers: eight turns of each
wait_for 60 checked || fail "the checks stand still: $(turns)"
kill "$hog" "$flooding"
wait_gone "$flooding"
expect "servers that went down" 0 "$(grep -c ' is down: ' "$dir/weir.log" || :)"
expect "answers to checks that were dropped" 0 "$(drops checks_full)"
expect "servers up, after" 5 "$(up)"
echo "  the flood: $(tail -1 "$dir/flood") a second, dropped: $(drops twin_full)"
shows '^weir_drop_packets_total\{.*reason="twin_full"' weirctl metrics || fail "not in the metrics: $(weirctl metrics | grep drop)"
on client curl -sS --max-time 5 "http://$vip/" >/dev/null || fail "no answer"
expect_books
stop_weir
