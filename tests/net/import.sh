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
    delay_loop 0.3
    connect_timeout 0.2
    retry 2
    delay_before_retry 0.2
    real_server 198.51.100.11 8080 {
        weight 2
        HTTP_GET { url { path /index.html
            status_code 200 } }
        MISC_CHECK { misc_path "/usr/bin/test 198.51.100.11 = 198.51.100.11" }
    }
    real_server 198.51.100.12 8080 {
        weight 1
        HTTP_GET { url { path /index.html
            status_code 200 } }
        MISC_CHECK { misc_path "/usr/bin/test 198.51.100.12 = 198.51.100.12" }
    }
}
virtual_server $vip 0 {
    lvs_sched rr
    lvs_method NAT
    persistence_timeout 50
    persistence_granularity 255.255.255.0
    protocol TCP
    real_server 198.51.100.13 0 { }
}
virtual_server $vip 53 {
    lvs_sched rr
    lvs_method NAT
    protocol UDP
    ops
    real_server 198.51.100.13 53 { }
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
expect "the report's last line" "6 imported, 0 ignored, 1 need a decision" "$(tail -1 "$dir/report")"
expect "the file as it is" "$dir/imported: good" "$("$build/src/weir" --config "$dir/imported" --check 2>&1)"

# The lab's own director and ports, the imported services.
start_weir <<EOF
$(director_section)
$(wan_port)
$(lan_port)
$(sed -n '/^\[service/,$p' "$dir/imported")
EOF
expect "weights 2 and 1" "s1 s1 s2 s1 s1 s2" "$(answers 6 http://$vip/)"
expect "all ports, persistent" "s3" "$(answers 1 http://$vip:8080/)"
expect "IPv6" "s3 s3" "$(answers 2 "http://[$vip6]/")"

weirctl save > "$dir/saved" 2> "$dir/notes"
expect "saved" "-A -t $vip:80 -s wrr
-a -t $vip:80 -r 198.51.100.11:8080 -m -w 2
-a -t $vip:80 -r 198.51.100.12:8080 -m -w 1
-A -t $vip:0 -s rr -p 50 -M 255.255.255.0
-a -t $vip:0 -r 198.51.100.13:0 -m -w 1
-A -u $vip:53 -s rr -o
-a -u $vip:53 -r 198.51.100.13:53 -m -w 1
-A -t [$vip6]:80 -s sh -b sh-port
-a -t [$vip6]:80 -r [2001:db8:1::13]:8080 -m -w 1" "$(cat "$dir/saved")"
expect "nothing to note" "" "$(cat "$dir/notes")"

# What was saved makes the same services.
weirctl import ipvsadm -i wan0 -i lan0 - < "$dir/saved" > "$dir/again" 2>/dev/null
services() { sed -n '/^\[service/,$p' "$1" | grep -vE '^#|^(check|on-down|hold-down) '; }
expect "a round trip" "$(services "$dir/imported")" "$(services "$dir/again")"

# The imported checks check: a server that dies is out, one good answer brings it back.
is_now() { weirctl checks $vip:80/tcp --json | jq -e "[.checks[] | select(.server == \"$1\")] | length == 2 and all(.server_state == \"$2\")"; }
wait_for 10 is_now 198.51.100.12 up || fail "s2 is not up: $(weirctl checks)"
stop_web s2
wait_for 10 is_now 198.51.100.12 down || fail "s2 is not down: $(weirctl checks)"
expect "s2 is out" "s1 s1 s1" "$(answers 3 http://$vip/)"
web s2 8080
wait_for 10 is_now 198.51.100.12 up || fail "s2 does not come back: $(weirctl checks)"

# Every file of the unit tests, and a large one, as weir itself reads what came of it.
good() { expect "$1" "$dir/imported: good" "$("$build/src/weir" --config "$dir/imported" --check 2>&1)"; }
samples=$(cd "$(dirname "$0")/../import" && pwd)
cd "$samples"
for file in *.conf; do
    weirctl import keepalived --id lb1 "$file" > "$dir/imported" 2> "$dir/report"
    good "$file"
done
for file in *.ipvsadm; do
    weirctl import ipvsadm "$file" > "$dir/imported" 2> "$dir/report" || [ $file = broken.ipvsadm ]
    good "$file"
done
cd - > /dev/null
# 200 services of 20 servers; checks of three kinds, and none.
large() {
    local i r
    for i in {1..200}; do
        printf 'virtual_server 203.0.113.%s 443 {\n    delay_loop %s\n    lb_algo wlc\n    protocol TCP\n' $i $((i % 7 + 1))
        printf '    lb_kind %s\n    persistence_timeout 300\n    sorry_server 192.0.2.200 443\n' $([ $((i % 3)) = 0 ] && echo NAT || echo DR)
        for r in {11..30}; do
            printf '    real_server 192.0.2.%s 443 {\n        weight %s\n' $r $((r % 4 + 1))
            case $((i % 4)) in
            0) printf '        TCP_CHECK {\n            connect_timeout 1\n            retry 3\n        }\n' ;;
            1) printf '        SSL_GET {\n            url {\n                path /s%s\n            }\n        }\n' $i ;;
            2) printf '        MISC_CHECK {\n            misc_path "/bin/true 192.0.2.%s"\n        }\n' $r ;;
            esac
            printf '    }\n'
        done
        printf '}\n'
    done
}
large > "$dir/large.conf"
weirctl import keepalived -i wan0 "$dir/large.conf" > "$dir/imported" 2> "$dir/report"
good "200 services, 4000 servers"
expect "their checks" "50 https 50 script 50 tcp" \
    "$(sed -n 's/^check *= \([a-z]*\).*/\1/p' "$dir/imported" | sort | uniq -c | xargs)"
expect "the report" "350 imported, 0 ignored" "$(tail -1 "$dir/report" | cut -d, -f1-2)"

# Errors are one line; status 2 is for command lines, 1 for files.
wrong() {
    local wanted=$1 status=0; shift
    weirctl "$@" > "$dir/out" 2> "$dir/errors" < /dev/null || status=$?
    expect "weirctl $*" "$wanted 1 0" "$status $(wc -l < "$dir/errors") $(wc -c < "$dir/out")"
}
wrong 1 import keepalived /nonesuch
wrong 2 import nagios "$dir/keepalived.conf"
wrong 2 import ipvsadm --id lb1 -
wrong 2 import keepalived -i eth/0 -
printf '@lb1 x\n' > "$dir/for-two"
wrong 1 import keepalived "$dir/for-two"
wrong 1 import keepalived "$dir"
# Files of the other kind: nothing to run, and a word why.
other_kind() {
    local format=$1 file=$2 hint=$3 status=0
    weirctl import "$format" "$file" > "$dir/out" 2> "$dir/report" || status=$?
    expect "import $format of the other kind" "1 1" \
        "$status $(tail -1 "$dir/report" | grep -c "looks like $hint")"
}
echo "-A -t $vip:80 -s rr" > "$dir/dump"
other_kind ipvsadm "$dir/keepalived.conf" keepalived.conf
other_kind keepalived "$dir/dump" "the output of ipvsadm-save"
expect_books
stop_weir
