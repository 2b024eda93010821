#!/usr/bin/env bash
# A server gets another network card: its MAC changes and no announcement says so. The first check
# that runs into its timeout asks the link who has the address now, so the server never falls.
# Without that, Linux trusts the old MAC for half a minute and more.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs 8080
checks="check = http interval=1s timeout=500ms fall=3"
start_weir <<CONF
$(director_section)
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat rr 198.51.100.11:8080 198.51.100.12:8080)
$checks
$(service web6 "[$vip6]:80/tcp" nat rr "[2001:db8:1::12]:8080" "[2001:db8:1::13]:8080")
$checks
CONF
all_up() { [ "$(weirctl list --json | jq -r '[.services[].servers[] | .state + (.why | join(","))] | unique | join(" ")')" = up ]; }
knows() { weirctl neighbours --json | jq -e --arg a "$1" --arg m "$2" '[.. | objects | select(.address? == $a and .mac? == $m)] | length > 0' > /dev/null; }
wait_for 5 all_up || fail "not all up: $(weirctl checks)"
turns() { weirctl checks --json | jq .summary.turns; }

on s1 ip link set eth0 address 02:00:00:00:aa:11
on s3 ip link set eth0 address 02:00:00:00:aa:13
wait_for 3 knows 198.51.100.11 02:00:00:00:aa:11 || fail "s1's new MAC is unknown: $(weirctl neighbours)"
wait_for 3 knows 2001:db8:1::13 02:00:00:00:aa:13 || fail "s3's new MAC is unknown: $(weirctl neighbours)"
before=$(turns)
later() { [ "$(turns)" -ge $((before + 20)) ]; }
wait_for 15 later || fail "no checks: $(weirctl checks)"
all_up || fail "not all up: $(weirctl checks)"
! grep "is down" "$dir/weir.log" || fail "a server fell"
[[ $(answers 4 "http://$vip/") != *-* ]] || fail "a client got no answer"
[[ $(answers 4 "http://[$vip6]/") != *-* ]] || fail "a client got no answer by IPv6"
expect_books
stop_weir
