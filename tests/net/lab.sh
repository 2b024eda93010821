# The lab: hosts as network namespaces on virtual links, a director that runs weir, real clients and
# servers. To be sourced; docs/testing.md shows how a test uses it. Everything made here is gone when the
# shell ends, however it ends. Labs can stand side by side: names of hosts and files are this shell's own.
# With PAUSE=1 a test that fails stops with its lab up and says how to enter it. Addresses are those of RFC
# 5737 and RFC 3849.
#
#            one arm                                    two arms
#   client  director  s1 s2 s3                client ─ wan ─ director ─ lan ─ s1 s2 s3
#      └────────┴──────┴──┴──┘                192.0.2.7     .2     .1          .11 .12 .13
#   192.0.2.7  .2    .11 .12 .13              192.0.2.0/24        198.51.100.0/24
#   2001:db8::/64, the same host parts        2001:db8::/64       2001:db8:1::/64

set -euo pipefail

build=${WEIR_BUILD:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build}
lab=wl$$
dir=$(mktemp -d /tmp/weir-lab.XXXXXX)
servers=(s1 s2 s3)
vip=192.0.2.100
vip6=2001:db8::100
hosts=()
pids=()
failed=""

# Ends what runs in the lab and takes its hosts away; another lab_up may follow.
lab_clear() {
    set +e
    {
        [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}"
        for pid in "${pids[@]}"; do wait_gone "$pid"; done
        for host in "${hosts[@]}"; do
            ip netns pids "$host" | xargs -r kill -9
            ip netns del "$host"
        done
    } >/dev/null 2>&1
    hosts=() pids=()
    set -e
}
lab_down() {
    local status=$? last=$BASH_COMMAND
    trap - EXIT INT TERM
    # 77: skipped; from 128 on: a signal ended the test.
    if [ $status != 0 ] && [ $status != 77 ] && [ $status -lt 128 ]; then
        [ -n "$failed" ] || echo "FAILED: ${0##*/}: status $status of: $last" >&2
        [ -z "${PAUSE:-}" ] || keep_lab
    fi
    lab_clear
    rm -rf "$dir" /dev/shm/weir*"${dir##*/}"*
    exit "$status"
}
trap lab_down EXIT
trap 'exit 130' INT TERM

# fail WHAT: ends the test; says what failed, in which lines of the test (outermost first), and what weir logged.
fail() {
    local lines="" frame
    failed=yes
    for frame in "${!BASH_LINENO[@]}"; do
        [ "${BASH_SOURCE[frame + 1]:-}" != "$0" ] || lines="${BASH_LINENO[frame]}${lines:+, $lines}"
    done
    echo "FAILED: ${0##*/}, line $lines: $*" >&2
    [ ! -s "$dir/weir.log" ] || sed 's/^/    weir: /' "$dir/weir.log" >&2
    exit 1
}
# Until Enter, or a signal where there is no terminal.
keep_lab() {
    local ended="" how=Enter
    trap 'ended=yes' INT TERM
    if [ ! -t 0 ]; then
        how="kill $$"
        mkfifo "$dir/no-terminal"
        exec <> "$dir/no-terminal"
    fi
    cat >&2 <<END

The lab is up. From another shell, as root:
  ip netns exec $lab-director bash    or another of: ${hosts[*]}
  ip netns exec $lab-switch tcpdump -ni director-wan0
  $build/src/weirctl/weirctl --run-dir $dir/run status
weir is process ${weir:-(not started)}, its control socket $dir/run/weir.sock; its configuration and log,
and what else the test wrote, are in $dir.
$how takes the lab away.
END
    until [ -n "$ended" ] || read -rt 1; do :; done
}
on() { local host=$1; shift; ip netns exec "$lab-$host" "$@"; }
# The same in the background; $! is the command's own process, and lab_clear ends it.
start_on() { local host=$1; shift; ip netns exec "$lab-$host" "$@" & pids+=($!); }

# pause SECONDS: traffic goes on for so long: not waiting for anything, but measuring.
pause() { read -rt "$1" <> <(:) || :; }
# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
    local end=$((SECONDS + $1)); shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -le $end ] || return 1
        read -rt 0.05 <> <(:) || :
    done
}
wait_gone() { wait_for 10 sh -c "! kill -0 $1"; }

