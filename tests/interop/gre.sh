#!/usr/bin/env bash
# GRE tunnels to the devices of a Linux kernel: the real server is a user-mode Linux with gre and ip6gre, which takes
# off what weir puts on, or drops it.
. "$(dirname "$0")/../net/lab.sh"

here=$(cd "$(dirname "$0")" && pwd)
command -v linux.uml >/dev/null || exit 77
servers=()
lab_up one-arm
ip -n "$lab-switch" tuntap add uml-wan mode tap
ip -n "$lab-switch" link set uml-wan master wan up
start_on switch linux.uml mem=128M "uml_dir=$dir/" root=/dev/root rootfstype=hostfs rootflags=/ ro "init=$here/gre_init.sh" \
    con=null con0=null,fd:1 ssl=null quiet loglevel=1 vec0:transport=tap,ifname=uml-wan,depth=128,gro=0 \
    > "$dir/uml.log" 2>&1 < /dev/null
wait_for 60 grep -q ready "$dir/uml.log" || fail "no real server: $(cat "$dir/uml.log")"
start_weir <<END
$(director_section)
$(wan_port)
$(service v4in4 $vip:80/tcp "tun encap=gre" rr 192.0.2.11)
$(service v6in6 [$vip6]:80/tcp "tun encap=gre" rr 2001:db8::11)
$(service v4in6 $vip:81/tcp "tun encap=gre" rr 2001:db8::11)
$(service v6in4 [$vip6]:81/tcp "tun encap=gre" rr 192.0.2.11)
END
# The server says which device has received how many packets.
received() { on client curl -gsS --max-time 10 "http://192.0.2.11/" | sed -n "s/^ *$1: *[0-9]* *\([0-9]*\).*/\1/p"; }
through() {
    local what=$1 device=$2 url=$3 before
    before=$(received "$device")
    on client curl -gsS --max-time 10 -o /dev/null "$url" || fail "$what: no answer"
    [ "$(received "$device")" -gt "$before" ] || fail "$what: not through $device"
    echo "  $what: through $device"
}
through "4 in 4" gre-v4 "http://$vip/"
through "6 in 6" gre-v6 "http://[$vip6]/"
through "4 in 6" gre-v6 "http://$vip:81/"
through "6 in 4" gre-v4 "http://[$vip6]:81/"
# An upload in packets as large as the path takes: the client learns how large.
head -c 300000 /dev/zero > "$dir/upload"
for url in "http://$vip/" "http://[$vip6]:81/"; do
    expect "upload to $url" 300000 "$(on client curl -gsS --max-time 30 --data-binary "@$dir/upload" "$url")"
done
expect_books
stop_weir
