#!/usr/bin/env bash
# What strangers can make and break, with rates: SYNs against thresholds and against a service's share of the
# table, pairs of SYN and ACK, blind resets, fragments whose first never comes; IPv4 and IPv6. The client sends
# them, and is the way back to their sources, where nobody answers.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs
attack() { start_on client taskset -c 1 python3 "$(dirname "$0")/strangers.py" "$@" > "$dir/attack"; attacker=$!; }
attack_once() { on client python3 "$(dirname "$0")/strangers.py" "$@"; }
attack_ends() { # after it has said its rate
    wait_for 5 test -s "$dir/attack"
    kill "$attacker"
    wait_gone "$attacker"
    echo "  the attack: $(sort -n "$dir/attack" | tail -1) packets a second"
}
url() { case $1 in *:*) echo "http://[$1]:$2/" ;; *) echo "http://$1:$2/" ;; esac; }
# got N VIP PORT: how many of N clients, one after the other, get an answer.
got() { local n=0 i; for ((i = 0; i < $1; ++i)); do on client curl -gs -m 3 -o "$dir/got" "$(url "$2" "$3")" && n=$((n + 1)); done; echo "$n"; }
over_share() { weirctl status --json | jq .books.over_share; }
drops() { weirctl status --json | jq ".books.drops.$1 // 0"; }
connections_of() { weirctl connections --service "$1" --json | jq "[.connections[] | select($2)] | length"; }

# The services of one family: NAT and DR, thresholds, a share, and one that has what it needs.
services() { # NAME VIP SERVER SERVER, and the first without brackets
    printf '\n'
    service "limited$1" "$2:80/tcp" nat rr "$3:80 upper=50" "$4:80 upper=50"
    service "dr$1" "$2:81/tcp" dr rr "$5"
    service "greedy$1" "$2:82/tcp" nat rr "$3:80"
    echo "share = 40%"
    service "quiet$1" "$2:83/tcp" nat rr "$4:80"
    echo "timeout = tcp-close=3"
}
start_weir <<CONF
$(director_section | sed 's/^memory = .*/memory = 64/; s/^connections = .*/connections = 8192/')
timeout = tcp-syn-recv=5
$(wan_port)
$(lan_port)
$(services 4 $vip 198.51.100.11 198.51.100.12 198.51.100.11)
$(services 6 "[$vip6]" "[2001:db8:1::11]" "[2001:db8:1::12]" 2001:db8:1::11)
CONF
ip -n "$lab-director" route add default via 192.0.2.7
ip -n "$lab-director" -6 route add default via 2001:db8::7

for family in 4 6; do
    [ $family = 4 ] && to=$vip source=192.0.2.7 || { to=$vip6 source=2001:db8::7; }
    echo "IPv$family:"

    # Servers of 50 connections each, and far more half-open ones.
    attack syn $to 80 500
    flooded() { [ "$(connections_of limited$family true)" -ge 95 ]; }
    wait_for 20 flooded || fail "no flood: $(weirctl list)"
    expect "clients that get in beside 500 SYNs a second" 20 "$(got 20 $to 80)"
    attack_ends

    # An ACK of nothing establishes no connection through NAT, and a minute with DR.
    attack_once pair $to 83 2000
    expect "pairs that NAT takes for connections" 0 "$(connections_of quiet$family '.state == "ESTABLISHED"')"
    attack_once pair $to 81 500
    expect "pairs that DR keeps for longer than a minute" 0 "$(connections_of dr$family '.expires > 61')"

    # A flood of one service leaves the others their entries.
    before=$(over_share)
    attack syn $to 82
    share_is_full() { [ "$(over_share)" -gt "$before" ]; }
    wait_for 30 share_is_full || fail "the flood fills nothing: $(connections_of greedy$family true)"
    expect "clients of another service" 10 "$(got 10 $to 83)"
    expect "of them without an entry" 0 "$(weirctl status --json | jq .books.table_full)"
    most=$(connections_of greedy$family true)
    [ "$most" -le 3500 ] || fail "a share of 40 % of 8192 is $most"
    attack_ends

    # A blind reset: what the client sends within tcp-close (3 s) revives the connection for its full time.
    rm -f "$dir/held"
    start_on client python3 "$(dirname "$0")/hold.py" $to 83 1 "$dir/held"
    client=$!
    await "a connection" "open 1" cat "$dir/held"
    port=$(weirctl connections --service quiet$family --client $source --json | jq -r '.connections[] | select(.state == "ESTABLISHED").client')
    attack_once reset $to 83 $source "${port##*:}"
    await "its state after a blind reset" 1 connections_of quiet$family '.state == "CLOSE"'
    asked() { rm -f "$dir/held"; kill -USR1 "$client"; wait_for 10 test -s "$dir/held"; cat "$dir/held"; }
    expect "it goes on" "alive 1" "$(asked)"
    expect "its state then" 1 "$(connections_of quiet$family '.state == "ESTABLISHED" and .expires > 60')"
    sleep 5
    expect "it goes on after a silence of 5 s" "alive 1" "$(asked)"
    kill "$client"

    # Later fragments take no buffers that whole packets need.
    before=$(drops fragments_full)
    attack fragment $to
    waiting() { [ "$(drops fragments_full)" -gt $((before + 5000)) ]; }
    wait_for 20 waiting || fail "no fragments are dropped: $(weirctl status --json | jq -c .books)"
    expect "a download of 20 MB beside them" 20000000 "$(on client curl -gsS -m 30 -o "$dir/got" -w '%{size_download}' "$(url $to 80)big")"
    attack_ends
    expect_books
done
stop_weir
