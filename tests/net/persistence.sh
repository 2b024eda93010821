#!/usr/bin/env bash
# Persistence and the sorry server with real clients: one server for a client's connections on both ports,
# held by an open connection, given up when its server goes; the fallback when all are gone.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
for s in "${servers[@]}"; do web "$s" 8080; done
start_weir <<EOF
$(director_section)
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat rr 198.51.100.11:8080 198.51.100.12:8080)
listen = $vip:8080/tcp
persistence = 2 mask=255.255.255.0
fallback = 198.51.100.13:8080
$(service web6 [$vip6]:80/tcp nat rr [2001:db8:1::11]:8080 [2001:db8:1::12]:8080)
persistence = 300 prefix=64
expire-quiescent = yes
EOF
expect "one server on both ports" "s1 s1 s1" "$(answers 2 http://$vip/) $(answers 1 http://$vip:8080/)"
expect "its template" "IP ASSURED 192.0.2.0:0 $vip:80 198.51.100.11:8080" \
    "$(weirctl connections | awk '$4 == "192.0.2.0:0" {print $1, $3, $4, $5, $6}')"
expect "counted" "1 0" "$(weirctl list --persistent-conn -s web | awk '/198.51.100.1[12]/ {print $4}' | head -2 | xargs)"
shows "rr persistent 2 mask 255.255.255.0" weirctl list -s web || fail "weirctl list: $(weirctl list)"
expect "the fallback is listed" "fallback" "$(weirctl list -s web | awk '/198.51.100.13/ {print $NF; exit}')"

# A drained server keeps its clients; one that is out does not.
weirctl drain web 198.51.100.11
expect "drained" "s1 s1" "$(answers 2 http://$vip/)"
weirctl disable web 198.51.100.11
expect "disabled" "s2 s2" "$(answers 2 http://$vip/)"
weirctl disable web 198.51.100.12
expect "all are out" "s3 s3" "$(answers 2 http://$vip/)"
! weirctl drain web 198.51.100.13 2> "$dir/errors" || fail "the fallback has no weight"
weirctl enable web 198.51.100.11
expect "back" "s1 s1" "$(answers 2 http://$vip/)"

expect "IPv6" "s1 s1" "$(answers 2 "http://[$vip6]/")"
weirctl drain web6 2001:db8:1::11
expect "quiescent" "s2 s2" "$(answers 2 "http://[$vip6]/")"

# The template leaves when its time is over and nobody is there any more.
sed -i '/^fallback/d' "$dir/weir.conf"
weirctl reload
weirctl disable web 198.51.100.11
expect "without a fallback" "-" "$(answers 1 http://$vip/ 2>/dev/null)"
expect_books
stop_weir
