#!/usr/bin/env bash
# weir on emulated PCI cards of one kind, in a machine of its own (QEMU without KVM), through the driver that real
# cards have there: tests/cards/card.sh e1000. Its last line is this kind's row of the matrix in docs/cards.md.
# Alone: an emulated machine has a CPU or two busy.
. "$(dirname "$0")/../net/lab.sh"
here=$(cd "$(dirname "$0")" && pwd)

kind=${1:-e1000}
driver=vfio-pci
case $kind in
e1000|e1000e|vmxnet3) card=$kind options="" ;;
virtio) card=virtio-net-pci options=,disable-legacy=on,iommu_platform=on ;;
*) fail "no kind \`$kind\`" ;;
esac

# The cards' cables end on the switch. client and dr are on the wan side, nat on the lan side.
for host in switch client nat dr; do make_host $host; done
for side in wan lan; do
    make_switch $side
    ip -n "$lab-switch" tuntap add tap-$side mode tap
    ip -n "$lab-switch" link set tap-$side mtu 9000 master $side up
done
plug client eth0 wan 9000
plug dr eth0 wan 9000
plug nat eth0 lan 9000
address client eth0 192.0.2.7/24 2001:db8::7/64
address dr eth0 192.0.2.11/24 2001:db8::11/64
address nat eth0 198.51.100.11/24 2001:db8:1::11/64
ip -n "$lab-nat" route add default via 198.51.100.1
ip -n "$lab-nat" -6 route add default via 2001:db8:1::1
servers=(dr)
servers_have_vips
web nat
web dr
start_on client python3 "$here/../net/vlan.py" eth0 5 > "$dir/vlan.log" 2>&1
wait_for 20 grep -q ready "$dir/vlan.log" || fail "client: $(cat "$dir/vlan.log")"
address client vlan 203.0.113.7/24
on client sysctl -qw net.ipv4.conf.eth0.arp_accept=1 # announcements make neighbours

cat > "$dir/weir.conf" <<END
[director]
control = 0
workers = 1,2
idle = adaptive
memory = 256
connections = 10000
[port wan]
device = 0000:01:00.0
twin = weir-wan
mtu = 9000
address = 192.0.2.2/24
address = 2001:db8::2/64
[port tagged]
device = 0000:01:00.0
vlan = 5
twin = weir-tagged
address = 203.0.113.1/24
[port lan]
device = 0000:02:00.0
twin = weir-lan
mtu = 9000
address = 198.51.100.1/24
address = 2001:db8:1::1/64
$(service nat 192.0.2.101:80/tcp nat rr 198.51.100.11)
listen = 203.0.113.101:80/tcp
$(service nat6 [2001:db8::101]:80/tcp nat rr 2001:db8:1::11)
$(service dr $vip:80/tcp dr rr 192.0.2.11)
check = http
$(service dr6 [$vip6]:80/tcp dr rr 2001:db8::11)
END

mkfifo "$dir"/{shell,monitor}.{in,out}
exec {to_guest}<> "$dir/shell.in" {from_guest}<> "$dir/shell.out" {to_monitor}<> "$dir/monitor.in"
# guest COMMAND: one line for its shell.
guest() {
    local line
    printf '%s\n' "$*" >&"$to_guest"
    while IFS= read -rt 60 line <&"$from_guest"; do
        case $line in
        $'\036'*) return "${line#?}" ;;
        *) printf '%s\n' "$line" ;;
        esac
    done
    fail "the guest does not answer to: $*; $(tail -5 "$dir/console")"
}
monitor() { printf '%s\n' "$*" >&"$to_monitor"; }
weirctl() { guest weirctl "$@"; }
step() { echo "  $1 ($SECONDS s)"; }

