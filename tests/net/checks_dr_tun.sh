#!/usr/bin/env bash
# Health checks of servers behind DR and tunnels, both families: they go to a server's own address, so a
# server that only listens on the VIP is down; no new connections while one is.
. "$(dirname "$0")/lab.sh"

fast="interval=200ms timeout=150ms fall=2 rise=2"
# Of the servers that are configured, each kind once.
state() { weirctl list --json -s "$1" | jq -r --arg a "$2" '[.services[].servers[] | select(($a == "" or .address == $a) and .state != "removed") | .state] | unique | join(",")'; }
is() { [ "$(state "$1" "$2")" = "$3" ]; }
becomes() { wait_for 10 is "$1" "$2" "$3" || fail "$1 $2 is $(state "$1" "$2"), not $3: $(weirctl checks "$1")"; echo "  $1 $2: $3"; }
sorted() { tr ' ' '\n' | sort | tr '\n' ' ' | sed 's/ $//'; }
# checked NAME LISTENER FORWARD SERVER...: a service of three checked servers.
checked() {
    local name=$1 listener=$2 forward=$3; shift 3
    service "$name" "$listener" "$forward" rr "$@"
    printf 'check = http path=/ body=s %s\nhold-down = 0\n' "$fast"
}
both() { # FORWARD SERVERS-OF-v4 SERVERS-OF-v6: the host part of the servers' addresses is 11 to 13
    checked v4 $vip:80/tcp "$1" "${2}11" "${2}12" "${2}13"
    checked v6 [$vip6]:80/tcp "$1" "${3}11" "${3}12" "${3}13"
}
configuration() { director_section; wan_port; both "$@"; }
turns() { weirctl checks --json | jq .summary.turns; }
turns_reach() { [ "$(turns)" -ge "$1" ]; }
answers_here() { on s3 curl -s http://$vip/; }

# s2 dies and comes back; s3 listens on the VIPs alone, then everywhere.
fall_and_rise() {
    local v4=$1 v6=$2
    becomes v4 "" up
    becomes v6 "" up
    expect "three servers" "s1 s2 s3" "$(answers 3 http://$vip/ | sorted)"
    expect "three servers, IPv6" "s1 s2 s3" "$(answers 3 "http://[$vip6]/" | sorted)"
    stop_web s2
    becomes v4 "${v4}12" down
    becomes v6 "${v6}12" down
    logged "service v4: \[?${v4}12\]?:80 is down: http: connection refused"
    expect "without s2" "s1 s1 s3 s3" "$(answers 4 http://$vip/ | sorted)"
    expect "without s2, IPv6" "s1 s1 s3 s3" "$(answers 4 "http://[$vip6]/" | sorted)"
    web s2
    becomes v4 "${v4}12" up
    becomes v6 "${v6}12" up
    stop_web s3
    becomes v4 "${v4}13" down
    sed -i "s/listen 80; listen \[::\]:80;/listen $vip:80; listen [$vip6]:80;/" "$dir/$lab-s3/nginx.conf"
    start_on s3 nginx -c "$dir/$lab-s3/nginx.conf" 2>/dev/null
    wait_for 5 answers_here || fail "s3: no nginx on the VIP"
    fallen=$(turns)
    wait_for 5 turns_reach $((fallen + 20)) || fail "no checks"
    expect "s3, on the VIP alone" down "$(state v4 "${v4}13")"
    stop_web s3
    web s3
    becomes v4 "${v4}13" up
    becomes v6 "${v6}13" up
    expect "three again" "s1 s2 s3" "$(answers 3 http://$vip/ | sorted)"
    expect_books
}

lab_up one-arm
servers_take_tunnels
webs
start_weir <<CONF
$(configuration dr 192.0.2. 2001:db8::)
CONF
fall_and_rise 192.0.2. 2001:db8::
configuration tun 192.0.2. 2001:db8:: > "$dir/weir.conf"
weirctl reload
fall_and_rise 192.0.2. 2001:db8::
# An outer header of the other family: the checks go by that family too.
configuration tun 2001:db8:: 192.0.2. > "$dir/weir.conf"
weirctl reload
fall_and_rise 2001:db8:: 192.0.2.
stop_weir
