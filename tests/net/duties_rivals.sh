#!/usr/bin/env bash
# Another host that has a VIP, such as a real server without arp_ignore, is noticed: at start, since weir asks for
# each VIP, and later, when it says so. The log, the status and the metrics have it.
. "$(dirname "$0")/lab.sh"

lab_up one-arm
webs
address s3 eth0 $vip/32
address s2 eth0 $vip6/128
start_weir <<CONF
$(director_section)
$(wan_port)
$(service four $vip:80/tcp dr rr 192.0.2.11)
$(service six "[$vip6]:80/tcp" dr rr 2001:db8::12)
CONF
mac_of() { on "$1" cat /sys/class/net/eth0/address; }
rivals() { weirctl status --json | jq -r '[.rivals[] | .address + " " + .mac + " " + .port] | join(", ")'; }
await "at start" "$vip $(mac_of s3) wan, $vip6 $(mac_of s2) wan" rivals
log_says "port wan: $(mac_of s3) says that it has $vip"
log_says "port wan: $(mac_of s2) says that it has $vip6"
claims() { weirctl metrics | sed -n 's/^weir_claims_total //p'; }
at_start=$(claims)
on s3 arping -q -c1 -w1 -S $vip -I eth0 $vip || :
more() { [ "$(claims)" -gt "$at_start" ]; }
wait_for 10 more || fail "a gratuitous ARP is not counted: $(claims)"
shows "^$vip is also claimed by $(mac_of s3) on port wan" weirctl status || fail "not in the status"
echo "  a gratuitous ARP is counted, too"
expect_books
stop_weir
