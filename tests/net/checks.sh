#!/usr/bin/env bash
# Health checks of every type against real servers that fail and recover, through NAT: no new
# connections while down, `weirctl list`, `weirctl checks` and the log say so.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs 8080
start_weir <<CONF
$(director_section)
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat rr 198.51.100.11:8080 198.51.100.12:8080 198.51.100.13:8080)
check = tcp interval=200ms timeout=100ms fall=2 rise=2
hold-down = 0
CONF
state() { weirctl list --json | jq -r --arg a "$1" '[.services[].servers[] | select(.address == $a) | .state] | unique | join(",")'; }
is() { [ "$(state "$1")" = "$2" ]; }
for n in 11 12 13; do wait_for 5 is 198.51.100.$n up || fail "198.51.100.$n: $(state 198.51.100.$n)"; done
expect "three servers" "s1 s2 s3" "$(answers 3 http://$vip/)"
kill "$(cat "$dir/s2/pid")"
wait_for 5 is 198.51.100.12 down || fail "s2 is $(state 198.51.100.12)"
expect "without s2" "s1 s3 s1 s3" "$(answers 4 http://$vip/)"
grep -q 'service web: 198.51.100.12:8080 is down: tcp: connection refused' "$dir/weir.log" || fail "no line for it"
weirctl list | grep -q '198.51.100.12:8080 .* down$' || fail "list does not say so: $(weirctl list)"
web s2 8080
wait_for 5 is 198.51.100.12 up || fail "s2 is $(state 198.51.100.12)"
expect "with s2" "s1 s2 s3" "$(answers 3 http://$vip/ | tr ' ' '\n' | sort | tr '\n' ' ' | sed 's/ $//')"
weirctl checks
expect_books
stop_weir
