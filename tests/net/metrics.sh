#!/usr/bin/env bash
# The metrics page of a running director: Prometheus' own tool finds nothing to say about it, and the
# figures are those of weirctl status. Over HTTP it is the same page.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs
start_weir <<EOF
$(director_section)
metrics = 192.0.2.2:9113
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat rr 198.51.100.11 198.51.100.12)
check = http interval=100ms fall=5
check = http path=/nonesuch status=404 interval=100ms fall=5
check = tcp interval=100ms fall=5
$(service web6 [$vip6]:80/tcp nat rr 2001:db8:1::11)
$(service one-host $vip:81/tcp nat rr 198.51.100.11:81 198.51.100.11:82)
check = tcp port=80 interval=100ms fall=5
EOF
server_is() { weirctl checks web --json | jq -e "[.checks[] | select(.server == \"$1\")] | length == 3 and all(.server_state == \"$2\")"; }
wait_for 10 server_is 198.51.100.11 up && wait_for 10 server_is 198.51.100.12 up || fail "not healthy: $(weirctl checks)"
all_up() { weirctl checks --json | jq -e 'all(.checks[]; .state == "up")'; }
wait_for 10 all_up || fail "not all up: $(weirctl checks)"
weirctl disable web 198.51.100.12
expect "only s1" "s1 s1 s1" "$(answers 3 http://$vip/)"
expect_books
weirctl metrics > "$dir/page"
promtool check metrics < "$dir/page" > "$dir/said" 2>&1 || fail "promtool: $(cat "$dir/said")"
expect "promtool has nothing to say" "" "$(cat "$dir/said")"

http() { on client curl -sS -m 5 "$@" "http://192.0.2.2:9113/metrics"; }
names() { sed 's/ [^ ]*$//' | sort; } # of samples, without their figures
expect "over HTTP" "200 text/plain; version=0.0.4; charset=utf-8" "$(http -o "$dir/http-page" -w '%{http_code} %{content_type}')"
expect "it has the same samples" "$(names < "$dir/page" | cksum)" "$(names < "$dir/http-page" | cksum)"

value() { grep -v '^#' "$dir/page" | grep -F "$1 " | sed 's/.* //'; }
server='service="web",server="198.51.100.11:80"'
expect "checks" "3 3 1 1" "$(grep -c "^weir_check_latency_seconds{$server" "$dir/page") \
$(grep -c "^weir_check_state{$server.*state=\"up\"} 1" "$dir/page") $(value "weir_server_healthy{$server}") \
$(awk '/^weir_check_latency_seconds/ && !($NF > 0 && $NF < 1) { bad = 1 } END { print !bad }' "$dir/page")"
expect "checks in all" 8 "$(value weir_checks)"
expect "nothing twice" "" "$(grep -v '^#' "$dir/page" | sed 's/ [^ ]*$//' | sort | uniq -d)"
expect "connections" 3 "$(value "weir_server_connections_total{$server}")"
expect "the service's" 3 "$(value 'weir_service_connections_total{service="web"}')"
expect "disabled" 1 "$(value 'weir_server_state{service="web",server="198.51.100.12:80",state="disabled"}')"
expect "ports up" "1 1" "$(grep '^weir_port_up' "$dir/page" | sed 's/.* //' | tr '\n' ' ' | sed 's/ $//')"
capacity=$(value weir_table_capacity_connections) # `connections`, and what workers may hold back
[ "$capacity" -ge 100000 ] && [ "$capacity" -lt 101000 ] || fail "the table's capacity is $capacity"
expect "build" 1 "$(grep -c '^weir_build_info{version=".*} 1$' "$dir/page")"
expect "no reload yet" "0 1" "$(value weir_config_reloads_total) $(value weir_config_last_reload_successful)"
# A server dies: its checks and its health say so.
stop_web s1
wait_for 10 server_is 198.51.100.11 down || fail "s1 is not down: $(weirctl checks)"
tcp_check_is_down() {
    weirctl metrics > "$dir/page"
    [ "$(value 'weir_check_state{'"$server"',check="tcp",number="3",state="up"}')" = 0 ]
}
wait_for 10 tcp_check_is_down || fail "the tcp check sees no difference: $(weirctl checks)"
promtool check metrics < "$dir/page" > "$dir/said" 2>&1 || fail "promtool: $(cat "$dir/said")"
expect "s1 unhealthy" "0 1 0" "$(value "weir_server_healthy{$server}") $(value "weir_server_state{$server,state=\"down\"}") \
$(value 'weir_check_state{'"$server"',check="tcp",number="3",state="up"}')"
echo "conections = 5" >> "$dir/weir.conf"
! weirctl reload 2> "$dir/errors" || fail "a bad file was taken"
weirctl metrics > "$dir/page"
expect "a refused reload" "0 0" "$(value weir_config_reloads_total) $(value weir_config_last_reload_successful)"
# Another address with a reload, and none.
sed -i '/^conections/d; s/^metrics = .*/metrics = [2001:db8::2]:9114/' "$dir/weir.conf"
weirctl reload
expect "at another address" 200 "$(on client curl -gs -m 5 -o /dev/null -w '%{http_code}' "http://[2001:db8::2]:9114/metrics")"
! http 2> /dev/null || fail "the old address still answers"
sed -i '/^metrics = /d' "$dir/weir.conf"
weirctl reload
! on client curl -gs -m 5 "http://[2001:db8::2]:9114/metrics" || fail "it is served without the key"
expect_books
stop_weir
! weirctl metrics > "$dir/page" 2> "$dir/errors" || fail "a page without a director"
expect "no director: one line, no page" "1 0" "$(wc -l < "$dir/errors") $(wc -c < "$dir/page")"
