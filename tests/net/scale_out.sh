#!/usr/bin/env bash
# Three directors behind a router that spreads connections over them: a Linux router with BIRD and a layer-4 ECMP
# hash, directors with BIRD and `announce = route`, four servers (docs/scale-out.md). One director is stopped and comes
# back, one is killed and comes back; meanwhile there are downloads, idle connections and new ones. No connection older
# than 100 ms breaks, no download does.
#
#   tests/net/scale_out.sh                                   short
#   downloads=300 speed=100k bytes=3000000 rate=200 idle=1000 tests/net/scale_out.sh
#                                                            many, each as fast as the machine can bear
# Alone: it measures.
servers=(s1 s2 s3 s4)
. "$(dirname "$0")/failover_lab.sh"
servers=(s1 s2 s3 s4)

here=$(dirname "$0")
downloads=${downloads:-20} rate=${rate:-50} idle=${idle:-100} speed=${speed:-4M} bytes=${bytes:-20000000}
vip=203.0.113.100
directors=(a b c)
declare -A of=([a]=2 [b]=3 [c]=4)
host_of() { echo "$1"; }
openssl rand -hex 32 > "$dir/pair.key"
chmod 600 "$dir/pair.key"

# client ── router ─┬─ a, b, c (192.0.2.2 to .4)
#                   └─ s1 to s4 (192.0.2.11 to .14), which answer through the router
for host in switch client router "${directors[@]}" "${servers[@]}"; do make_host "$host"; done
make_switch wan
make_switch out
plug client eth0 out
plug router out0 out
plug router wan0 wan
address client eth0 198.51.100.7/24
address router out0 198.51.100.1/24
address router wan0 192.0.2.1/24
ip -n "$lab-client" route add default via 198.51.100.1
on client sysctl -qw net.ipv4.ip_local_port_range="2000 65000"
on router sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
    net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.wan0.send_redirects=0 net.ipv4.fib_multipath_hash_policy=1
n=11
for s in "${servers[@]}"; do
    plug "$s" eth0 wan
    on "$s" sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
    address "$s" eth0 192.0.2.$n/24
    address "$s" lo $vip/32
    ip -n "$lab-$s" route add default via 192.0.2.1
    n=$((n + 1))
done
webs

bfd='protocol bfd { interface "*" { min rx interval 300 ms; min tx interval 300 ms; multiplier 3; }; }'
# bird HOST: with the configuration on standard input.
bird() {
    cat > "$dir/$1.bird"
    start_on "$1" /usr/sbin/bird -f -c "$dir/$1.bird" -s "$dir/$1.birdc" > "$dir/$1.bird.log" 2>&1
}
{
    echo "log stderr all; router id 192.0.2.1; protocol device { scan time 1; } $bfd"
    echo "protocol kernel { merge paths on limit 16; ipv4 { import none; export all; }; }"
    echo "template bgp director { local 192.0.2.1 as 65000; passive; bfd on; error wait time 1, 2;"
    echo "    ipv4 { import where net ~ [ 203.0.113.0/24{32,32} ]; export none; }; }"
    for d in "${directors[@]}"; do echo "protocol bgp lb_$d from director { neighbor 192.0.2.${of[$d]} as 65001; }"; done
} | bird router
for d in "${directors[@]}"; do
    plug "$d" wan0 wan
    {
        director_section | sed "s|^run-dir.*|run-dir = $dir/run-$d|; s|^state-dir.*|state-dir = $dir/state-$d|; s|^\[director\]|&\nname = $d\nkey = $dir/pair.key|"
        port wan wan0 "192.0.2.${of[$d]}/24"
        for p in "${directors[@]}"; do
            [ "$p" = "$d" ] || printf '[peer %s]\naddress = 192.0.2.%s\nsource = 192.0.2.%s\n' "$p" "${of[$p]}" "${of[$d]}"
        done
        service web $vip:80/tcp dr "${scheduler:-mh port}" 192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14
        printf 'announce = route\ncheck = tcp interval=500ms\n'
    } > "$dir/$d.conf"
    bird "$d" <<END
