#!/usr/bin/env bash
# Two directors keep their connections in step, with DR, TUN and NAT: a slow download and idle connections,
# IPv4 and IPv6, go on at the other when one is killed; a director that comes back is filled; a template
# holds; connections of a server that the other's file lacks wait for it; no one without the key is heard.
. "$(dirname "$0")/failover_lab.sh"

idle=${idle:-300}
openssl rand -hex 32 > "$dir/pair.key"
chmod 600 "$dir/pair.key"

# peer_of a|b
peer_of() {
    local here=2 there=3 name=b
    [ "$1" = a ] || { here=3 there=2 name=a; }
    printf '[peer %s]\naddress = 192.0.2.%s\nsource = 192.0.2.%s\nkey = %s\n' $name $there $here "${key:-$dir/pair.key}"
}
# pair MODE [SERVER-LINE...]: both directors; the lines only for a.
pair() {
    local mode=$1 d priority net4=192.0.2 net6=2001:db8::
    shift
    [ "$mode" != nat ] || { net4=198.51.100 net6=2001:db8:1::; }
    for d in a b; do
        [ $d = a ] && priority=200 || priority=199
        {
            if [ "$mode" = nat ]; then
                [ $d = a ] && n=2 || n=3
                port lan lan0 198.51.100.$n/24 2001:db8:1::$n/64
            fi
            vrrp shop wan 51 $priority $vip "group = site"
            vrrp shop6 wan 51 $priority $vip6 "group = site"
            if [ "$mode" = nat ]; then
                vrrp gateway lan 52 $priority 198.51.100.1 "group = site"
                vrrp gateway6 lan 52 $priority 2001:db8:1::1 "group = site"
            fi
            peer_of $d
            service web $vip:80/tcp "$mode" rr $net4.11 $net4.12
            [ $d = b ] || printf '%s\n' "$@"
            service web6 "[$vip6]:80/tcp" "$mode" rr "${net6}11" "${net6}12"
            service kept $vip:8080/tcp "$mode" rr $net4.11 $net4.12 $net4.13
            echo "persistence = 300"
        } | configure $d
    done
}
in_step() { ctl "$1" status --json | jq -e '.peers[0] | .in_step and .lag_ms < 1000'; }
both_in_step() { wait_for 15 in_step a && wait_for 15 in_step b || pair_fail "not in step: $(ctl a status --json | jq -c .peers) $(ctl b status --json | jq -c .peers)"; }
peer() { ctl "$1" status --json | jq -r ".peers[0].$2"; }
active_of() { ctl "$1" list --json | jq "[.services[] | select(.name == \"$2\") | .servers[].active] | add"; }

hold() { # hold NAME ADDRESS
    start_on client python3 "$(dirname "$0")/hold.py" "$2" 80 "$idle" "$dir/held-$1"
    holder[$1]=$!
    wait_for 20 grep -q "open $idle" "$dir/held-$1" || pair_fail "$1: $(cat "$dir/held-$1")"
}
declare -A holder=()
all_alive() {
    kill -USR1 "${holder[$1]}"
    wait_for 60 grep -q alive "$dir/held-$1" || pair_fail "$1: no answer"
    expect "of $idle idle connections ($1) live" "alive $idle" "$(cat "$dir/held-$1")"
}
download() { # download ADDRESS: in the background; $! is it
    start_on client curl -gsS --max-time 60 -o /dev/null -w '%{size_download}' "http://$1/slow" > "$dir/download-${1//[:\[\]]/}"
}
whole() {
    wait "$2" || pair_fail "the download from $1 broke"
    expect "the download from $1" 20000000 "$(cat "$dir/download-${1//[:\[\]]/}")"
}

mode_works() {
    local mode=$1
    echo "$mode"
    pair "$mode"
    start a b
    becomes a active
    becomes b backup
    both_in_step
    hold v4 $vip
    hold v6 $vip6
    for s in 1 2 3 4; do on client curl -s --max-time 5 "http://$vip:8080/" > "$dir/kept"; done
    download $vip; local first=$!
    download "[$vip6]"; local second=$!
    wait_for 10 gives $((idle + 1)) active_of a web || pair_fail "a has $(active_of a web) active"
    await "b counts what a does" "$(active_of a web)" active_of b web
    await "and of IPv6" "$(active_of a web6)" active_of b web6
    pause 0.2
    kill9 a
    becomes b active
    whole $vip $first
    whole "[$vip6]" $second
    all_alive v4
    all_alive v6
    expect "the template holds" "$(cat "$dir/kept")" "$(on client curl -s --max-time 5 "http://$vip:8080/")"

    # a comes back, is filled, and takes over again; then b dies.
    start a
    both_in_step
    becomes a active
    await "a counts what b does" "$(active_of b web)" active_of a web
    kill9 b
    rm "$dir"/held-v4 "$dir"/held-v6
    all_alive v4
    all_alive v6
    kill "${holder[@]}"
    stop a
}

# The servers' web server listens on both ports.
webs_of_both_ports() {
    for s in "${servers[@]}"; do
        sed -i 's/listen 80; listen \[::\]:80;/& listen 8080; listen [::]:8080;/' "$dir/$lab-$s/nginx.conf"
        on "$s" nginx -c "$dir/$lab-$s/nginx.conf" -s reload 2>/dev/null
        wait_for 5 on "$s" curl -s http://127.0.0.1:8080/ || fail "$s: no second port"
    done
}
one_arm() { pair_up; webs_of_both_ports; }
tunnels() {
    lab_up one-arm
    make_host b
    plug b wan0 wan
    servers_take_tunnels
    webs
    webs_of_both_ports
}
two_arms() {
    lab_up two-arm
    make_host b
    plug b wan0 wan
    plug b lan0 lan
    webs
    webs_of_both_ports
}

for mode in ${modes:-dr tun nat}; do
    case $mode in
    dr) one_arm ;;
    tun) tunnels ;;
    nat) two_arms ;;
    esac
    mode_works $mode
    lab_clear
