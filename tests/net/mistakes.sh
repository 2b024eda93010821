#!/usr/bin/env bash
# Mistakes on the command line, and ten in one file: each is told, and nothing is started.
. "$(dirname "$0")/lab.sh"

cat > "$dir/bad.conf" <<'EOF'
[director]
workers = one
idel = adaptive
memory = 3
[port wan]
device = xdp:eth0
address = 192.0.2.2
mtu = 100000
[service web]
listen = 192.0.2.100:80/tpc
forward = natt
scheduler = rrr
server = 192.0.2.300
server = 192.0.2.11 wieght=3
EOF
! "$build/src/weir" --config "$dir/bad.conf" --check 2> "$dir/errors" || fail "accepted"
expect "lines with errors" "2 3 4 7 8 10 11 12 13 14" \
    "$(sed -E 's/^[^:]*:([0-9]+): .*/\1/' "$dir/errors" | sort -nu | tr '\n' ' ' | sed 's/ $//')"
grep -q "idle" "$dir/errors" || fail "no nearest word for idel"
sed 's/^/  /' "$dir/errors"

# mistake STATUS TEXT COMMAND...: one line that says TEXT.
mistake() {
    local status=0 wanted=$1 text=$2; shift 2
    "$@" > "$dir/out" 2> "$dir/errors" || status=$?
    expect "status of $(basename "$1") ${*:2}" "$wanted" "$status"
    expect "what it says" "$text" "$(cat "$dir/errors")"
    [ ! -s "$dir/out" ] || fail "$(cat "$dir/out")"
}
mistake 2 "weir: weir takes options alone; did you mean \`--config weir.conf\`?" "$build/src/weir" weir.conf
mistake 2 "weir: no option \`--chek\`; did you mean \`--check\`?" "$build/src/weir" --chek
mistake 2 "weir: \`--config FILE\`: the value is missing" "$build/src/weir" --config --check
mistake 1 "$dir/nosuch.conf: cannot be read: No such file or directory" "$build/src/weir" --config "$dir/nosuch.conf" --check
mistake 2 "weirctl: no option \`--jsn\`; did you mean \`--json\`?" "$build/src/weirctl/weirctl" list --jsn
mistake 2 "weirctl: \`-Ln\` is ipvsadm's; use \`weirctl list\`" "$build/src/weirctl/weirctl" -Ln
mistake 1 "weirctl: no director at $dir/weir.sock: is weir running?" "$build/src/weirctl/weirctl" --run-dir "$dir" list
WEIR_RUN_DIR=$dir mistake 1 "weirctl: no director at $dir/weir.sock: is weir running?" "$build/src/weirctl/weirctl" list
expect "an error as JSON" "{\"error\":\"no director at $dir/weir.sock: is weir running?\"}" \
    "$("$build/src/weirctl/weirctl" --run-dir "$dir" list --json || :)"
expect "one of the command line" "{\"error\":\"no option \`--lmit\`; did you mean \`--limit\`?\"}" \
    "$("$build/src/weirctl/weirctl" connections --json --lmit 3 || :)"
