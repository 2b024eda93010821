#!/usr/bin/env bash
# An operator's day: drain, enable, disable, weights, a server removed under a download, a second weir, a
# bad file.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
webs
start_weir <<EOF
$(director_section)
$(wan_port)
$(lan_port)
$(service web $vip:80/tcp nat rr 198.51.100.11 198.51.100.12 198.51.100.13)
EOF
expect "three servers" "s1 s2 s3" "$(answers 3 http://$vip/)"
weirctl drain web 198.51.100.12
expect "s2 drained" "s1 s3 s1 s3" "$(answers 4 http://$vip/)"
weirctl enable web 198.51.100.12
weirctl disable web 198.51.100.13
expect "s2 back, s3 disabled" "s1 s2 s1 s2" "$(answers 4 http://$vip/)"
weirctl enable web 198.51.100.13
weirctl weight web 198.51.100.11 0
expect "s1 weight 0" "s2 s3" "$(answers 2 http://$vip/ | tr ' ' '\n' | sort | tr '\n' ' ' | sed 's/ $//')"
weirctl enable web 198.51.100.11

# A download goes on while its server is removed, and while others come and go.
weirctl drain web 198.51.100.12
weirctl drain web 198.51.100.13
start_on client curl -s http://$vip/slow > "$dir/slow"
download=$!
wait_for 5 test -s "$dir/slow" || fail "the download does not begin"
grep -v 'server = 198.51.100.11' "$dir/weir.conf" > "$dir/new"
cp "$dir/new" "$dir/weir.conf"
weirctl reload
weirctl enable web 198.51.100.12
expect "new connections avoid it" "s2 s2" "$(answers 2 http://$vip/)"

# A second weir takes nothing from the first.
! on director "$build/src/weir" --config "$dir/weir.conf" 2> "$dir/errors" || fail "a second weir ran"
expect "it says" "weir: another weir runs with run-dir $dir/run ($dir/run/weir.sock is in use)" "$(cat "$dir/errors")"

# A bad file changes nothing.
echo "conections = 5" >> "$dir/weir.conf"
! weirctl reload 2> "$dir/errors" || fail "a bad file was taken"
grep -q "weir.conf:[0-9]*: .*conections" "$dir/errors" || fail "no useful error: $(cat "$dir/errors")"
expect "still serving" "s2" "$(answers 1 http://$vip/)"
! weirctl drain nonesuch 198.51.100.11 2> "$dir/errors" || fail "no error for an unknown service"
expect "errors are one line" 1 "$(wc -l < "$dir/errors")"
wait $download || fail "the download was cut off"
expect "the download came whole" 20000000 "$(stat -c %s "$dir/slow")"
expect_books
stop_weir
