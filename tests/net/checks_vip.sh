#!/usr/bin/env bash
# Checks that go to the VIP at a server of DR and tunnels, both families: a server that has lost the VIP, or
# whose daemon listens on its own address alone, is down, while a check of its own address is still good.
. "$(dirname "$0")/lab.sh"

fast="interval=200ms timeout=150ms fall=2 rise=2"
long=$(printf 'a%.0s' $(seq 2000)) # more than one segment: in a tunnel, each has less room
state() { weirctl list --json -s "$1" | jq -r --arg a "$2" '[.services[].servers[] | select(($a == "" or .address == $a) and .state != "removed") | .state] | unique | join(",")'; }
is() { [ "$(state "$1" "$2")" = "$3" ]; }
becomes() { wait_for 10 is "$1" "$2" "$3" || fail "$1 $2 is $(state "$1" "$2"), not $3: $(weirctl checks "$1")"; echo "  $1 $2: $3"; }
sorted() { tr ' ' '\n' | sort -u | tr '\n' ' ' | sed 's/ $//'; }
turns() { weirctl checks --json | jq .summary.turns; }
turns_reach() { [ "$(turns)" -ge "$1" ]; }
# Enough turns for every check of every service to have seen it.
turns_pass() { local now; now=$(turns); wait_for 10 turns_reach $((now + 60)) || fail "no checks"; }

v4=(192.0.2.11 192.0.2.12 192.0.2.13)
v6=(2001:db8::11 2001:db8::12 2001:db8::13)
# Each family twice: `vip4` is asked at the VIP, `own4`, of the same servers, at their own address.
configuration() { # FORWARD
    director_section
    wan_port
    service vip4 $vip:80/tcp "$1" rr "${v4[@]}"
    printf 'check = http path=/?%s body=s to=vip %s\nhold-down = 0\n' "$long" "$fast"
    service own4 $vip:81/tcp "$1" rr "${v4[@]}"
    printf 'check = http port=80 to=server %s\nhold-down = 0\n' "$fast"
    service vip6 "[$vip6]:80/tcp" "$1" rr "${v6[@]}"
    printf 'check = http path=/?%s body=s to=vip %s\ncheck = tcp to=vip from=2001:db8::2 %s\nhold-down = 0\n' "$long" "$fast" "$fast"
    service own6 "[$vip6]:81/tcp" "$1" rr "${v6[@]}"
    printf 'check = tcp port=80 %s\nhold-down = 0\n' "$fast"
    service names4 $vip:53/udp "$1" rr "${v4[0]}"
    printf 'check = dns name=www.example.com type=A to=vip %s\nhold-down = 0\n' "$fast"
    service names6 "[$vip6]:53/udp" "$1" rr "${v6[0]}"
    printf 'check = udp payload=x to=vip %s\nhold-down = 0\n' "$fast"
}
listens_on() { # HOST "LISTEN; LISTEN;" ADDRESS: of nginx's, and one that it has then
    stop_web "$1"
    sed -Ei "s/server \{ listen [^;]*; listen [^;]*;/server { $2/" "$dir/$lab-$1/nginx.conf"
    start_on "$1" nginx -c "$dir/$lab-$1/nginx.conf" 2>/dev/null
    wait_for 5 on "$1" curl -s "http://$3/" || fail "$1: no nginx"
}
# seen URL SERVERS: requests until all of these have answered; nobody else may, and none may fail. (What a
# server sends back to us is scheduled, too, so their turns are not even.)
seen() {
    local all="" wanted=${2// /|}
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        all+=" $(answers 6 "$1")"
        [ "$(sorted <<< "${all# }")" != "$2" ] || return 0
        grep -qvxE "$wanted" <<< "$(tr ' ' '\n' <<< "${all# }")" && break
    done
    fail "$1: wanted '$2', got '$all'"
}
clients_see() { # SERVERS-OF-v4 SERVERS-OF-v6
    seen http://$vip/ "$1"
    seen "http://[$vip6]/" "$2"
    echo "  clients: $1; IPv6: $2"
}

faults_and_repairs() {
    for service in vip4 own4 vip6 own6; do becomes $service "" up; done
    clients_see "s1 s2 s3" "s1 s2 s3"

    # s2 has lost the VIP. What it does not take it drops, or sends on, which is back to us.
    for forwards in 0 1; do
        on s2 sysctl -qw net.ipv4.ip_forward=$forwards net.ipv6.conf.all.forwarding=$forwards
        ip -n "$lab-s2" addr del $vip/32 dev lo
        becomes vip4 "${v4[1]}" down
        expect "IPv6 of it" up "$(state vip6 "${v6[1]}")"
        clients_see "s1 s3" "s1 s2 s3"
        ip -n "$lab-s2" addr del $vip6/128 dev lo
        becomes vip6 "${v6[1]}" down
        turns_pass
        for n in 4 6; do expect "own$n" up "$(state own$n "")"; done
        expect "vip4" down "$(state vip4 "${v4[1]}")"
        clients_see "s1 s3" "s1 s3"
        address s2 lo $vip/32 $vip6/128
        becomes vip4 "${v4[1]}" up
        becomes vip6 "${v6[1]}" up
        clients_see "s1 s2 s3" "s1 s2 s3"
    done
    on s2 sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
    logged "service vip4: ${v4[1]}:80 is down: http to the VIP: timeout while connecting"

    # s3's daemon listens on its own address alone.
    listens_on s3 "listen ${v4[2]}:80; listen [${v6[2]}]:80;" "${v4[2]}"
    becomes vip4 "${v4[2]}" down
    becomes vip6 "${v6[2]}" down
    logged "service vip4: ${v4[2]}:80 is down: http to the VIP: connection refused"
    wait_for 5 shows "^vip4 +${v4[2]}:80 +http +down .*connection refused \(of $vip there\)" weirctl checks vip4 || fail "checks: $(weirctl checks vip4)"
    turns_pass
    for n in 4 6; do expect "own$n" up "$(state own$n "")"; done
    clients_see "s1 s2" "s1 s2"
    # Then on the VIP alone: a check of the server's own address has never been what one wants.
    listens_on s3 "listen $vip:80; listen [$vip6]:80;" $vip
    becomes vip4 "${v4[2]}" up
    becomes vip6 "${v6[2]}" up
    becomes own4 "${v4[2]}" down
    becomes own6 "${v6[2]}" down
    clients_see "s1 s2 s3" "s1 s2 s3"
    listens_on s3 "listen 80; listen [::]:80;" "${v4[2]}"
    for service in vip4 own4 vip6 own6; do becomes $service "" up; done

    # Datagrams, and the ICMP errors about them.
    becomes names4 "" down
    becomes names6 "" down
    wait_for 5 shows "connection refused" weirctl checks names6 || fail "checks: $(weirctl checks names6)"
    start_on s1 dnsmasq -k --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces --user=root \
        --pid-file="$dir/dns.pid" --listen-address=$vip --listen-address=$vip6 --address=/www.example.com/203.0.113.11
    dns=$!
    becomes names4 "" up
    becomes names6 "" up
    kill $dns
    becomes names4 "" down
    becomes names6 "" down
    expect "turns that could not be made" 0 "$(weirctl checks --json | jq .summary.unable)"
    expect_books
}

lab_up one-arm
servers_take_tunnels
webs
start_weir <<CONF
$(configuration dr)
CONF
faults_and_repairs
configuration tun > "$dir/weir.conf"
weirctl reload
faults_and_repairs
stop_weir
