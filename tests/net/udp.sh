#!/usr/bin/env bash
# DNS over UDP, through NAT and DR, and datagrams so large that they come in fragments.
. "$(dirname "$0")/lab.sh"

dns() {
    start_on "$1" dnsmasq -k --conf-file=/dev/null --no-resolv --no-hosts --bind-dynamic --edns-packet-max=4096 --user=root \
        --pid-file="$dir/$1.dns" --address=/www.example.com/"$2" \
        --txt-record=large.example.com,"$(printf 'x%.0s' {1..250})","$(printf 'y%.0s' {1..250})" \
        $(for i in {1..8}; do printf -- '--txt-record=large.example.com,%s ' "$(printf "$i%.0s" {1..250})"; done)
    wait_for 5 on "$1" dig +short +time=1 +tries=1 @127.0.0.1 www.example.com || fail "$1: no dnsmasq"
}
lab_up two-arm
n=11; for s in "${servers[@]}"; do dns "$s" 203.0.113.$n; n=$((n + 1)); done
start_weir <<EOF
$(director_section)
$(wan_port)
$(lan_port)
$(service dns $vip:53/udp nat rr 198.51.100.11 198.51.100.12 198.51.100.13)
$(service dns6 [$vip6]:53/udp nat rr 2001:db8:1::11 2001:db8:1::12 2001:db8:1::13)
EOF
ask() { on client dig +short +time=5 +tries=1 "$@"; }
# From ports of their own: two questions from one port are one flow.
expect "rr by flows" "203.0.113.11 203.0.113.12 203.0.113.13 203.0.113.11" \
    "$(for i in 1 2 3 4; do ask -b "192.0.2.7#4000$i" @$vip www.example.com; done | tr '\n' ' ' | sed 's/ $//')"
expect "IPv6" "203.0.113.11 203.0.113.12" \
    "$(for i in 1 2; do ask -b "2001:db8::7#4000$i" @$vip6 www.example.com; done | tr '\n' ' ' | sed 's/ $//')"
expect "an answer in fragments" 9 "$(ask +bufsize=4096 +ignore @$vip large.example.com TXT | wc -l)"
expect "an answer in fragments, IPv6" 9 "$(ask +bufsize=4096 +ignore @$vip6 large.example.com TXT | wc -l)"
expect_books
stop_weir