make_host() {
    hosts+=("$lab-$1")
    ip netns add "$lab-$1"
    ip -n "$lab-$1" link set lo up
}
make_switch() {
    ip -n "$lab-switch" link add "$1" type bridge mcast_snooping 0
    ip -n "$lab-switch" link set "$1" up
}
# plug HOST INTERFACE SWITCH [MTU]: a cable. Hosts compute their own checksums: nobody else would.
plug() {
    local far=$1-$2
    ip -n "$lab-$1" link add "$2" mtu "${4:-1500}" type veth peer name "${far:0:15}" netns "$lab-switch"
    ip -n "$lab-switch" link set "${far:0:15}" mtu "${4:-1500}" master "$3" up
    ip -n "$lab-$1" link set "$2" up
    on "$1" ethtool -K "$2" tx off tso off gso off gro off >/dev/null 2>&1 || :
}
address() {
    local host=$1 interface=$2; shift 2
    for a; do
        case $a in
        *:*) ip -n "$lab-$host" addr add "$a" dev "$interface" nodad ;;
        *)   ip -n "$lab-$host" addr add "$a" dev "$interface" ;;
        esac
    done
}

# lab_up one-arm|two-arm [MTU]
lab_up() {
    local arms=$1 mtu=${2:-1500} n=11 net4=192.0.2 net6=2001:db8:: link=wan
    for host in switch client director "${servers[@]}"; do make_host "$host"; done
    make_switch wan
    plug client eth0 wan "$mtu"
    plug director wan0 wan "$mtu"
    address client eth0 192.0.2.7/24 2001:db8::7/64
    if [ "$arms" = two-arm ]; then
        net4=198.51.100 net6=2001:db8:1:: link=lan
        make_switch lan
        plug director lan0 lan "$mtu"
        on director sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    fi
    for s in "${servers[@]}"; do
        plug "$s" eth0 "$link" "$mtu"
        address "$s" eth0 "$net4.$n/24" "${net6}$n/64"
        if [ "$arms" = two-arm ]; then
            ip -n "$lab-$s" route add default via 198.51.100.1
            ip -n "$lab-$s" -6 route add default via 2001:db8:1::1
        fi
        n=$((n + 1))
    done
}

# What a DR real server needs: the VIPs, but no ARP for them.
servers_have_vips() {
    for s in "${servers[@]}"; do
        on "$s" sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
        address "$s" lo $vip/32 $vip6/128
    done
}
# What a TUN real server needs. There may be no tunnel devices here, so a small program takes the
# outer header off.
servers_take_tunnels() {
    servers_have_vips
    for s in "${servers[@]}"; do
        on "$s" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
        start_on "$s" python3 "$(dirname "${BASH_SOURCE[0]}")/decap.py" > "$dir/$lab-$s.decap.log" 2>&1
        wait_for 5 grep -q ready "$dir/$lab-$s.decap.log" || fail "$s: no decapsulator"
    done
}

# web HOST [PORT|FIRST-LAST]: a real nginx that says who it is, has a large file, and one that is slow.
web() {
    local s=$1 port=${2:-80} at=$dir/$lab-$1
    mkdir -p "$at/html"
    echo "$s" > "$at/html/index.html"
    head -c 20000000 /dev/zero > "$at/html/big"
    cat > "$at/nginx.conf" <<EOF
daemon off; worker_processes 1; pid $at/pid; error_log $at/error.log; user root;
events { worker_connections 4096; }
http {
    access_log off; keepalive_requests 10000000; keepalive_timeout 1h; client_body_temp_path $at/tmp1; proxy_temp_path $at/tmp2;
    fastcgi_temp_path $at/tmp3; uwsgi_temp_path $at/tmp4; scgi_temp_path $at/tmp5;
    server { listen $port; listen [::]:$port; root $at/html; location /slow { alias $at/html/big; limit_rate 4m; } }
}
EOF
    start_on "$s" nginx -c "$at/nginx.conf" 2>/dev/null
    wait_for 5 on "$s" curl -s "http://127.0.0.1:${port%-*}/" || fail "$s: no nginx"
}
webs() { for s in "${servers[@]}"; do web "$s" "${1:-80}"; done; }
# stop_web HOST: when this returns, its port refuses.
stop_web() {
    local master; master=$(cat "$dir/$lab-$1/pid")
    kill "$master"
    wait_gone "$master" || fail "$1: nginx stays"
}

# port NAME INTERFACE ADDRESS...: a [port] of the configuration; $driver is xdp unless set.
port() {
    local name=$1 interface=$2; shift 2
    printf '[port %s]\ndevice = %s:%s\ntwin = weir-%s\n' "$name" "${driver:-xdp}" "$interface" "$name"
    printf 'address = %s\n' "$@"
}
wan_port() { port wan wan0 192.0.2.2/24 2001:db8::2/64; }
lan_port() { port lan lan0 198.51.100.1/24 2001:db8:1::1/64; }
director_section() {
    printf '[director]\ncontrol = 0\nworkers = %s\nidle = adaptive\nmemory = 128\nconnections = 100000\nkeep-connections = %s\nrun-dir = %s/run\nstate-dir = %s/state\n' \
        "${workers:-1}" "${keep:-no}" "$dir" "$dir"
}
# service NAME LISTENER FORWARD SCHEDULER SERVER...
service() {
    printf '[service %s]\nlisten = %s\nforward = %s\nscheduler = %s\n' "$1" "$2" "$3" "$4"
    shift 4
    printf 'server = %s\n' "$@"
}

