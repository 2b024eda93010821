#!/usr/bin/env bash
# A client's broken connection, explained by `weirctl trace` alone; and captures that tcpdump reads.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs 80
driver=packet
start_weir <<EOF
$(director_section | sed 's/^connections.*/connections = 64/')
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat rr 198.51.100.11:80)
$(service silent $vip:81/tcp nat rr 198.51.100.12:80)
$(service dark $vip:82/tcp nat rr 198.51.100.99:80)
$(service one $vip:83/tcp nat rr "198.51.100.11:80 upper=1")
$(service drained $vip:84/tcp nat rr "198.51.100.11:80 weight=0")
$(service held $vip:86/tcp nat rr 198.51.100.13:80 "198.51.100.11:80 upper=1")
check = tcp interval=200ms timeout=150ms
hold-down = 60s
EOF
# In the background, as a process of its own: $! is weirctl, which a function would not be.
watch() { exec "$build/src/weirctl/weirctl" --run-dir "$dir/run" "$@"; }
fetch() { on client curl -s --max-time "${2:-0.6}" "http://$vip:$1/" > /dev/null; }
# explains WHAT PATTERN COMMAND...: while the command is tried, a trace of the client says this.
explains() {
    local what=$1 pattern=$2; shift 2
    watch trace --client 192.0.2.7 --for 30 > "$dir/trace" & local tracer=$!
    tried() { "$@" || :; grep -qE -- "$pattern" "$dir/trace"; }
    wait_for 20 tried "$@" || fail "$what: no line '$pattern' in: $(cat "$dir/trace")"
    kill "$tracer"; wait "$tracer" || :
    echo "  $what: $(grep -m1 -E -- "$pattern" "$dir/trace" | sed 's/^ *//')"
}

explains "a connection that works" 'service web: new flow: rr chose 198.51.100.11:80 \(nat\)' fetch 80
for said in "sent through lan to" "rewritten to 192.0.2.7:[0-9]* > 198.51.100.11:80" \
    "lan: 198.51.100.11:80 > 192.0.2.7:[0-9]* tcp SYN ACK" "known flow, ESTABLISHED, .*, back from 198.51.100.11:80"; do
    grep -qE "$said" "$dir/trace" || fail "no line '$said' in: $(cat "$dir/trace")"
done

ip -n "$lab-s2" route replace blackhole 192.0.2.0/24
explains "server silent" "no answer of the server has come back" fetch 81 2.5
mac=$(ip -n "$lab-director" -o link show weir-wan | grep -o 'link/ether [^ ]*' | cut -d' ' -f2)
explains "wrong VLAN" "dropped: wrong_vlan: it is in VLAN 30" \
    on client python3 "$(dirname "$0")/tag.py" eth0 30 "$mac" 192.0.2.7 $vip 80
explains "no neighbour, at first" "held: its next hop 198.51.100.99 on lan is not resolved" fetch 82
explains "no neighbour" "dropped: no_neighbour: the next hop does not answer" fetch 82 3
explains "drained" "no_destination: no server takes new connections \(198.51.100.11:80: drained\)" fetch 84
keep_open() { start_on client python3 -c "import socket, time; s = socket.create_connection(('$vip', $1)); time.sleep(600)"; }
keep_open 83
taken() { weirctl list --service one --json | jq -e '.services[0].servers[0].active == 1'; }
wait_for 10 taken || fail "no connection has the only place: $(weirctl list)"
explains "threshold" "no_destination: no server takes new connections \(198.51.100.11:80: overloaded\)" fetch 83

state() { weirctl list --service held --json | jq -r '.services[0].servers[0].state'; }
await "a server with a check" up state
stop_web s3
await "it falls" down state
keep_open 86
taken() { weirctl list --service held --json | jq -e '.services[0].servers[1].active == 1'; }
wait_for 10 taken || fail "no connection has the only place: $(weirctl list)"
explains "down" "198.51.100.13:80: down; 198.51.100.11:80: overloaded" fetch 86
web s3 80
await "it is back" up state
stop_web s3
await "it falls again" down state
web s3 80
await "held down" held state
explains "held down" "198.51.100.13:80: held; 198.51.100.11:80: overloaded" fetch 86

# Captures: both sides, and drops with their reasons.
capture() { watch capture -w "$dir/$1.pcapng" --for 30 "${@:2}" & tracer=$!; }
read_back() { tcpdump -nr "$dir/$1.pcapng" 2> /dev/null || :; }
caught() { fetch "$2" || :; grep -qE -- "$3" <<< "$(read_back "$1")"; }
capture both host 192.0.2.7 and tcp
wait_for 15 caught both 80 "198.51.100.11.80 > 192.0.2.7.[0-9]*: Flags \[S.\]" || fail "not the server's side: $(read_back both)"
shows "$vip.80 > 192.0.2.7.[0-9]*: Flags \[S.\]" read_back both || fail "not the client's side: $(read_back both)"
kill $tracer; wait $tracer || :
capture drops --dropped
wait_for 15 caught drops 84 "192.0.2.7.[0-9]* > $vip.84: Flags \[S\]" || fail "not the drop: $(read_back drops)"
kill $tracer; wait $tracer || :
grep -aq "dropped: no_destination" "$dir/drops.pcapng" || fail "no comment"
watch capture -w - --snap 60 --count 2 icmp > "$dir/pipe.pcapng" & tracer=$!
pinged() { on client ping -qc1 -W1 $vip > /dev/null; ! kill -0 $tracer 2> /dev/null; }
wait_for 15 pinged || fail "a capture of two packets does not end"
expect "into a pipe" 2 "$(read_back pipe | grep -c ICMP)"
! weirctl capture -w "$dir/x" 'no such expression' 2> "$dir/errors" || fail "no error"
grep -q "pcap-filter(7)" "$dir/errors" || fail "no useful error: $(cat "$dir/errors")"

# One connection's packets, counted while it lasts: a download of 4 MB a second, past 80 KB a second of ACKs.
start_on client curl -gsS --local-port 40123 -o /dev/null --max-time 20 "http://$vip/slow" 2> /dev/null & download=$!
listed() { weirctl connections --client 192.0.2.7:40123 | grep -q 192.0.2.7:40123; }
wait_for 5 listed || fail "the download's connection is not in the table"
counted=$(weirctl connections --client 192.0.2.7:40123 --count=2 --json | jq -c '.connections[-1]')
jq -e '.seconds >= 2 and .in_packets > 0 and .in_packets * 52 <= .in_bytes and .out_bytes > 1000000
    and .out_packets * 52 < .out_bytes' <<< "$counted" > /dev/null || fail "counted: $counted"
echo "  one connection in 2 s: $counted"
[[ $(weirctl connections --client 192.0.2.7:40123 --count | tail -1) == "In "*" bytes from the client; "*" bytes of answers" ]] ||
    fail "no line with the sums"
! weirctl connections --count 2> "$dir/errors" || fail "packets of everybody are counted"
grep -q "needs a client" "$dir/errors" || fail "no useful error: $(cat "$dir/errors")"
kill $download 2> /dev/null || :

for ((i = 0; i < 80; ++i)); do fetch 80 5; done
explains "table full" "no entry, because the table is full: its slot leads to 198.51.100.11:80" fetch 80
! weirctl trace --port nowhere 2> "$dir/errors" || fail "a port that is not there"
grep -q "there are wan, lan" "$dir/errors" || fail "no useful error: $(cat "$dir/errors")"
expect_books
stop_weir
