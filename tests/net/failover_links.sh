#!/usr/bin/env bash
# Heartbeat links beside VRRP: a cut heartbeat is an event and no more; a data cable that is cut on one side is told
# by the link at once, also during a reload; a silent cut takes nothing from a holder that a link hears, unless hosts
# that it can no longer reach say otherwise; all cut and healed; a dead peer; a serial line and a shared disk instead;
# another key and old heartbeats move nothing.
# Alone: it measures.
. "$(dirname "$0")/failover_lab.sh"

pair_up
heartbeat_up
make_host gate
plug gate eth0 wan
address gate eth0 192.0.2.1/24
openssl rand -hex 32 > "$dir/other.key"
chmod 600 "$dir/other.key"

# pair LINKS-OF-A LINKS-OF-B [VRRP-LINE...]: links are lines.
pair() {
    local d links=("$1" "$2")
    shift 2
    for d in a b; do
        {
            vrrp shop wan 51 $([ $d = a ] && echo 200 || echo 199) $vip "$@"
            heartbeat_peer $d
            [ $d = a ] && echo "${links[0]}" || echo "${links[1]}"
            service web $vip:80/tcp dr rr 192.0.2.11 192.0.2.12
        } | configure $d
    done
}
link_of() { ctl "$1" status --json | jq -r ".peers[0].links[${3:-0}].$2"; }
link_is() { [ "$(link_of "$1" up "${3:-0}")" = "$2" ]; }
links_up() { wait_for 15 link_is a true "$@" && wait_for 15 link_is b true "$@" || pair_fail "no link: $(ctl a status) $(ctl b status)"; }
cable() { ip -n "$lab-switch" link set "$1" "$2"; } # cable END up|down|nomaster
logged() { grep -q "$2" "$dir/$1.log" || pair_fail "not in the log of $1: $2"; }
waits_for_log() { wait_for 10 grep -q "$2" "$dir/$1.log" || pair_fail "not in the log of $1: $2"; }

interval=1s
pair "$udp_a" "$udp_b"
start a b
settled
links_up
ctl b status | grep 'link udp 10.9.0.2:7412: up, heard [0-9]* ms ago, round trip' >/dev/null || pair_fail "$(ctl b status)"
ctl b metrics | grep '^weir_link_up{peer="a",link="udp 10.9.0.2:7412"} 1' >/dev/null || pair_fail "$(ctl b metrics | grep weir_link)"

# The heartbeat is cut: an event, no more.
heartbeat_cut() { cable b-hb0 down; waits_for_log b 'peer a: link udp 10.9.0.2:7412 is down: nothing heard for'; remains b backup 1; }
probe heartbeat_cut
report "the heartbeat is cut" 0
cable b-hb0 up
links_up
waits_for_log b 'peer a: link udp 10.9.0.2:7412 is up'

# The data cable of a is cut: a says so by the link. With VRRP alone that takes three seconds.
after=2
data_cut() { cable director-wan0 down; becomes b active; }
for round in 1 2 3; do
    probe data_cut
    report "a's data cable is cut" 60
    cable director-wan0 up
    settled
done
logged b 'vrrp shop: backup -> active: a has given up, as a link says'

# It does so while its control core is busy with a reload.
cp "$dir/a.conf" "$dir/few.conf"
many_services 4000 >> "$dir/a.conf"
reload_and_cut() {
    ctl a reload > /dev/null &
    pause 0.2
    ! ctl_answers a || fail "the reload is over before the cable is cut: the test shows nothing"
    cable director-wan0 down
    becomes b active
    wait $! || pair_fail "a does not reload"
}
ctl_answers() { timeout 0.1 "$build/src/weirctl/weirctl" --run-dir "$dir/run-$1" status > /dev/null; }
probe reload_and_cut
report "a's data cable is cut during a reload" 60
cable director-wan0 up
cp "$dir/few.conf" "$dir/a.conf"
ctl a reload
settled

# A silent cut: a is heard to live and hold.
cable director-wan0 nomaster
waits_for_log b 'vrrp shop: VRRP is silent, but link udp 10.9.0.2:7412 hears a, which holds the addresses'
remains b backup 2
ip -n "$lab-switch" link set director-wan0 master wan
pause 1
is a active && is b backup || pair_fail "after the silent cut: $(state_of a), $(state_of b)"