# start_weir [ARGUMENT...]: with the configuration on standard input.
start_weir() {
    cat > "$dir/weir.conf"
    # One at a time: weir counts the free hugepages, then takes some.
    exec {starting}> /tmp/weir-lab.starting
    flock "$starting"
    start_on director "$build/src/weir" --config "$dir/weir.conf" "$@" {starting}>&- > "$dir/weir.log" 2>&1
    weir=$!
    local started=yes
    wait_for 20 running || started=""
    exec {starting}>&-
    [ -n "$started" ] || fail "weir does not start"
}
running() { kill -0 "$weir" && weirctl status >/dev/null; }
stop_weir() {
    kill "$weir"
    wait "$weir" || fail "weir ended with status $?"
    [ ! -e "$dir/run/weir.sock" ] || fail "weir left its socket behind"
    [ ! -e "/var/run/dpdk/weir-$weir" ] || fail "weir left its DPDK folder behind"
}
weirctl() { "$build/src/weirctl/weirctl" --run-dir "$dir/run" "$@"; }

# Which server answers each of N requests to a URL, in order.
answers() {
    local n=$1; shift
    for ((i = 0; i < n; ++i)); do
        on client curl -gsS --max-time 5 "$@" || echo "-"
    done | tr '\n' ' ' | sed 's/ $//'
}
# The order LVS's rr and wrr (weights 3,2,1) give 20 connections, servers walked in the file's order.
rr20="s1 s2 s3 s1 s2 s3 s1 s2 s3 s1 s2 s3 s1 s2 s3 s1 s2 s3 s1 s2"
wrr20="s1 s1 s2 s1 s2 s3 s1 s1 s2 s1 s2 s3 s1 s1 s2 s1 s2 s3 s1 s1"
# Turns every service of the running configuration from rr to wrr with weights 3, 2, 1.
rr_to_wrr() {
    sed -Ei 's/^scheduler = rr/scheduler = wrr/; s/^server = \S*11(:[0-9]+|\]:[0-9]+)?$/& weight=3/; s/^server = \S*12(:[0-9]+|\]:[0-9]+)?$/& weight=2/' "$dir/weir.conf"
    weirctl reload
}
expect() {
    local what=$1 wanted=$2 got=$3
    [ "$wanted" = "$got" ] || fail "$what: wanted '$wanted', got '$got'"
    echo "  $what: $got"
}

# shows PATTERN COMMAND...: does the command print a line like this (grep -E)? Unlike `| grep -q`, it lets the
# command finish: with pipefail one that grep leaves early has failed.
shows() { local pattern=$1; shift; grep -qE -- "$pattern" <<< "$("$@")"; }
# gives VALUE COMMAND...: does the command print this?
gives() { local value=$1; shift; [ "$("$@")" = "$value" ]; }
# await WHAT VALUE COMMAND...: as `expect`, for what comes a little after what causes it.
await() {
    local what=$1 value=$2; shift 2
    wait_for 10 gives "$value" "$@" || fail "$what: wanted '$value', got '$("$@")'"
    echo "  $what: $value"
}
logged() { wait_for 10 grep -qE -- "$1" "$dir/weir.log" || fail "not in the log: $1"; }
log_says() { wait_for 10 grep -qF -- "$1" "$dir/weir.log" || fail "not in the log: $1"; }

# A measure of the machine itself: how late, in milliseconds, a process on the control core's CPU woke at worst
# since `stalls_from`. A limit in time is that of the director plus this.
stalls_from() {
    [ -z "${stalls:-}" ] || kill "$stalls"
    rm -f "$dir/stalls"
    taskset -c 0 python3 "$(dirname "${BASH_SOURCE[0]}")/stalls.py" "$dir/stalls" &
    stalls=$!
    pids+=("$stalls")
    wait_for 10 test -s "$dir/stalls" || fail "nothing measures stalls"
}
stalled() { cat "$dir/stalls"; }

# The books: every packet received was sent, given to Linux, or dropped for a reason.
books_balance() { weirctl status --json | jq -e '.books | .rx == .tx + .twin + .heard + ([.drops[]] | add // 0)' >/dev/null; }
expect_books() {
    wait_for 5 books_balance || fail "the books do not balance: $(weirctl status --json | jq -c .books)"
    echo "  books balance: $(weirctl status --json | jq -c '.books | {rx, tx, twin, drops}')"
}
