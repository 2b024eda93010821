#!/usr/bin/env bash
# Health checks of every type against real servers that fail and recover: no new connections while
# down; `weirctl list`, `weirctl checks` and the log say so; IPv4 and IPv6.
. "$(dirname "$0")/lab.sh"

# state SERVICE [ADDRESS]: of its servers, each kind once.
state() { weirctl list --json -s "$1" | jq -r --arg a "${2:-}" '[.services[].servers[] | select($a == "" or .address == $a) | .state] | unique | join(",")'; }
is() { [ "$(state "$1" "$2")" = "$3" ]; }
becomes() { wait_for 10 is "$1" "$2" "$3" || fail "$1 $2 is $(state "$1" "$2"), not $3: $(weirctl checks "$1")"; echo "  $1 $2: $3"; }
sorted() { tr ' ' '\n' | sort | tr '\n' ' ' | sed 's/ $//'; }

lab_up two-arm
webs 8080

# https with a certificate of our own, on s1: nginx.
mkdir -p "$dir/tls"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=www.example.com -addext subjectAltName=DNS:www.example.com \
    -keyout "$dir/tls/key" -out "$dir/tls/cert" 2>/dev/null
sed "s|server { listen 8080; listen \[::\]:8080;|server { listen 8443 ssl; ssl_certificate $dir/tls/cert; ssl_certificate_key $dir/tls/key;|; s|pid $dir/$lab-s1/pid|pid $dir/tls/pid|" \
    "$dir/$lab-s1/nginx.conf" > "$dir/tls/nginx.conf"
start_on s1 nginx -c "$dir/tls/nginx.conf" 2>/dev/null
wait_for 5 on s1 curl -ks https://127.0.0.1:8443/ || fail "no nginx for https"

# dns and udp: dnsmasq on s1. smtp and an agent: small servers on s1, the agent's words in a file.
start_on s1 dnsmasq -k --conf-file=/dev/null --no-resolv --no-hosts --bind-dynamic --user=root --pid-file="$dir/dns.pid" \
    --address=/www.example.com/203.0.113.11
dns=$!
wait_for 5 on s1 dig +short +time=1 +tries=1 @127.0.0.1 www.example.com || fail "no dnsmasq"
start_on s1 python3 "$(dirname "$0")/responders.py" "$dir/agent" > "$dir/responders.log"
responders=$!
echo "up 100%" > "$dir/agent"
wait_for 5 grep -q ready "$dir/responders.log" || fail "no responders"
printf '#!/bin/sh\necho "$WEIR_SERVICE $WEIR_ADDRESS $1 $(cat %s/status)"; exec sh -c "exit $(cat %s/status)"\n' "$dir" "$dir" > "$dir/script"
printf '#!/bin/sh\nsleep 3600 & echo $! > %s/sleeper; wait\n' "$dir" > "$dir/endless"
chmod +x "$dir/script" "$dir/endless"
echo 0 > "$dir/status"

# Behind a firewall, which is s1 and says so: IPv6 has an error of its own for that. Until the route
# there and its neighbour are found, nobody says anything.
walled=2001:db8:1::99
patient="interval=200ms timeout=150ms fall=12"
on s1 sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.icmp.ratelimit=0
ip -n "$lab-s1" -6 route add prohibit $walled

