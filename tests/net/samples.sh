#!/usr/bin/env bash
# The samples of config/ for directors that share VIPs, as they are but for devices and sizes: each director
# holds what its priorities say, one dies, and the others take over its VIPs with their connections.
. "$(dirname "$0")/failover_lab.sh"

samples=$(cd "$(dirname "$0")/../../config" && pwd)
openssl rand -hex 32 > "$dir/pair.key"
chmod 600 "$dir/pair.key"

# sample NAME DIRECTOR: the sample as it is, for this lab. On standard input: sed commands that make it that director's.
sample() {
    sed -Ef - "$samples/$1.conf" | sed -E "
        s|0000:03:00.0|xdp:wan0|; s|0000:03:00.1|xdp:lan0|; s|/etc/weir/pair.key|$dir/pair.key|
        s|^workers .*|workers = 1\nidle = adaptive\nmemory = 128\nconnections = 10000\nrun-dir = $dir/run-$2\nstate-dir = $dir/state-$2|
        s|^check .*=  *smtp .*|check = tcp|" > "$dir/$2.conf"
}
all_in_step() { ctl "$1" status --json | jq -e '.peers | all(.in_step)'; }
in_step() { local d; for d; do wait_for 15 all_in_step "$d" || pair_fail "$d is not in step: $(ctl "$d" status)"; done; }
knows() { [ "$(ctl "$1" list --json | jq "[.services[] | select(.name == \"$2\") | .servers[].active] | add")" -ge 1 ]; }
download() { # download NAME URL: begins one
    start_on client curl -gksS --max-time 60 -o "$dir/file-$1" "$2"
    downloads[$1]=$!
    wait_for 10 test -s "$dir/file-$1" || pair_fail "the download $1 does not begin"
}
declare -A downloads=()
whole() {
    wait "${downloads[$1]}" || pair_fail "the download $1 broke"
    expect "the download through $1" 20000000 "$(stat -c %s "$dir/file-$1")"
}
another() { make_host "$1"; plug "$1" wan0 wan; [ "${2:-}" != lan ] || plug "$1" lan0 lan; }
servers_hold() { for s in "${servers[@]}"; do address "$s" lo "$@"; done; }

echo "standby.conf"
lab_up two-arm
another b lan
webs 8080
sample standby a < /dev/null
sample standby b <<'END'
s/192.0.2.2\b/192.0.2.9/; s/192.0.2.3\b/192.0.2.2/; s/192.0.2.9\b/192.0.2.3/; s/198.51.100.2\b/198.51.100.3/
s/(priority *= )200/\1199/; s/\[peer lb-b\]/[peer lb-a]/; s/(name *= )lb-a/\1lb-b/
END
start a b
for v in outside inside; do becomes a active $v; becomes b backup $v; done
in_step a b
download web http://$vip/slow
wait_for 10 knows b web || pair_fail "b does not know the download"
kill9 a
for v in outside inside; do becomes b active $v; done
whole web
stop b
lab_clear

echo "mutual.conf"
pair_up
for s in "${servers[@]}"; do stop_web "$s"; done
webs 25-443
sample mutual a < /dev/null
sample mutual b <<'END'
s/192.0.2.2\b/192.0.2.9/; s/192.0.2.3\b/192.0.2.2/; s/192.0.2.9\b/192.0.2.3/
/^priority/{s/200/A/; s/199/200/; s/A/199/}
s/\[peer lb-b\]/[peer lb-a]/; s/(name *= )lb-a/\1lb-b/
END
start a b
becomes a active shop; becomes b active mail
becomes a backup mail; becomes b backup shop
in_step a b
download shop http://$vip:443/slow
download mail http://192.0.2.101:25/slow
wait_for 10 knows b shop || pair_fail "b does not know the download"
kill9 a
becomes b active shop
is b active mail || pair_fail "b lost its own VIP"
whole shop
whole mail
stop b
lab_clear

echo "nway.conf"
pair_up
another c
servers_hold 192.0.2.102/32
for s in "${servers[@]}"; do stop_web "$s"; done
webs 443
# To the next director: addresses go round one way, priorities and names with them.
next='s/192.0.2.2\b/192.0.2.9/; s/192.0.2.4\b/192.0.2.2/; s/192.0.2.3\b/192.0.2.4/; s/192.0.2.9\b/192.0.2.3/
/^priority/{s/200/A/; s/198/B/; s/199/198/; s/A/199/; s/B/200/}
s/lb-b/lb-9/; s/lb-a/lb-b/; s/lb-c/lb-a/; s/lb-9/lb-c/'
sample nway a < /dev/null
sample nway b <<< "$next"
sample nway c <<< "$next
$next"
start a b c
becomes a active red; becomes b active green; becomes c active blue
in_step a b c
download red http://$vip:443/slow
download green http://192.0.2.101:443/slow
download blue http://192.0.2.102:443/slow
wait_for 10 knows c red || pair_fail "c does not know the download"
wait_for 10 knows b red || pair_fail "b does not know the download"
kill9 a
becomes b active red
kill9 b
becomes c active red
becomes c active green
is c active blue || pair_fail "c lost its own VIP"
for v in red green blue; do whole $v; done
stop c
