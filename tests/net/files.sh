#!/usr/bin/env bash
# A configuration of several files: a reload and --check see all of them, and name the line of the one that is
# wrong. Services share defaults, servers and checks; a server has checks of its own.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs
mkdir "$dir/conf.d"
echo '[pool web]
server = 198.51.100.11
server = 198.51.100.12 check=tcp port=81 interval=50ms fall=1' > "$dir/conf.d/pool.conf"
shop() { printf '[service shop]\nlisten = %s:%s\nservers = web port=80\nserver = 198.51.100.13:80 check=none\n' $vip "$1"; }
shop 8080 > "$dir/conf.d/shop.conf"
start_weir <<EOF
$(director_section)
$(wan_port)
$(lan_port)
[defaults]
forward = nat
scheduler = rr
check = alive
[check alive]
check = http path=/ interval=50ms fall=1
include conf.d/*.conf
[service web]
listen = $vip:80
servers = web
EOF
states() { weirctl list --json | jq -r --arg s "$1" '.services[] | select(.name == $s) | [.servers[].state] | join(" ")'; }
await "a server whose own check fails" "up down" states web
expect "the other serves" "s1 s1" "$(answers 2 http://$vip/)"
await "one without checks" "up down up" states shop
expect "the service of another file" "s1 s3" "$(answers 2 http://$vip:8080/ | tr ' ' '\n' | sort | xargs)"
expect "checks" "198.51.100.11 http up,198.51.100.12 tcp down" \
    "$(weirctl checks --json | jq -r '[.checks[] | select(.service == "shop") | "\(.server | sub(":.*"; "")) \(.type) \(.state)"] | join(",")')"

sed -i 's/ check=tcp.*//' "$dir/conf.d/pool.conf"
shop 8081 > "$dir/conf.d/shop.conf"
weirctl reload
await "the servers now" "up up" states web
await "the servers of the other file" "up up up" states shop
expect "which has moved" "s1 s2 s3" "$(answers 3 http://$vip:8081/ | tr ' ' '\n' | sort | xargs)"

check() { "$build/src/weir" --config "$dir/weir.conf" --check; }
expect "--check counts files" "$dir/weir.conf: good, with 2 files that it includes" "$(check)"
echo 'servr = 198.51.100.11' >> "$dir/conf.d/pool.conf"
wrong="$dir/conf.d/pool.conf:4: \`servr\` is not a key of [pool]; did you mean \`server\`?"
expect "--check of a wrong file" "$wrong" "$(check 2>&1 || :)"
! weirctl reload 2> "$dir/errors" || fail "a wrong file was taken"
grep -qF "$wrong" "$dir/errors" || fail "the reload does not say where: $(cat "$dir/errors")"
log_says "$wrong"

# What a reload would do, before it does it.
! weirctl reload --check 2> "$dir/errors" || fail "--check takes a wrong file"
grep -qF "$wrong" "$dir/errors" || fail "--check does not say where: $(cat "$dir/errors")"
sed -i '/^servr/d' "$dir/conf.d/pool.conf"
expect "a look at the same file" "nothing would change" "$(weirctl reload --check)"
sed -i 's/^server = 198.51.100.12/& weight=3/' "$dir/conf.d/pool.conf"
both="service shop: server 198.51.100.12:80: weight 1 to 3
service web: server 198.51.100.12: weight 1 to 3"
expect "a look at other weights" "$both" "$(weirctl reload --check)"
sed -i 's/^memory = .*/memory = 256/' "$dir/weir.conf"
! weirctl reload --check > "$dir/look" 2> "$dir/errors" || fail "a reload that would be refused looks good"
expect "and at what needs a restart" "$both
$dir/weir.conf:5: memory: from 128 to 256 needs a restart" "$(cat "$dir/look")"
expect "said of it" "weirctl: a reload would be refused: part of this needs a restart" "$(cat "$dir/errors")"
expect "as JSON" "2 1" "$(weirctl reload --check --json 2> /dev/null | jq -r 'select(.changes) | "\(.changes | length) \(.restart | length)"')"
expect "nothing has changed" "1 1" "$(weirctl list --json | jq -r '[.services[] | select(.name == "web") | .servers[].weight] | join(" ")')"
sed -i 's/^memory = .*/memory = 128/' "$dir/weir.conf"
expect "a reload says what it changed" "reloaded
$both" "$(weirctl reload)"
expect "and that nothing has changed" "reloaded; nothing has changed" "$(weirctl reload)"
expect_books
stop_weir
