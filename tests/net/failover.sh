#!/usr/bin/env bash
# Two directors share a VIP: election, graceful stop and return, death, a stopped process, a cut cable,
# a split and its heal, a hand-over by the operator. A probe asks for the VIP every 5 ms meanwhile.
. "$(dirname "$0")/failover_lab.sh"

pair_up
usual_pair 200 199
start a b
becomes a active
becomes b backup
on client ping -c1 -W1 $vip >/dev/null || pair_fail "the VIP does not answer"
expect "through a" "s1 s2 s1 s2" "$(answers 4 http://$vip/)"
grep -q 'vrrp shop: backup -> active: no advertisement' "$dir/a.log" || pair_fail "a does not say why it is active"

# b was never asked for anything but what it dropped.
probe true
report "in peace" 20
[ "$(figure '.holders | length')" = 1 ] || pair_fail "both answer: $(cat "$dir/probe")"

probe stop a
report "a stops" 20
becomes b active
expect "through b" "s1 s2" "$(answers 2 http://$vip/)"
grep -q 'is active with priority 199' "$dir/a.log" || pair_fail "a did not wait for its successor"

probe start a
becomes a active
report "a comes back" 20

probe kill9 a
report "a dies" 600
becomes b active
probe start a
becomes a active
report "a comes back" 20

freeze() { kill -STOP "${pid_of[a]}"; becomes b active; pause 1; }
probe freeze
report "a is stopped" 600
thaw() { kill -CONT "${pid_of[a]}"; becomes a active; }
probe thaw
report "a goes on" 20
grep -q 'it could not advertise for' "$dir/a.log" || pair_fail "a does not say that it was stopped"

ip -n "$lab-switch" link set director-wan0 down
becomes b active
becomes a fault
ip -n "$lab-switch" link set director-wan0 up
becomes a active
becomes b backup

split() { ip -n "$lab-switch" link set b-wan0 nomaster; becomes b active; }
heal() { ip -n "$lab-switch" link set b-wan0 master wan; becomes b backup; }
probe split
report "a split, on a's side" 20
probe heal
report "its heal" 50

hand_over() { ctl a failover shop; becomes b active; becomes a backup; }
probe hand_over
report "weirctl failover" 20
pause 1
is a backup || pair_fail "a took it back"
ctl a failover shop 2>"$dir/refused" && pair_fail "a handed over what it has not" || :
grep -q 'not active here' "$dir/refused" || pair_fail "no reason: $(cat "$dir/refused")"
ctl b failover shop
becomes a active

# What the others hold is dropped, not given to Linux.
ctl b status --json | jq -e '.books.drops.not_held > 0' >/dev/null || pair_fail "b counts no not_held"
ctl a status | grep -A3 '^vrrp shop: active' >/dev/null || pair_fail "no state: $(ctl a status)"
ctl a metrics | grep -q 'weir_vrrp_state{vrrp="shop",state="active"} 1' || pair_fail "no metric"
for d in a b; do
    balanced() { ctl $d status --json | jq -e '.books | .rx == .tx + .twin + .heard + ([.drops[]] | add // 0)'; }
    wait_for 5 balanced || pair_fail "$d: the books do not balance"
done
stop b
stop a
