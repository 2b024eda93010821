#!/usr/bin/env bash
# No false take-over: two directors at an interval of 10 ms, whose workers are never idle, read files with another
# weight for every server of thousands of `mh` services again and again. Neither may change its state meanwhile.
#
#   tests/net/failover_busy.sh                       20 seconds, 1000 services, a reload every 5 seconds
#   tests/net/failover_busy.sh -t 600 -s 10000 -e 10 ten minutes of it
#   -i INTERVAL -p IDLE (poll: workers never sleep)
#
# Alone: it measures.
length=20 services=1000 every=5 interval=10ms idle=adaptive
while getopts t:s:e:i:p: option; do
    case $option in
    t) length=$OPTARG ;;
    s) services=$OPTARG ;;
    e) every=$OPTARG ;;
    i) interval=$OPTARG ;;
    p) idle=$OPTARG ;;
    *) sed -n '2,/^length/{/^length/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2 ;;
    esac
done
. "$(dirname "$0")/failover_lab.sh"

pair_up
for weight in 3 7; do many_services "$services" $weight $((10 - weight)) > "$dir/services.$weight"; done
for d in a b; do
    [ $d = a ] && priority=200 || priority=199
    { vrrp shop wan 51 $priority $vip; service web $vip:80/tcp dr mh 192.0.2.11 192.0.2.12; } | configure $d
    sed -i "s/^idle = .*/idle = $idle/; s/^memory = .*/memory = 256/" "$dir/$d.conf"
    mv "$dir/$d.conf" "$dir/$d.head"
    cat "$dir/$d.head" "$dir/services.3" > "$dir/$d.conf"
done
start a b
becomes a active
becomes b backup

# A worker has a core to itself where weir is used. Here it shares one, and is to have it when it wants it.
workers_first() {
    local thread
    for thread in /proc/"${pid_of[$1]}"/task/*; do
        ! grep -qE '^(rte|dpdk)-worker' "$thread/comm" || renice -n -15 -p "${thread##*/}" > /dev/null
    done
}
workers_first a
workers_first b

# Packets that keep the workers awake: for the VIP, and for an address that neither has, which both see.
start_on client python3 "$(dirname "$0")/flood.py" $vip 9 > "$dir/flood"
moves() { grep -c 'vrrp shop: .* -> ' "$dir/$1.log" || :; }
before="$(moves a) $(moves b)"
marked_a=$(wc -l < "$dir/a.log") marked_b=$(wc -l < "$dir/b.log")

weight=3 slowest=0 reloads=0
turns() {
    local end=$((SECONDS + length)) began
    while [ $SECONDS -lt $end ]; do
        weight=$((10 - weight))
        for d in a b; do cat "$dir/$d.head" "$dir/services.$weight" > "$dir/$d.conf"; done
        began=$(date +%s%N)
        ctl a reload > /dev/null &
        ctl b reload > /dev/null
        wait $! || pair_fail "a does not reload"
        took=$((($(date +%s%N) - began) / 1000000))
        [ $took -le $slowest ] || slowest=$took
        reloads=$((reloads + 1))
        pause $every
    done
}
after=0 probe turns
echo "  $reloads reloads of $services services on both within $length s, the slowest $slowest ms; $(awk '{s += $1} END {print int(s / NR)}' "$dir/flood") datagrams a second"
report "meanwhile"
for d in a b; do
    echo "  $d: $(ctl $d status --json | jq -r '[.vrrp_lateness | to_entries[] | select(.value > 0) | "\(.value) below \(pow(2; .key)) us"] | join(", ")')"
done
{ tail -n +$((marked_a + 1)) "$dir/a.log"; tail -n +$((marked_b + 1)) "$dir/b.log"; } | grep 'vrrp shop: .* -> ' >&2 || :
expect "changes of state" "$before" "$(moves a) $(moves b)"
