#!/usr/bin/env bash
# What servers are called: `name=` in logs, weirctl, metrics and completion; a renamed section keeps its connections.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs
start_weir <<END
$(director_section)
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat rr "198.51.100.11 name=web1" "198.51.100.12 name=web2" 198.51.100.13)
check = tcp interval=200ms fall=1 rise=1
hold-down = 0
END
checks_up() { weirctl checks --json | grep -o '"state":"up"' | wc -l; }
await "checks" 3 checks_up
log_says "service web: web1 (198.51.100.11:80) is up"
log_says "service web: 198.51.100.13:80 is up"
weirctl drain web web2
log_says "service web: web2 (198.51.100.12:80) is drained"
expect "web2 is drained" "s1 s3 s1 s3" "$(answers 4 http://$vip/)"
weirctl enable web web2
shows '^  -> 198\.51\.100\.12:80 .* name=web2$' weirctl list || fail "list: $(weirctl list)"
shows '^  -> 198\.51\.100\.13:80 +Masq +1 +[0-9]+ +[0-9]+ +$' weirctl list || fail "list: $(weirctl list)"
shows '^web +198\.51\.100\.11:80 +web1 +tcp +up ' weirctl checks || fail "checks: $(weirctl checks)"
shows '^  web1 \(198\.51\.100\.11:80\) ' weirctl top --once --interval 0.1 || fail "no name in top"
shows 'weir_server_weight\{service="web",server="198\.51\.100\.12:80",name="web2"\} 1' weirctl metrics || fail "no label"
expect "names in JSON" '"","web1","web2"' "$(weirctl list --json | jq -c '.services[].servers[].name' | sort | paste -sd,)"
. "$(dirname "$0")/../../src/weirctl/weirctl.bash-completion"
words=(weirctl "")
expect "services to complete" "web" "$(_weirctl_services)"
expect "servers to complete" "198.51.100.11 198.51.100.12 198.51.100.13 web1 web2" "$(_weirctl_servers web | paste -sd' ')"

# A download goes on while its section gets another name, and its server too.
start_on client curl -s http://$vip/slow > "$dir/slow"
download=$!
wait_for 5 test -s "$dir/slow" || fail "the download does not begin"
shows ' name=web1$|198\.51\.100\.13:80$| name=web2$' weirctl connections || fail "connections: $(weirctl connections)"
sed -i 's/^\[service web\]/[service www]/; s/name=web1/name=one/' "$dir/weir.conf"
weirctl reload
await "checks of the renamed section" 3 checks_up
expect "its servers" "one web2" "$(weirctl list --json | jq -r '.services[].servers[].name' | xargs)"
expect "no service has gone" 1 "$(weirctl list --json | jq '.services | length')"
wait $download || fail "the download was cut off"
expect "the download came whole" 20000000 "$(stat -c %s "$dir/slow")"
stop_web s1
log_says "service www: one (198.51.100.11:80) is down"
expect_books
stop_weir
