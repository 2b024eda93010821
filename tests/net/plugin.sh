#!/usr/bin/env bash
# A scheduler built outside the tree, as docs/schedulers.md shows it, chooses servers in a running
# director; one that cannot be loaded is an error with its line.
. "$(dirname "$0")/lab.sh"

root=$(cd "$(dirname "$0")/../.." && pwd)
sed -n '/^```cpp$/,/^```$/{/^```/d;p}' "$root/docs/schedulers.md" > "$dir/nearest.cpp"
cmp "$dir/nearest.cpp" "$root/tests/plugin/nearest.cpp" || fail "the documented example is not the tested one"
[ "$(wc -l < "$dir/nearest.cpp")" -lt 40 ] || fail "the example is not short"
g++ -std=c++20 -O2 -shared -fPIC -I"$root/include" "$dir/nearest.cpp" -o "$dir/nearest.so"

lab_up one-arm
servers_have_vips
webs
config() {
    director_section
    echo "plugin = $1"
    wan_port
    service web $vip:80/tcp dr nearest 192.0.2.11 192.0.2.12 192.0.2.13
}
start_weir <<< "$(config "$dir/nearest.so")"
# 192.0.2.7 is 00000111 at its end; 11 (00001011) and 12, 13 share as much: the first of them.
expect "the nearest" "s1 s1 s1" "$(answers 3 http://$vip/)"
weirctl disable web 192.0.2.11
expect "the next nearest" "s2 s2" "$(answers 2 http://$vip/)"
shows nearest weirctl schedulers || fail "weirctl does not know the scheduler"
stop_weir

# One built for an earlier version of the API is told so.
cp -r "$root/include" "$dir/earlier"
sed -i 's/scheduler_api = 2;/scheduler_api = 1;/' "$dir/earlier/weir/scheduler.h"
g++ -std=c++20 -O2 -shared -fPIC -I"$dir/earlier" "$dir/nearest.cpp" -o "$dir/earlier.so"
config "$dir/earlier.so" > "$dir/bad.conf"
! "$build/src/weir" --config "$dir/bad.conf" --check 2> "$dir/errors" || fail "a plugin of version 1 was accepted"
line=$(grep -n "plugin.*earlier.so" "$dir/bad.conf" | cut -d: -f1)
grep -q "bad.conf:$line: .*built for version 1 of the scheduler API, this is version 2: build it again" "$dir/errors" ||
    fail "no useful error: $(cat "$dir/errors")"

# Two schedulers of one name in one program: nobody could say which is meant.
sed 's/nearest/rr/g' "$dir/nearest.cpp" > "$dir/rr.cpp"
g++ -std=c++20 -O2 -shared -fPIC -I"$root/include" "$dir/rr.cpp" -o "$dir/rr.so"
! LD_PRELOAD="$dir/rr.so" "$build/src/weir" --config "$dir/weir.conf" --check 2> "$dir/errors" || fail "two schedulers named rr are taken"
grep -q "there is already a scheduler named 'rr'" "$dir/errors" || fail "no useful error: $(cat "$dir/errors")"

config "$dir/missing.so" > "$dir/bad.conf"
! "$build/src/weir" --config "$dir/bad.conf" --check 2> "$dir/errors" || fail "a missing plugin was accepted"
grep -q "bad.conf:$line: .*plugin" "$dir/errors" || fail "no useful error: $(cat "$dir/errors")"
sed 's/^/  /' "$dir/errors"
