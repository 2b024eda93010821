#!/usr/bin/env bash
# A service's quorum: it is lost and gained by the weight of the good servers, with hysteresis; the command hears
# each change, the first state, and the end. It runs as another user.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs
cat > "$dir/on-quorum" <<EOF
#!/bin/sh
echo "\$WEIR_NAME \$WEIR_STATE" >> $dir/heard
id -un > $dir/user
EOF
chmod +x "$dir/on-quorum"
chmod 711 "$dir"
touch "$dir/heard" "$dir/user"
chown nobody "$dir/heard" "$dir/user"
start_weir <<EOF
$(director_section)
script-user = nobody
$(wan_port)
$(lan_port)
[defaults]
forward = nat
scheduler = rr
check = http path=/ interval=1s fall=2 fall-interval=100ms rise=1
on-quorum = $dir/on-quorum
[pool web]
server = 198.51.100.11 weight=2
server = 198.51.100.12 weight=2
server = 198.51.100.13
[service web]
listen = $vip:80
servers = web
quorum = 3
hysteresis = 1
[service other]
listen = $vip:81
servers = web port=80
EOF
heard() { sort "$dir/heard" | xargs; }
quorum() { weirctl list --json | jq -r '.services[] | select(.name == "web") | "\(.quorum_weight) of \(.quorum), \(.quorum_up)"'; }
await "the first states" "other up web up" heard
expect "it runs as" nobody "$(cat "$dir/user")"
await "the weight of all" "5 of 3, true" quorum
stop_web s1
await "within the hysteresis" "3 of 3, true" quorum
: > "$dir/heard"
weirctl drain web 198.51.100.12
await "lost, as an operator drains" "1 of 3, false" quorum
await "the command" "web down" heard
log_says "service web: has lost its quorum of 3: servers of weight 1 are up"
shows "no quorum \(weight 1 of 3\)" weirctl list || fail "the list does not say it"
shows "^no quorum   web$" weirctl status || fail "the status does not say it"
shows '^weir_service_quorum_up\{service="web"\} 0$' weirctl metrics || fail "no metric"
expect "it serves all the same" "s3 s3" "$(answers 2 http://$vip/)"
: > "$dir/heard"
weirctl enable web 198.51.100.12
await "not enough yet" "3 of 3, false" quorum
web s1
await "gained" "5 of 3, true" quorum
await "the command" "web up" heard
log_says "service web: has its quorum of 3 again"

: > "$dir/heard"
sed -i '/service other/,$d' "$dir/weir.conf"
weirctl reload
await "a service that goes" "other down" heard
stop_weir
expect "weir stops" "other down web down" "$(heard)"