"$here/guest" "$build" "$dir/initramfs" "$here/init" "$dir/weir.conf"
cards=()
for side in wan:1 lan:2; do
    n=${side#*:}
    cards+=(-device "pcie-root-port,id=slot$n,chassis=$n,slot=$n,addr=0x1$n"
        -netdev "tap,id=net$n,ifname=tap-${side%:*},script=no,downscript=no"
        -device "$card,id=${side%:*},netdev=net$n,bus=slot$n,mac=02:00:00:00:00:0$n$options")
done
start_on switch qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 3 -m 1024 \
    -machine q35,kernel-irqchip=split -device intel-iommu,intremap=on,caching-mode=on \
    -nodefaults -display none -no-reboot -kernel "$build/cards/vmlinuz" -initrd "$dir/initramfs" \
    -append "console=ttyS0 panic=-1 intel_iommu=on hugepages=150 driver=$driver" \
    -chardev "file,id=log,path=$dir/weir.log,append=on" -monitor "pipe:$dir/monitor" \
    -serial "file:$dir/console" -serial "pipe:$dir/shell" -serial chardev:log \
    "${cards[@]}" > "$dir/qemu.log" 2>&1
guest_is_ready() { IFS= read -rt 120 line <&"$from_guest" && [ "$line" = $'\0360' ]; }
guest_is_ready || fail "the guest does not start: $(tail -5 "$dir/qemu.log" "$dir/console")"
step "the guest is up"
start_guest_weir() {
    : > "$dir/weir.log"
    guest "weir --config /weir.conf > /dev/ttyS2 2>&1 & echo \$! > /run/pid" # on the third serial port
    wait_for 60 grep -q 'weir .* runs' "$dir/weir.log" || fail "weir does not start: $(cat "$dir/weir.log")"
}
# The guest's processors are emulated: on a busy machine it takes its time.
guest_logged() { wait_for 30 grep -qE -- "$1" "$dir/weir.log" || fail "not in the log: $1"; }
link_is() { weirctl status --json | jq -e ".ports[] | select(.name == \"$1\").link == $2"; }
fetch() { on client curl -gsS --max-time 10 "$@"; }
weir_ended() { guest "[ ! -e /proc/\$(cat /run/pid)/exe ]"; }
knows() { ip -n "$lab-client" neigh show "$1" dev eth0 | grep -q 02:00:00:00:00:01; }
serves() { [ "$(fetch "http://$2/")" = "$1" ]; }
done_with() { row+=" ✓ |"; step "$1"; }
row="| $kind |"

start_guest_weir
wait_for 30 link_is wan true && wait_for 30 link_is lan true || fail "no link: $(weirctl status)"
step "weir runs, with links"
wait_for 30 knows $vip || fail "the VIPs are not announced once the link is up"
done_with "announced"

for way in "nat 192.0.2.101" "nat [2001:db8::101]" "dr $vip" "dr [$vip6]"; do
    wait_for 30 serves $way || fail "$way: got '$(fetch "http://${way#* }/" 2>&1)'"
done
done_with "DR and NAT, IPv4 and IPv6"

on client ping -c1 -W5 203.0.113.1 > /dev/null || fail "the tagged port does not answer"
wait_for 30 serves nat 203.0.113.101 || fail "no service on the tagged port"
done_with "a tagged port"

# The request fills one frame, the path of the file comes in pieces of this size.
on client ping -c1 -W5 -M do -s 8972 192.0.2.2 > /dev/null || fail "the twin has no jumbo frames"
for at in 192.0.2.101 [2001:db8::101] $vip [$vip6]; do
    fetch -o /dev/null -H "X-Long: $(printf %07000d 0)" "http://$at/" || fail "$at: no jumbo frames"
done
[ "$(fetch -o /dev/null -w '%{size_download}' http://192.0.2.101/big)" = 20000000 ] || fail "a large file breaks off"
done_with "jumbo frames"

monitor set_link wan off
guest_logged 'port wan: link is down'
ip -n "$lab-client" neigh flush dev eth0
monitor set_link wan on
wait_for 30 link_is wan true || fail "the link does not come back"
wait_for 30 knows $vip || fail "the VIPs are not announced when the link comes back"
wait_for 30 serves dr $vip || fail "no service when the link is back"
done_with "link down and up"
expect_books

# The kernel asks for a card, and waits until weir gives it back.
guest "echo 0000:02:00.0 > /sys/bus/pci/drivers/$driver/unbind" # returns when the card is free
guest_logged 'device 0000:02:00.0 is closed'
guest_logged 'port lan: link is down'
weirctl status > /dev/null || fail "weir has ended with its card"
guest "echo 0000:02:00.0 > /sys/bus/pci/drivers_probe"
guest_logged 'device 0000:02:00.0 is back: weir must start again'
wait_for 10 weir_ended || fail "weir does not start again for a card that is back"
start_guest_weir
wait_for 30 serves nat 192.0.2.101 || fail "no service with the card that is back"
done_with "a card unbound and bound again"

monitor device_del wan
wait_for 30 guest "[ ! -e /sys/bus/pci/devices/0000:01:00.0 ]" || fail "weir keeps a card that is pulled"
log_says 'port wan: link is down'
wait_for 30 link_is lan true || fail "port lan went with a card that is not its own"
guest "kill \$(cat /run/pid)"
wait_for 10 weir_ended || fail "weir does not end without its card"
done_with "a card pulled"

printf '%s\n' "$row"
grep -qxF "$row" "$here/../../docs/cards.md" || fail "docs/cards.md has no such row"
