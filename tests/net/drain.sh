#!/usr/bin/env bash
# A server taken out of all services for maintenance, waited for, and put back.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs
start_weir <<EOT
$(director_section)
timeout = tcp-time-wait=2 tcp-fin-wait=2 tcp-close=1
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat rr 198.51.100.11 198.51.100.12)
$(service other $vip:8080/tcp nat rr 198.51.100.12:80 198.51.100.13:80)
EOT
said=$(weirctl drain 198.51.100.12)
expect "what is drained" "service web: 198.51.100.12:80 is drained
service other: 198.51.100.12:80 is drained" "$said"
expect "out of the one" "s1 s1" "$(answers 2 http://$vip/)"
expect "and of the other" "s3 s3" "$(answers 2 http://$vip:8080/)"
weirctl enable 198.51.100.12 --service other > "$dir/said"
expect "back in one" "s2 s3" "$(answers 2 http://$vip:8080/ | tr ' ' '\n' | sort | tr '\n' ' ' | sed 's/ $//')"
expect "not in the other" "s1 s1" "$(answers 2 http://$vip/)"
! weirctl drain 198.51.100.13 198.51.100.99 2> "$dir/errors" || fail "a server that does not exist was drained"
expect "it says" "weirctl: no server 198.51.100.99 in any service" "$(cat "$dir/errors")"
weirctl list --service other --json | grep -q '"base_weight":0' && fail "a wrong list drained half of it"
weirctl enable 198.51.100.12 > "$dir/said"

# --wait ends when the last connection has.
start_on client curl -s http://$vip/slow > "$dir/slow"
download=$!
wait_for 5 test -s "$dir/slow" || fail "the download does not begin"
! weirctl drain 198.51.100.11 198.51.100.12 --service web --wait=1s 2> "$dir/errors" > "$dir/said" \
    || fail "empty under a download"
grep -q 'service web: waiting for 1 active connection, 0 ending or UDP of 198.51.100.1' "$dir/said" || fail "it does not say for what: $(cat "$dir/said")"
grep -q 'not empty after 1 s: 198.51.100.1[12]:80 of web' "$dir/errors" || fail "no useful error: $(cat "$dir/errors")"
wait $download || fail "the download was cut off"
weirctl drain 198.51.100.11 198.51.100.12 --service web --wait=5m > "$dir/said"
grep -q '198.51.100.11:80 has no connections after' "$dir/said" || fail "no word of the end: $(cat "$dir/said")"
expect "nothing left" "" "$(weirctl connections --service web | sed 1,2d)"
weirctl enable 198.51.100.11 --service web > "$dir/said"

# Servers added and removed without the file; what lasts over a restart, and what over a reload.
weirctl server add web 198.51.100.13:80 name=web3 > "$dir/said"
weirctl server remove web 198.51.100.11 > "$dir/said"
weirctl disable 198.51.100.13 --service other > "$dir/said"
expect "added, removed, drained" "s3 s3" "$(answers 2 http://$vip/)"
! weirctl server add web 198.51.100.12 2> "$dir/errors" || fail "a server was added twice"
expect_books
stop_weir
start_weir <<< "$(cat "$dir/weir.conf")"
expect "after a restart" "s3 s3" "$(answers 2 http://$vip/)"
expect "the other" "s2 s2" "$(answers 2 http://$vip:8080/)"
expect "what the file does not say" "[service other]
  server = 198.51.100.13:80: disabled
[service web]
- server = 198.51.100.11
  server = 198.51.100.12: weight=0 instead of weight=1
+ server = 198.51.100.13:80 name=web3" "$(weirctl save --conf | sed 's/ *#.*//; s/, which.*//; /^$/d')"
weirctl list --service web | grep -qE '198.51.100.12:80 .* drained since 20.*Z$' || fail "not since when: $(weirctl list)"
weirctl list --service web | grep -qE 'name=web3 not_in_file' || fail "no mark: $(weirctl list)"
log_says "service web: server 198.51.100.13:80 is not in the file: added at run time"
sed -i 's|^server = 198.51.100.12$|& weight=2|' "$dir/weir.conf"
weirctl reload
expect "the file has another weight: it counts" "s2 s2 s3" \
    "$(answers 3 http://$vip/ | tr ' ' '\n' | sort | tr '\n' ' ' | sed 's/ $//')"
weirctl server remove web web3 > "$dir/said"
weirctl server add web 198.51.100.11:80 > "$dir/said"
grep -q "198.51.100.11:80 is added again, as the file has it" "$dir/said" || fail "it says: $(cat "$dir/said")"
! shows '198.51.100.11' weirctl save --conf || fail "a second line: $(weirctl save --conf)"
weirctl enable 198.51.100.13 > "$dir/said"
weirctl reload
expect "nothing differs" "" "$(weirctl save --conf)"
[ ! -e "$dir/state/run-time-changes" ] || fail "something is kept"
expect_books
stop_weir
