#!/usr/bin/env bash
# A restart is not a failure: a lone director that is killed (-9) and started again, or stopped and started,
# keeps its connections, with DR, TUN and NAT, IPv4 and IPv6: slow downloads, idle connections, a template.
# Another number of workers and another size do no harm. What cannot be trusted is dropped whole, and said.
. "$(dirname "$0")/failover_lab.sh"

keep=yes
idle=${idle:-200}

write_config() { # write_config MODE
    local mode=$1 net4=192.0.2 net6=2001:db8::
    [ "$mode" != nat ] || { net4=198.51.100 net6=2001:db8:1::; }
    {
        [ "$mode" != nat ] || lan_port
        service web $vip:80/tcp "$mode" rr $net4.11 $net4.12
        service web6 "[$vip6]:80/tcp" "$mode" rr "${net6}11" "${net6}12"
        service kept $vip:8080/tcp "$mode" rr $net4.11 $net4.12 $net4.13
        echo "persistence = 300"
    } | configure a
}
active_of() { ctl a list --json | jq "[.services[] | select(.name == \"$1\") | .servers[].active] | add"; }
hold() { # hold NAME ADDRESS
    start_on client python3 "$(dirname "$0")/hold.py" "$2" 80 "$idle" "$dir/held-$1"
    holder[$1]=$!
    wait_for 20 grep -q "open $idle" "$dir/held-$1" || pair_fail "$1: $(cat "$dir/held-$1")"
}
declare -A holder=() downloads=()
all_alive() {
    rm -f "$dir/held-$1"
    kill -USR1 "${holder[$1]}"
    wait_for 60 grep -q alive "$dir/held-$1" || pair_fail "$1: no answer"
    expect "of $idle idle connections ($1) live" "alive $idle" "$(cat "$dir/held-$1")"
}
download() { # download NAME ADDRESS
    start_on client curl -gsS --max-time 60 -o "$dir/file-$1" "http://$2/slow"
    downloads[$1]=$!
    wait_for 10 test -s "$dir/file-$1" || pair_fail "the download $1 does not begin"
}
whole() {
    wait "${downloads[$1]}" || pair_fail "the download $1 broke"
    expect "the download ($1)" 20000000 "$(stat -c %s "$dir/file-$1")"
}
# The idle connections and the download, which may have ended after a start that took longer than it.
expect_all() {
    local left=0; ! kill -0 "${downloads[$1]}" 2> /dev/null || left=1
    expect "of the connections ($1) there are" $((idle + left)) "$(active_of "$2")"
}
who_keeps() { on client curl -s --max-time 5 "http://$vip:8080/"; }
kept_log() { grep -c 'of the process before, .* live on' "$dir/a.log" || :; }
killed_and_started() { kill9 a; start a; }
stopped_and_started() { stop a; start a; }
# again WHAT COMMAND [EDIT]: what has to live through it does.
again() {
    local what=$1 command=$2 before=$3 logged
    logged=$(kept_log)
    download v4 $vip
    download v6 "[$vip6]"
    after=0.2 probe "$command"
    report "$what"
    [ "$(kept_log)" = $((logged + 1)) ] || pair_fail "weir does not say what it found"
    expect_all v4 web
    expect_all v6 web6
    whole v4
    whole v6
    all_alive v4
    all_alive v6
    expect "the template holds" "$before" "$(who_keeps)"
}

mode_works() {
    echo "$1"
    write_config "$1"
    start a
    hold v4 $vip
    hold v6 $vip6
    local before; before=$(who_keeps)
    again "killed and started" killed_and_started "$before"
    sed -i 's/^connections = .*/connections = 50000/; s/^workers = .*/workers = 0,1/' "$dir/a.conf"
    again "stopped and started, with two workers" stopped_and_started "$before"
    kill "${holder[@]}"
    await "they end as usual" 0 active_of web
    stop a
    lab_clear
}
webs_of_both_ports() {
    for s in "${servers[@]}"; do
        sed -i 's/listen 80; listen \[::\]:80;/& listen 8080; listen [::]:8080;/' "$dir/$lab-$s/nginx.conf"
        on "$s" nginx -c "$dir/$lab-$s/nginx.conf" -s reload 2>/dev/null
        wait_for 5 on "$s" curl -s http://127.0.0.1:8080/ || fail "$s: no second port"
    done
}
for mode in ${modes:-dr tun nat}; do
    [ "$mode" = nat ] && lab_up two-arm || lab_up one-arm
    case $mode in
    dr) servers_have_vips ;;
    tun) servers_take_tunnels ;;
    esac
    webs
    webs_of_both_ports
    mode_works "$mode"
done

echo "what cannot be trusted"
lab_up one-arm
servers_have_vips
webs
write_config dr
start a
hold v4 $vip
kill9 a
names=$(echo /dev/shm/weir*"${dir##*/}"*.names)
[ -f "$names" ] || fail "no file of names: $names"
printf 'x' | dd of="$names" bs=1 seek=8 conv=notrunc status=none # its layout
start a
grep -q 'connections of the process before are dropped: it has the layout of another version' "$dir/a.log" || pair_fail "nothing in the log"
expect "of those it takes" 0 "$(active_of web)"
kill "${holder[v4]}"
expect "new connections come" s1 "$(on client curl -s --max-time 5 http://$vip/)"
kill9 a
truncate -s 1000000 "${names%.names}"
start a
grep -q 'dropped: .*it is not the table that its names are for' "$dir/a.log" || pair_fail "nothing in the log"

# Not asked for: nothing lies about.
stop a
sed -i 's/^keep-connections = .*/keep-connections = no/' "$dir/a.conf"
start a
[ ! -e "$names" ] || fail "$names is there"
stop a
