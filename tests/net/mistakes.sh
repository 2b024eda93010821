#!/usr/bin/env bash
# Ten mistakes in one file: ten errors, each with its line, and nothing is started.
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
