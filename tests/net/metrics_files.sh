#!/usr/bin/env bash
# What config/ has for Prometheus and Grafana: the alerts are raised when they are to be, and each metric that
# they and the dashboard name is one of `weirctl metrics`.
. "$(dirname "$0")/lab.sh"

root=$(cd "$(dirname "$0")/../.." && pwd)
promtool check rules "$root/config/alerts.yml" > "$dir/said" || fail "$(cat "$dir/said")"
sed "s|\[ALERTS\]|[$root/config/alerts.yml]|" "$root/tests/alerts/alerts_test.yml" > "$dir/alerts_test.yml"
promtool test rules "$dir/alerts_test.yml" > "$dir/said" 2>&1 || fail "$(cat "$dir/said")"
jq -e '[.panels[].id] | length == (unique | length)' "$root/config/grafana-dashboard.json" > "$dir/said" ||
    fail "panels of the dashboard have the same id"

lab_up two-arm
webs
openssl rand -hex 32 > "$dir/key"
chmod 600 "$dir/key"
start_weir <<CONF
$(director_section)
key = $dir/key
$(wan_port)
$(lan_port)
[vrrp shop]
port = wan
id = 5
address = $vip
[peer b]
address = 192.0.2.3
$(service web $vip:80/tcp nat rr 198.51.100.11 198.51.100.12)
check = tcp interval=100ms
CONF
named() { grep -oE "weir_[a-z_]+" "$root/config/$1" | sort -u; }
has_all() {
    weirctl metrics | sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' | sort > "$dir/names"
    for file in alerts.yml grafana-dashboard.json; do named "$file"; done | sort -u | comm -23 - "$dir/names"
}
await "metrics that there are not" "" has_all
for file in alerts.yml grafana-dashboard.json; do
    [ "$(named $file | wc -l)" -ge 15 ] || fail "$file names few metrics: $(named $file)"
done
stop_weir
