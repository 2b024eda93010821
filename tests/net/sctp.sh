#!/usr/bin/env bash
# Associations of real SCTP endpoints through NAT with another port, DR and tunnels, IPv4 and IPv6.
. "$(dirname "$0")/sctp_peers.sh" lab

# sctp ADDRESS PORT SIZE...: the answers, in one line.
sctp() {
    local status=0
    on client timeout 10 "$peer" ask "$@" > "$dir/said" || status=$?
    [ $status -lt 128 ] || touch "$PEER_CRASHED"
    note_crashes
    tr '\n' ' ' < "$dir/said" | sed 's/ $//'
}
in_turn() { for i in 1 2 3 4; do sctp "$1" "$2" 10; done | sed 's/:10/ /g; s/ $//'; }
states() { weirctl connections "$@" | awk '/^SCTP/ {print $3}' | sort | uniq -c | awk '{print $1, $2}' | paste -sd,; }
# hold|abort ADDRESS PORT: an association that ends when the shell's descriptor 8 is closed.
held() {
    rm -f "$dir/hold"; mkfifo "$dir/hold"
    exec 8<> "$dir/hold" # both ways, for the first end of a pipe waits for the other
    start_on client sh -c 'exec "$@" < "$0"' "$dir/hold" "$peer" "$@" > "$dir/held" 8>&-
    wait_for 5 grep -q : "$dir/held" || fail "no answer to a $1"
}

lab_up two-arm
peers 198.51.100.% 2001:db8:1::%
start_weir <<EOF
$(director_section)
$(wan_port)
$(lan_port)
$(service sig $vip:2905/sctp nat rr 198.51.100.11:36412 198.51.100.12:36412 198.51.100.13:36412)
$(service sig6 [$vip6]:2905/sctp nat rr [2001:db8:1::11]:36412 [2001:db8:1::12]:36412 [2001:db8:1::13]:36412)
EOF
expect "NAT" "s1 s2 s3 s1" "$(in_turn $vip 2905)"
expect "NAT, IPv6" "s1 s2 s3 s1" "$(in_turn $vip6 2905)"
await "closed" "4 CLOSED" states --service sig
expect "messages of many packets" "s2:1 s2:1452 s2:1453 s2:100000" "$(sctp $vip 2905 1 1452 1453 100000)"
expect "messages of many packets, IPv6" "s2:1 s2:1432 s2:1433 s2:100000" "$(sctp $vip6 2905 1 1432 1433 100000)"
held hold $vip 2905
await "open" "5 CLOSED,1 ESTABLISHED" states --service sig
expect "counted as active" "1" "$(weirctl list | awk '$2 == "198.51.100.13:36412" {print $5}')"
exec 8>&-
wait_for 5 gives "6 CLOSED" states --service sig || fail "the association is not closed: $(states)"
held abort $vip 2905
exec 8>&-
wait_for 5 gives "7 CLOSED" states --service sig || fail "the association is not aborted: $(states)"
weirctl drain sig 198.51.100.12
expect "a server drained" "s3 s1 s3 s1" "$(in_turn $vip 2905)"
expect "saved" "-A --sctp-service $vip:2905 -s rr" "$(weirctl save 2>/dev/null | head -1)"
expect_books
stop_weir
lab_clear

lab_up one-arm
peer_pids=()
servers_take_tunnels
for s in "${servers[@]}"; do # usrsctp answers nobody outside from an address of lo
    for a in $vip/32 $vip6/128; do ip -n "$lab-$s" addr del "$a" dev lo; done
    address "$s" decap $vip/32 $vip6/128
    # and leaves the source of IPv6 to Linux
    ip -n "$lab-$s" -6 route add 2001:db8::7 dev eth0 src $vip6
done
peers $vip $vip6
start_weir <<EOF
$(director_section)
$(wan_port)
$(service sig $vip:36412/sctp dr rr 192.0.2.11 192.0.2.12 192.0.2.13)
$(service sig6 [$vip6]:36412/sctp dr rr 2001:db8::11 2001:db8::12 2001:db8::13)
EOF
expect "DR" "s1 s2 s3 s1" "$(in_turn $vip 36412)"
expect "DR, IPv6" "s1 s2 s3 s1" "$(in_turn $vip6 36412)"
expect "DR, messages of many packets" "s2:1452 s2:100000" "$(sctp $vip 36412 1452 100000)"
held hold $vip 36412
await "DR, open" "5 CLOSED,1 ESTABLISHED" states --service sig
exec 8>&-
wait_for 5 gives "6 CLOSED" states --service sig || fail "the association is not closed: $(states)"
sed -i 's/^forward = dr/forward = tun/' "$dir/weir.conf"
weirctl reload
expect "TUN" "s1 s2 s3 s1" "$(in_turn $vip 36412)"
expect "TUN, IPv6" "s1 s2 s3 s1" "$(in_turn $vip6 36412)"
expect "TUN, larger messages" "s2:1300" "$(sctp $vip 36412 1300)"
expect "TUN, larger messages, IPv6" "s2:1300" "$(sctp $vip6 36412 1300)"
expect_books
stop_weir