done

# A graceful stop, while connections come one after the other.
one_arm
pair dr
start a b
becomes a active
becomes b backup
both_in_step
hold v4 $vip
download $vip; first=$!
start_on client sh -c "for i in \$(seq 300 | tr '\n' ' '); do curl -s -o /dev/null --max-time 5 http://$vip/ || echo lost; done" > "$dir/short"
short=$!
pause 0.5
stop a
becomes b active
wait $short
# A handshake in the moment of the hand-over may be half at a, half at b.
lost=$(grep -c lost "$dir/short" || :)
echo "  of 300 short connections $lost lost while a stops"
[ "$lost" -le 1 ] || pair_fail "$lost connections lost"
whole $vip $first
all_alive v4
kill "${holder[v4]}"
stop b
lab_clear

# The files differ: b does not have s3.
one_arm
pair dr "server = 192.0.2.13"
start a b
becomes a active
both_in_step
hold v4 $vip
unknown() { gives "$2" peer "$1" "$3"; }
wait_for 10 unknown b 1 unknown_here || pair_fail "b knows all: $(peer b unknown_here)"
wait_for 10 unknown a 1 unknown_there || pair_fail "a does not know that b lacks a server"
ctl b status | grep 'the files differ' >/dev/null || pair_fail "b does not say so: $(ctl b status)"
ctl b status | grep 'not in this file: 1, as 192.0.2.13 of the service at 192.0.2.100:80/tcp' >/dev/null || pair_fail "b names none"
ctl a status | grep 'servers that are not in its file: 1' >/dev/null || pair_fail "a does not say so"
grep -q 'peer a: the files differ: 1 of its servers' "$dir/b.log" || pair_fail "nothing in b's log"
await "b has those of s1 and s2" $((idle * 2 / 3)) active_of b web
sed -i 's/^server = 192.0.2.12$/&\nserver = 192.0.2.13/' "$dir/b.conf"
uniq "$dir/b.conf" > "$dir/b.new" # the service that had it has it once
mv "$dir/b.new" "$dir/b.conf"
ctl b reload
await "after its reload b has all" "$idle" active_of b web
wait_for 10 unknown a 0 unknown_there || pair_fail "a still thinks that b lacks a server"
kill9 a
becomes b active
all_alive v4
kill "${holder[v4]}"

# What an operator sets at one director is set at the other, whoever dies.
settings() { ctl "$1" list --json | jq -c '[.services[] | select(.name == "web") | .servers[] | [.base_weight, .state == "disabled"]]'; }
start a
both_in_step
expect "nothing is set" "$(settings b)" "$(settings a)"
ctl b drain web 192.0.2.12
ctl b disable web 192.0.2.13
await "a has what is set at b" '[[1,false],[0,false],[1,true]]' settings a
kill9 b
start b
both_in_step
await "b that has forgotten it hears it from a" "$(settings a)" settings b
ctl a enable web 192.0.2.13
ctl a weight web 192.0.2.11 7
await "the later word holds" '[[7,false],[0,false],[1,false]]' settings b
sed -i 's/^server = 192.0.2.12$/& weight=3/' "$dir/a.conf"
ctl a reload
await "another weight in a file ends what was set" '[[7,false],[1,false],[1,false]]' settings b
expect "at that director too" '[[7,false],[3,false],[1,false]]' "$(settings a)"
stop a

# Without the key: no connection, and both say why; who is better does not take the VIP from who knows more.
openssl rand -hex 32 > "$dir/other.key"
chmod 600 "$dir/other.key"
key=$dir/other.key pair dr
usual_b=$(sed "s|$dir/other.key|$dir/pair.key|" "$dir/b.conf")
echo "$usual_b" > "$dir/b.conf"
ctl b reload
start a
refused() { grep -q 'peer b: .*is the key the same on both' "$dir/a.log"; }
wait_for 10 refused || pair_fail "a does not say why"
await "with another key b reaches it" false peer b listens
expect "and is told nothing" "false 0" "$(peer a tells) $(peer a adopted)"
pause 1
is a backup || pair_fail "a took the VIP without the connections"
is b active || pair_fail "b lost the VIP"
stop a
stop b
