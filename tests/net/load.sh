#!/usr/bin/env bash
# wrk through NAT and DR with two workers, while the configuration is reloaded every 100 ms: no error.
# Seconds of load: $1 (10).
# Alone: it takes all CPUs.
. "$(dirname "$0")/lab.sh"

seconds=${1:-10}
workers=0,1

# no_errors WHAT URL: wrk for a while, with a storm of SIGHUP if $storm is set.
no_errors() {
    local report=$dir/wrk.txt
    start_on client wrk -t1 -c32 -d"${seconds}s" "$2" > "$report"
    local load=$!
    while [ -n "${storm:-}" ] && kill -0 $load 2>/dev/null; do
        kill -HUP "$weir"
        pause 0.1
    done
    wait $load || fail "wrk: $(cat "$report")"
    ! grep -qE 'Socket errors|Non-2xx' "$report" || fail "$1: $(cat "$report")"
    grep -q 'Requests/sec' "$report" || fail "$1: no result: $(cat "$report")"
    echo "  $1: $(grep Requests/sec "$report" | tr -s ' '), no errors"
}

lab_up two-arm
webs
driver=packet
start_weir <<EOF
$(director_section)
$(wan_port)
queues = 2
$(lan_port)
queues = 2
$(service web $vip:80/tcp nat wlc 198.51.100.11 198.51.100.12 198.51.100.13)
EOF
no_errors "NAT, two workers, two queues" http://$vip/
expect_books
storm=yes no_errors "NAT, reloaded every 100 ms" http://$vip/
expect_books
weirctl status --json | jq -e '[.workers[].books.rx] | min > 0' >/dev/null || fail "one worker did nothing"
stop_weir
