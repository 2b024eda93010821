#!/usr/bin/env bash
# Commands for events: each transition of a [vrrp] in order, also while a command hangs and when weir stops;
# servers, services, links and VIPs for `notify` of [director].
. "$(dirname "$0")/failover_lab.sh"

cat > "$dir/note" <<'NOTE'
#!/bin/sh
# note FILE: one line about the event.
echo "$WEIR_EVENT $WEIR_NAME $WEIR_STATE${2:+ $2}" >> "$1"
NOTE
cat > "$dir/slow" <<'SLOW'
#!/bin/sh
# Takes its time for the first event: the others wait.
[ -e "$1" ] || sleep 2
echo "$2" >> "$1"
SLOW
chmod +x "$dir/note" "$dir/slow"

pair_up
for d in a b; do
    [ $d = a ] && priority=200 || priority=199
    {
        vrrp shop wan 51 $priority $vip "notify = $dir/note $dir/$d.moves {keepalived-state}" \
            "notify-active = $dir/slow $dir/$d.slow active" "notify-backup = $dir/slow $dir/$d.slow backup" \
            "notify-stop = $dir/slow $dir/$d.slow stop"
        service web $vip:80/tcp dr rr 192.0.2.11
        echo "check = tcp interval=100ms timeout=90ms fall=1 rise=1"
    } | configure $d
    sed -i "s|^\[director\]|&\nnotify = $dir/note $dir/$d.events|" "$dir/$d.conf"
done
start a b
becomes a active
becomes b backup

# What a's commands have heard: the last line waits for the command of the last event.
heard() { tr '\n' ',' < "$dir/$1"; }
says() { [ -e "$dir/$1" ] && tail -n 1 "$dir/$1" | grep -qFx -- "$2"; }
wait_for 10 says a.moves "vrrp shop active MASTER" || pair_fail "a's command was not run: $(heard a.moves)"
expect "a's transitions" "vrrp shop backup BACKUP,vrrp shop active MASTER," "$(heard a.moves)"
wait_for 10 says a.events "vip shop held" || pair_fail "no event: $(heard a.events)"

# A server and its service; the link of a port.
stop_web s1
wait_for 10 grep -q "service web down" "$dir/a.events" || pair_fail "nothing of the service: $(heard a.events)"
grep -q "server web 192.0.2.11:80 down" "$dir/a.events" || pair_fail "nothing of the server: $(heard a.events)"
web s1
wait_for 10 grep -q "service web up" "$dir/a.events" || pair_fail "it stays down: $(heard a.events)"
grep -q "server web 192.0.2.11:80 up" "$dir/a.events" || pair_fail "the server stays down: $(heard a.events)"
ip -n "$lab-switch" link set director-wan0 down
wait_for 10 says a.moves "vrrp shop fault FAULT" || pair_fail "no fault: $(heard a.moves)"
wait_for 10 grep -q "link wan down" "$dir/a.events" || pair_fail "nothing of the link: $(heard a.events)"
ip -n "$lab-switch" link set director-wan0 up
becomes a active

# Back and forth, faster than a command that hangs: it hears all in order in the end, and the hand-over waits for none.
rm -f "$dir/b.slow" # its next command takes 2 s
probe stop a
report "a stops while commands run" 20
becomes b active
wait_for 10 says a.moves "vrrp shop initialize STOP" || pair_fail "a's last state was not told: $(heard a.moves)"
says a.slow stop || pair_fail "a's last state was not told in order: $(heard a.slow)"
wait_for 10 says a.events "vip shop released" || pair_fail "no last event: $(heard a.events)"
start a
becomes a active
becomes b backup
wait_for 10 says b.slow backup || pair_fail "b's last state: $(heard b.slow)"
expect "b's states, in order" "active,backup," "$(heard b.slow)"

# One that fails is in the log.
sed -i "s|^notify-stop.*|notify-active = /bin/sh -c 'echo no luck; exit 3'|" "$dir/b.conf"
ctl b reload
kill9 a
becomes b active
wait_for 10 grep -q 'vrrp shop: /bin/sh for vrrp shop: exit status 3: no luck' "$dir/b.log" || pair_fail "nothing in the log"
stop b
