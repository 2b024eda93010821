#!/usr/bin/env bash
# From keepalived's file to a running director, from there to ipvsadm's words, and back.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs 8080
cat > "$dir/keepalived.conf" <<EOF
virtual_server $vip 80 {
    lvs_sched wrr
    lvs_method NAT
    protocol TCP
    real_server 198.51.100.11 8080 { weight 2 }
    real_server 198.51.100.12 8080 { weight 1 }
}
virtual_server $vip6 80 {
    lvs_sched sh
    sh-port
    lvs_method NAT
    protocol TCP
    real_server 2001:db8:1::13 8080 { }
}
EOF
weirctl import keepalived -i wan0 -i lan0 "$dir/keepalived.conf" > "$dir/imported" 2> "$dir/report"
expect "the report's last line" "2 imported, 0 ignored, 0 need a decision" "$(tail -1 "$dir/report")"
expect "the file as it is" "$dir/imported: good" "$("$build/src/weir" --config "$dir/imported" --check 2>&1)"

# The lab's own director and ports, the imported services.
start_weir <<EOF
$(director_section)
$(wan_port)
$(lan_port)
$(sed -n '/^\[service/,$p' "$dir/imported")
EOF
expect "weights 2 and 1" "s1 s1 s2 s1 s1 s2" "$(answers 6 http://$vip/)"
expect "IPv6" "s3 s3" "$(answers 2 "http://[$vip6]/")"

weirctl save > "$dir/saved" 2> "$dir/notes"
expect "saved" "-A -t $vip:80 -s wrr
-a -t $vip:80 -r 198.51.100.11:8080 -m -w 2
-a -t $vip:80 -r 198.51.100.12:8080 -m -w 1
-A -t [$vip6]:80 -s sh -b sh-port
-a -t [$vip6]:80 -r [2001:db8:1::13]:8080 -m -w 1" "$(cat "$dir/saved")"
expect "nothing to note" "" "$(cat "$dir/notes")"

# What was saved makes the same services.
weirctl import ipvsadm -i wan0 -i lan0 - < "$dir/saved" > "$dir/again" 2>/dev/null
services() { sed -n '/^\[service/,$p' "$1" | grep -v '^#'; }
expect "a round trip" "$(services "$dir/imported")" "$(services "$dir/again")"

# Errors are one line, and status 1.
wrong() {
    local status=0
    weirctl "$@" > "$dir/out" 2> "$dir/errors" < /dev/null || status=$?
    expect "weirctl $*" "1 1 0" "$status $(wc -l < "$dir/errors") $(wc -c < "$dir/out")"
}
wrong import keepalived /nonesuch
wrong import nagios "$dir/keepalived.conf"
wrong import ipvsadm --id lb1 -
wrong import keepalived -i eth/0 -
wrong save --json
printf '@lb1 x\n' > "$dir/for-two"
wrong import keepalived "$dir/for-two"
wrong import keepalived "$dir"
expect_books
stop_weir
