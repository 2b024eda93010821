# Two directors on one link, each a weir in a namespace of its own. To be sourced.
#
#   client ─┬─ a (192.0.2.2) ─┬─ s1 s2 s3      VIPs 192.0.2.100 and .101, 2001:db8::100
#           └─ b (192.0.2.3) ─┘

. "$(dirname "${BASH_SOURCE[0]}")/lab.sh"

declare -A pid_of=()
interval=${interval:-100ms}

# pair_up: one arm with a second director; `director` is a.
pair_up() {
    lab_up one-arm
    make_host b
    plug b wan0 wan
    servers_have_vips
    for s in "${servers[@]}"; do address "$s" lo 192.0.2.101/32; done
    webs
}
# heartbeat_up: a network of their own for the two, 10.9.0.2 and .3, and $dir/pair.key.
heartbeat_up() {
    make_switch hb
    plug director hb0 hb
    plug b hb0 hb
    address director hb0 10.9.0.2/24
    address b hb0 10.9.0.3/24
    openssl rand -hex 32 > "$dir/pair.key"
    chmod 600 "$dir/pair.key"
}
udp_a='link = udp 10.9.0.3 source=10.9.0.2' udp_b='link = udp 10.9.0.2 source=10.9.0.3'
# heartbeat_peer a|b: its section for the other; lines may follow.
heartbeat_peer() {
    local here=2 there=3 other=b
    [ "$1" = a ] || here=3 there=2 other=a
    printf '[peer %s]\naddress = 10.9.0.%s\nsource = 10.9.0.%s\nkey = %s\n' $other $there $here "$dir/pair.key"
}
host_of() { [ "$1" = a ] && echo director || echo "$1"; }

# vrrp NAME PORT ID PRIORITY ADDRESS [LINE...]
vrrp() {
    printf '[vrrp %s]\nport = %s\nid = %s\npriority = %s\naddress = %s\ninterval = %s\n' "$1" "$2" "$3" "$4" "$5" "$interval"
    shift 5
    printf '%s\n' "$@"
}
# configure a|b: the configuration on standard input, behind the sections every director has.
configure() {
    local n=2; [ "$1" = a ] || n=3
    {
        director_section | sed "s|^run-dir.*|run-dir = $dir/run-$1|; s|^state-dir.*|state-dir = $dir/state-$1|; s|^\[director\]|&\nname = $1|"
        port wan wan0 "192.0.2.$n/24" "2001:db8::$n/64"
        cat
    } > "$dir/$1.conf"
}
# many_services COUNT [WEIGHT [WEIGHT]]: by `mh`, of two servers each.
many_services() {
    local n
    for ((n = 0; n < $1; ++n)); do
        printf '[service s%d]\nlisten = 198.18.%d.%d:80/tcp\nforward = dr\nscheduler = mh\nserver = 192.0.2.11 weight=%d\nserver = 192.0.2.12 weight=%d\n' \
            $n $((n / 250)) $((n % 250 + 1)) "${2:-1}" "${3:-1}"
    done
}
# usual_pair [PRIORITY-OF-A [PRIORITY-OF-B [LINE...]]]: one VIP, DR.
usual_pair() {
    local a=${1:-200} b=${2:-199}; shift 2 || shift $#
    local d priority
    for d in a b; do
        [ $d = a ] && priority=$a || priority=$b
        { vrrp shop wan 51 "$priority" $vip "$@"; service web $vip:80/tcp dr rr 192.0.2.11 192.0.2.12; } | configure $d
    done
}
start() {
    local d
    for d; do
        start_on "$(host_of "$d")" "$build/src/weir" --config "$dir/$d.conf" >> "$dir/$d.log" 2>&1
        pid_of[$d]=$!
    done
    for d; do wait_for 20 ctl "$d" status || pair_fail "weir $d does not start"; done
}
ctl() { local d=$1; shift; "$build/src/weirctl/weirctl" --run-dir "$dir/run-$d" "$@"; }
in_step() { ctl "$1" status --json | jq -e '.peers[0].in_step' >/dev/null; }
state_of() { ctl "$1" status --json | jq -r ".vrrp[] | select(.name == \"${2:-shop}\") | .state"; }
is() { [ "$(state_of "$1" "${3:-shop}")" = "$2" ]; }
remains() { pause "$3"; is "$1" "$2" || pair_fail "$1 is $(state_of "$1")"; } # a|b STATE SECONDS
# a holds, and b has its connections.
settled() { becomes a active; becomes b backup; wait_for 15 in_step b || pair_fail "b is not in step"; }
becomes() { wait_for 10 is "$@" || pair_fail "$1 is $(state_of "$1" "${3:-shop}"), not $2"; }
stop() { kill "${pid_of[$1]}"; wait "${pid_of[$1]}" || pair_fail "weir $1 ended with status $?"; }
kill9() { kill -9 "${pid_of[$1]}"; wait "${pid_of[$1]}" 2>/dev/null || :; rm -f "$dir/run-$1/weir.sock"; }
pair_fail() { tail -n 30 "$dir"/[ab].log >&2; fail "$@"; }

# probe COMMAND...: asks for the VIP meanwhile; prints what was lost, and leaves it in $dir/probe.
probe() {
    rm -f "$dir/probe" "$dir/probe.begun"
    start_on client python3 "$(dirname "${BASH_SOURCE[0]}")/failover_probe.py" eth0 "${probed:-$vip}" "$dir/probe" 5
    local prober=$!
    wait_for 10 [ -e "$dir/probe.begun" ] || fail "the prober does not begin"
    pause 0.5
    "$@"
    pause "${after:-1}"
    kill $prober
    wait $prober || :
}
figure() { jq "$1" "$dir/probe"; }
# report WHAT [MOST-MS]: the outage, which may be at most so long.
report() {
    local ms doubled
    ms=$(figure .outage_ms) doubled=$(figure .doubled)
    echo "  $1: outage $ms ms ($(figure .lost) of $(figure .sent) probes), nobody held for $(figure .unheld_ms) ms, two held at $doubled probes"
    [ "$ms" -le "${2:-100000}" ] || pair_fail "$1: an outage of $ms ms, more than $2"
}