# Everything is cut, then the link heals first, then the rest: one holder.
cable director-wan0 nomaster
cable b-hb0 down
becomes b active
cable b-hb0 up
becomes b backup
waits_for_log b 'vrrp shop: active -> backup: a holds it too and has the better right, as a link says'
ip -n "$lab-switch" link set director-wan0 master wan
pause 1
is a active && is b backup || pair_fail "after all was cut: $(state_of a), $(state_of b)"

# Heartbeats that somebody has recorded, and those with another key, move nothing.
start_on director timeout 2 tcpdump -i hb0 -w "$dir/heartbeats.pcap" 'udp port 7412 and src 10.9.0.2'
wait $! || :
before=$(link_of b refused.replayed)
kill9 a
becomes b active
replay() {
    on director python3 - "$dir/heartbeats.pcap" <<'PY'
import socket, struct, sys, time
data = open(sys.argv[1], "rb").read()
at, frames = 24, []
while at < len(data):
    size = struct.unpack_from("<I", data, at + 8)[0]
    frames.append(data[at + 16 + 42:at + 16 + size])
    at += 16 + size
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.9.0.2", 7412))
for frame in frames:
    s.sendto(frame, ("10.9.0.3", 7412))
    time.sleep(0.01)
print(len(frames))
PY
}
sent=$(replay)
[ "$sent" -gt 10 ] || fail "nothing was recorded"
more_refused() { [ "$(link_of b refused.replayed)" -ge $((before + sent / 2)) ]; }
wait_for 5 more_refused || pair_fail "of $sent replayed heartbeats $(link_of b refused.replayed) were refused"
link_is b false || pair_fail "replayed heartbeats raise a link"
sed -i "s|pair.key|other.key|" "$dir/a.conf"
start a
other_key_seen() { [ "$(link_of b refused.wrong_key)" -gt 0 ]; }
wait_for 10 other_key_seen || pair_fail "another key is not noticed"
link_is b false || pair_fail "another key raises a link"
kill9 a
stop b

# A dead peer: with fast VRRP nothing is later than without links.
interval=20ms after=1
pair "$udp_a" "$udp_b"
start a b
settled
links_up
probe kill9 a
report "a is killed" 110
stop b

# A serial line (a pair of pseudo-terminals) and a shared disk; each keeps b back through a silent cut, then a dies.
python3 - "$dir" <<'PY' &
import os, select, sys, tty
ends = []
for name in "ab":
    ours, theirs = os.openpty()
    tty.setraw(ours); tty.setraw(theirs)
    link = f"{sys.argv[1]}/tty-{name}"
    os.symlink(os.ttyname(theirs), link)
    ends.append(ours)
while True:
    for ready in select.select(ends, [], [])[0]:
        os.write(ends[1 - ends.index(ready)], os.read(ready, 4096))
PY
cable_pid=$!
wait_for 5 test -e "$dir/tty-b" || fail "no pseudo-terminals"
truncate -s 8192 "$dir/disk"
interval=100ms
for kind in serial disk; do
    if [ $kind = serial ]; then
        pair "link = serial $dir/tty-a" "link = serial $dir/tty-b"
    else
        pair "link = disk $dir/disk write=0 read=1 interval=200ms" "link = disk $dir/disk write=1 read=0 interval=200ms"
    fi
    start a b
    settled
    links_up
    cable director-wan0 nomaster
    waits_for_log b "VRRP is silent, but link $kind .* hears a"
    remains b backup 1
    kill9 a
    becomes b active
    ip -n "$lab-switch" link set director-wan0 master wan
    stop b
    echo "  $kind: kept b back, then confirmed the death of a"
    : > "$dir/b.log"
done
kill $cable_pid

# Hosts that a can no longer reach: it hands over, for b sees more. If b sees no more it stays.
pair "$udp_a" "$udp_b" "track-ping = 192.0.2.1 name=gate interval=50ms fall=2 rise=1"
start a b
settled
links_up
cable director-wan0 nomaster
becomes a fault
becomes b active
ip -n "$lab-switch" link set director-wan0 master wan
becomes a active
becomes b backup
left=$(grep -c 'vrrp shop: active -> ' "$dir/a.log" || :)
on gate ip addr del 192.0.2.1/24 dev eth0
waits_for_log a 'vrrp shop: ping gate: 0 hosts answer here and 0 at the peer: no reason to hand over'
becomes a active
remains a active 1
[ "$(grep -c 'vrrp shop: active -> ' "$dir/a.log" || :)" = "$left" ] || pair_fail "a handed over before b had noticed too"
on gate ip addr add 192.0.2.1/24 dev eth0
stop b
stop a
