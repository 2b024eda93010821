#!/usr/bin/env bash
# What a [vrrp] tracks moves it: a script that fails lowers the priority, a host that does not answer and a port
# without link are faults, a service without servers too; each recovers. The probe loses nothing where the old
# holder serves until the new one speaks.
. "$(dirname "$0")/failover_lab.sh"

pair_up
make_switch lan
plug director lan0 lan
plug b lan0 lan
make_host gate
plug gate eth0 wan
address gate eth0 192.0.2.1/24
touch "$dir/a.good" "$dir/b.good"
for d in a b; do
    [ $d = a ] && n=2 priority=200 || { n=3; priority=199; }
    {
        printf '[port lan]\ndevice = packet:lan0\ntwin = weir-lan\naddress = 198.51.100.%s/24\n' $n
        vrrp shop wan 51 $priority $vip \
            "track-script = run='/usr/bin/test -e $dir/$d.good' name=good interval=250ms fall=1 rise=1 priority=-50" \
            "track-service = web priority=-20" \
            "$([ $d = a ] && echo track-ping = 192.0.2.1 name=gate interval=50ms fall=2 rise=1)" \
            "$([ $d = a ] && echo track-port = lan)"
        service web $vip:80/tcp dr rr 192.0.2.11 192.0.2.12
        [ $d = b ] || echo "check = script run='/usr/bin/test -e $dir/servers' interval=250ms fall=1 rise=1 first-state=up"
    } | configure $d
done
touch "$dir/servers" # a script has a quarter of a second: a busy machine needs 100 ms to start one
start a b
becomes a active
becomes b backup
priority_of() { ctl "$1" status --json | jq -r '.vrrp[0].priority'; }
tracked() { ctl "$1" status --json | jq -r --arg n "$2" '.vrrp[0].tracked[] | select(.name == $n) | .state'; }
await "the script is good" up tracked a "script good"
await "the gate answers" up tracked a "ping gate"

fail_script() { rm "$dir/a.good"; becomes b active; becomes a backup; }
probe fail_script
report "a's script fails" 20
expect "a's priority" 150 "$(priority_of a)"
ctl a status | grep 'tracks script good (-50): down, since .*: exit status 1' >/dev/null || pair_fail "not in status: $(ctl a status)"
grep -q 'vrrp shop: script good is down: exit status 1: priority -50' "$dir/a.log" || pair_fail "not in the log"
mend_script() { touch "$dir/a.good"; becomes a active; }
probe mend_script
report "a's script is good again" 20
grep -q 'vrrp shop: script good is up' "$dir/a.log" || pair_fail "its recovery is not in the log"

# Both scripts fail: the better one stays.
rm "$dir/a.good" "$dir/b.good"
await "b's priority" 149 priority_of b
await "a's priority" 150 priority_of a
is a active || pair_fail "a gave up, and b is no better"
touch "$dir/a.good" "$dir/b.good"
await "a's priority again" 200 priority_of a

# No server left at a.
lose_servers() { rm "$dir/servers"; becomes b active; }
probe lose_servers
report "a has no servers" 20
touch "$dir/servers"
becomes a active

# The gate is silent.
on gate ip addr del 192.0.2.1/24 dev eth0
becomes a fault
becomes b active
grep -q 'vrrp shop: active -> fault: ping gate is down: ' "$dir/a.log" || pair_fail "no reason: $(grep fault "$dir/a.log")"
on gate ip addr add 192.0.2.1/24 dev eth0
becomes a active

# The link of the other port; by event, so the outage is what b takes to hear priority 0.
cut() { ip -n "$lab-switch" link set director-lan0 down; becomes a fault; becomes b active; }
probe cut
report "a's lan has no link" 100
grep -q 'vrrp shop: active -> fault: port lan is down: it has no link' "$dir/a.log" || pair_fail "no reason: $(grep fault "$dir/a.log")"
ip -n "$lab-switch" link set director-lan0 up
becomes a active

# A reload that no longer asks for it.
ip -n "$lab-switch" link set director-lan0 down
becomes a fault
sed -i '/^track-port/d' "$dir/a.conf"
ctl a reload
becomes a active
stop b
stop a
