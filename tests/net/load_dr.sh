#!/usr/bin/env bash
# wrk through DR on AF_XDP ports with one queue for two workers: packets are spread by software.
# Alone: it takes all CPUs.
. "$(dirname "$0")/lab.sh"

lab_up one-arm
servers_have_vips
webs
workers=0,1
start_weir <<EOF
$(director_section)
$(wan_port)
$(service web $vip:80/tcp dr wlc 192.0.2.11 192.0.2.12 192.0.2.13)
EOF
for storm in no yes; do
    start_on client wrk -t1 -c32 -d"${1:-10}s" http://$vip/ > "$dir/wrk.txt"
    load=$!
    while [ $storm = yes ] && kill -0 $load 2>/dev/null; do
        kill -HUP "$weir"
        pause 0.1
    done
    wait $load || fail "wrk: $(cat "$dir/wrk.txt")"
    ! grep -qE 'Socket errors|Non-2xx' "$dir/wrk.txt" || fail "$(cat "$dir/wrk.txt")"
    echo "  DR, reloads=$storm: $(grep Requests/sec "$dir/wrk.txt" | tr -s ' '), no errors"
    expect_books
done
weirctl status --json | jq -e '.books.handed_over > 0' >/dev/null || fail "nothing was spread"
stop_weir