fast="interval=200ms timeout=150ms fall=2 rise=2"
one() { # NAME PORT CHECK...: a service with s1 only
    local name=$1 port=$2; shift 2
    service "$name" $vip:"$port"/tcp nat wlc "198.51.100.11:8080 weight=10"
    printf 'check = %s\n' "$@"
    printf 'hold-down = 0\n'
}
start_weir <<CONF
$(director_section)
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat rr 198.51.100.11:8080 198.51.100.12:8080 198.51.100.13:8080)
check = http path=/ body=s status=200 $fast
check = tcp $fast
hold-down = 0
$(service web6 [$vip6]:80/tcp nat rr [2001:db8:1::11]:8080 [2001:db8:1::12]:8080)
check = http regex=^s[0-9]\$ $fast
check = icmp $fast
hold-down = 0
$(one secure 1001 "https port=8443 sni=www.example.com verify=yes ca=$dir/tls/cert $fast")
$(one secure2 1002 "https port=8443 sni=www.example.org verify=yes ca=$dir/tls/cert $fast")
$(one names 1003 "dns port=53 name=www.example.com type=A expect=203.0.113.11 $fast")
$(one datagrams 1004 "udp port=53 payload=hex:000101000001000000000000037777770765786d61706c6503636f6d0000010001 expect=hex:0001 $fast")
$(one mail 1005 "smtp port=2525 helo=lb1.example.com $fast")
$(one agents 1006 "agent port=3333 $fast")
$(one scripts 1007 "script run='$dir/script {address}' weight=yes $fast")
$(one hung 1008 "script run=$dir/endless $fast")
$(one mute 1009 "http port=2526 $fast")
$(service walled "[$vip6]:81/tcp" nat rr "[$walled]:8080")
check = tcp first-state=up $patient
$(service walled-udp "[$vip6]:81/udp" nat rr "[$walled]:8080")
check = udp payload=x first-state=up $patient
CONF
ip -n "$lab-director" -6 route add $walled via 2001:db8:1::11
for s in web web6 secure names datagrams mail agents scripts; do becomes $s "" up; done
becomes secure2 "" down
log_says "service secure2: 198.51.100.11:8080 is down: https: certificate: hostname mismatch"
becomes hung "" down
log_says "service hung: 198.51.100.11:8080 is down: script: timeout, killed"
wait_for 5 test -s "$dir/sleeper" || fail "the endless script never ran"
wait_gone "$(cat "$dir/sleeper")" || fail "a child of a killed script is left"
becomes mute "" down
for s in walled walled-udp; do becomes $s "" down; done
log_says "service walled: [$walled]:8080 is down: tcp: administratively prohibited"
log_says "service mute: 198.51.100.11:8080 is down: http: timeout while waiting for the status line"
script_speaks() { shows '^scripts .* (weight|up .*scripts 198.51.100.11 198.51.100.11 0)' weirctl checks; }
wait_for 5 script_speaks || fail "no word of the script: $(weirctl checks scripts)"

# A server dies and comes back.
expect "three servers" "s1 s2 s3" "$(answers 3 http://$vip/ | sorted)"
stop_web s2
becomes web 198.51.100.12 down
becomes web6 2001:db8:1::12 down
expect "without s2" "s1 s1 s3 s3" "$(answers 4 http://$vip/ | sorted)"
expect "without s2, IPv6" "s1 s1" "$(answers 2 "http://[$vip6]/")"
logged "service web: 198.51.100.12:8080 is down: (http|tcp): connection refused"
shows '198.51.100.12:8080 .* down$' weirctl list || fail "list does not say so: $(weirctl list)"
web s2 8080
becomes web 198.51.100.12 up
expect "with s2" "s1 s2 s3" "$(answers 3 http://$vip/ | sorted)"

# The page says something else.
echo bad > "$dir/$lab-s3/html/index.html"
becomes web 198.51.100.13 down
log_says "service web: 198.51.100.13:8080 is down: http: 200 OK, but the body lacks the text"
echo s3 > "$dir/$lab-s3/html/index.html"
becomes web 198.51.100.13 up

# Words of the agent, and weights of the script; what the operator does wins.
weight() { weirctl list --json -s "$1" | jq .services[0].servers[0].weight; }
weighs() { [ "$(weight "$1")" = "$2" ]; }
weight_becomes() { wait_for 5 weighs "$1" "$2" || fail "$1 has weight $(weight "$1"), not $2: $(weirctl checks "$1")"; echo "  $1 weighs $2"; }
echo "50%" > "$dir/agent"; weight_becomes agents 5
weirctl weight agents 198.51.100.11 20; weight_becomes agents 10
weirctl drain agents 198.51.100.11; weight_becomes agents 0
echo "75%" > "$dir/agent"; weirctl enable agents 198.51.100.11; weight_becomes agents 8
echo "drain" > "$dir/agent"; becomes agents "" drained
echo "ready down # for repair" > "$dir/agent"; becomes agents "" down
log_says "service agents: 198.51.100.11:8080 is down: agent: ready down # for repair"
echo "up 30%" > "$dir/agent"; becomes agents "" up; weight_becomes agents 3
echo 9 > "$dir/status"; weight_becomes scripts 7
echo 1 > "$dir/status"; becomes scripts "" down

# A reload that changes nothing about a check changes nothing it knows.
before=$(weirctl checks --json scripts | jq -r '.checks[0].state')
weirctl reload
expect "a reload keeps what is known" "$before" "$(weirctl checks --json scripts | jq -r '.checks[0].state')"
echo 0 > "$dir/status"
becomes scripts "" up

# What answers dies: dns, udp, smtp; a silent agent's weight is forgotten.
kill "$dns" "$responders"
for s in names datagrams mail; do becomes $s "" down; done
log_says "service mail: 198.51.100.11:8080 is down: smtp: connection refused"
weight_becomes agents 10
becomes agents "" up
expect_books
stop_weir