log stderr all; router id 192.0.2.${of[$d]}; protocol device { scan time 1; } $bfd
ipv4 table vips;
protocol kernel { kernel table 74; learn; ipv4 { table vips; import where krt_source = 74; export none; }; }
protocol bgp router1 { local 192.0.2.${of[$d]} as 65001; neighbor 192.0.2.1 as 65000; bfd on;
    connect delay time 1; connect retry time 1; error wait time 1, 2;
    ipv4 { table vips; import none; export where krt_source = 74; next hop self; }; }
END
done

paths() { ip -n "$lab-router" -j route show $vip | jq -r '[.[0] | (.nexthops // [.])[].gateway] | map(ltrimstr("192.0.2.")) | sort | join(" ")'; }
pair_fail() {
    for d in "${directors[@]}"; do echo "--- $d"; tail -n 12 "$dir/$d.log"; done >&2
    tail -n 20 "$dir/router.bird.log" >&2
    fail "$@"
}
routed() { wait_for 30 gives "$1" paths || pair_fail "the router's paths are '$(paths)', not '$1'"; }
in_step() { ctl "$1" status --json | jq -e '.peers | length == 2 and all(.in_step)' ; }
all_in_step() { for d in "${directors[@]}"; do wait_for 20 in_step "$d" || pair_fail "$d is not in step: $(ctl "$d" status)"; done; }

start "${directors[@]}"
all_in_step
routed "2 3 4"

start_on client python3 "$here/failover_load.py" $vip 80 "$idle" "$rate" "$dir/load"
loader=$!
wait_for 60 test -e "$dir/load.ready" || pair_fail "the load does not begin"
report_load() {
    rm -f "$dir/load"
    kill -USR1 $loader
    wait_for 60 test -e "$dir/load" || pair_fail "no report of the load"
}
counts() { for d in "${directors[@]}"; do echo "    $d: $(ctl "$d" status --json 2>/dev/null | jq -c '[.books.drops, (.peers | map(.lag_ms))]')"; done; }

# Where is the connection?
not_begun() {
    cat "$dir/curl.log" >&2
    on client ss -tnpo state all dst $vip | grep -v TIME-WAIT | head -n 40 >&2
    local d
    for d in "${directors[@]}"; do ctl "$d" connections 2>/dev/null | grep -v TIME_WAIT | sed "s/^/$d: /" | head -n 60 >&2 || :; done
    for s in "${servers[@]}"; do on "$s" ss -tno state all | grep ':80 ' | grep -v TIME-WAIT | sed "s/^/$s: /" | head -n 40 >&2; done
    pair_fail "download $1 does not begin"
}
# during WHAT COMMAND...: runs the command while there is traffic; what broke.
during() {
    local what=$1 broken=0 i; shift
    local -a under_way=()
    report_load # from here on
    for ((i = 0; i < downloads; ++i)); do
        start_on client curl -sS --max-time 40 --limit-rate $speed -r 0-$((bytes - 1)) -o "$dir/file-$i" "http://$vip/slow" 2>> "$dir/curl.log"
        under_way+=($!)
    done
    for ((i = 0; i < downloads; ++i)); do wait_for 20 test -s "$dir/file-$i" || not_begun $i; done
    kill -USR2 $loader
    "$@"
    for i in "${under_way[@]}"; do wait "$i" || broken=$((broken + 1)); done
    rm -f "$dir"/file-*
    report_load
    echo "  $what: $broken of $downloads downloads broken, $(jq -c '{opened, lost_old, lost_young, lost_after, why}' "$dir/load")"
    [ $broken = 0 ] && jq -e '.lost_old + .lost_young + .lost_after == 0' "$dir/load" >/dev/null || counts
    [ $broken = 0 ] || pair_fail "$what: downloads broke: $(tail -n 3 "$dir/curl.log")"
    jq -e '.lost_old == 0' "$dir/load" >/dev/null || pair_fail "$what: connections broke that were older than 100 ms"
    young=$((young + $(jq '.lost_young + .lost_after' "$dir/load")))
}
young=0
leaves() { stop b; routed "2 4"; }
returns() { start "$1"; all_in_step; routed "2 3 4"; }
dies() { kill9 c; routed "2 3"; }

during "b is stopped" leaves
during "b comes back" returns b
during "c is killed" dies
during "c comes back" returns c
echo "  younger connections broken in all: $young"
