# An emulated machine with PCI cards for weir, and what is around it. To be sourced, with their kind in $kind: say what
# cards it has (nic), write its configuration, boot it.
. "$(dirname "${BASH_SOURCE[0]}")/../net/lab.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# What nic() gives weir, and by which driver.
driver=vfio-pci options="" several_queues="" queues=""
iommu_of_machine=(-device "intel-iommu,intremap=on,caching-mode=on")
case $kind in
e1000|e1000e|vmxnet3) card=$kind ;;
virtio) card=virtio-net-pci options=,disable-legacy=on,iommu_platform=on ;;
virtio-rss) card=virtio-net-pci options=,disable-legacy=on,iommu_platform=on,mq=on,vectors=6,rss=on
    several_queues=multi_queue queues=,queues=2 ;;
e1000-uio) card=e1000 driver=uio_pci_generic iommu_of_machine=() ;;
virtio-uio) card=virtio-net-pci driver=uio_pci_generic options=,disable-modern=on,disable-legacy=off iommu_of_machine=() ;;
*) fail "no kind \`$kind\`" ;;
esac

# The cards' cables end on the switch. client and dr are on the wan side, nat on the lan side.
for host in switch client nat dr; do make_host $host; done
for side in wan lan; do
    make_switch $side
    ip -n "$lab-switch" tuntap add tap-$side mode tap $several_queues
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

# guest_configuration WAN-DEVICE: what weir does there.
guest_configuration() {
    cat > "$dir/weir.conf" <<END
[director]
control = 0
workers = 1,2
idle = adaptive
memory = 256
connections = 10000
[port wan]
device = $1
twin = weir-wan
mtu = 9000
address = 192.0.2.2/24
address = 2001:db8::2/64
[port tagged]
device = $1
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
}

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

guest_is_ready() { IFS= read -rt 120 line <&"$from_guest" && [ "$line" = $'\0360' ]; }
qemu=() cables=0
# tap_end wan|lan: an end of a cable to the host's switch.
tap_end() { qemu+=(-netdev "tap,id=$1,ifname=tap-$1,script=no,downscript=no$queues"); }
# cable NAME: its ends are NAME0 and NAME1.
cable() {
    cables=$((cables + 1))
    qemu+=(-netdev "hubport,id=${1}0,hubid=$cables" -netdev "hubport,id=${1}1,hubid=$cables")
}
# nic NAME BUS END [CARD]: a card, 0000:0BUS:00.0, with this end of a cable in it.
nic() {
    qemu+=(-device "pcie-root-port,id=slot$2,chassis=$2,slot=$2,addr=0x1$2"
        -device "${4:-$card$options},id=$1,netdev=$3,bus=slot$2,mac=02:00:00:00:00:0$2")
}
# boot_guest CARD,...: those that weir takes.
boot_guest() {
    "$here/guest" "$build" "$dir/initramfs" "$here/init" "$dir/weir.conf"
    start_on switch qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 3 -m 1024 \
        -machine q35,kernel-irqchip=split "${iommu_of_machine[@]}" \
        -nodefaults -display none -no-reboot -kernel "$build/cards/vmlinuz" -initrd "$dir/initramfs" \
        -append "console=ttyS0 panic=-1 intel_iommu=on hugepages=150 driver=$driver cards=$1" \
        -chardev "file,id=log,path=$dir/weir.log,append=on" -monitor "pipe:$dir/monitor" \
        -serial "file:$dir/console" -serial "pipe:$dir/shell" -serial chardev:log \
        "${qemu[@]}" > "$dir/qemu.log" 2>&1
    guest_is_ready || fail "the guest does not start: $(tail -5 "$dir/qemu.log" "$dir/console")"
    step "the guest is up"
}
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


# A client gets its answers: in DR and NAT, IPv4 and IPv6. No server was blamed for a link that was not there yet.
expect_service() {
    local way
    ! grep ':80 is down' "$dir/weir.log" || fail "a server was checked without a link"
    for way in "nat 192.0.2.101" "nat [2001:db8::101]" "dr $vip" "dr [$vip6]"; do
        wait_for 30 serves $way || fail "$way: got '$(fetch "http://${way#* }/" 2>&1)'"
    done
}
expect_tagged() {
    on client ping -c1 -W5 203.0.113.1 > /dev/null || fail "the tagged port does not answer"
    wait_for 30 serves nat 203.0.113.101 || fail "no service on the tagged port"
}
# The request fills one frame, the path of the file comes in pieces of this size.
expect_jumbo() {
    local at
    on client ping -c1 -W5 -M do -s 8972 192.0.2.2 > /dev/null || fail "the twin has no jumbo frames"
    for at in 192.0.2.101 [2001:db8::101] $vip [$vip6]; do
        fetch -o /dev/null -H "X-Long: $(printf %07000d 0)" "http://$at/" || fail "$at: no jumbo frames"
    done
    [ "$(fetch -o /dev/null -w '%{size_download}' http://192.0.2.101/big)" = 20000000 ] || fail "a large file breaks off"
}
# All that a port on the wan side does, each a column of the row.
expect_whole_port() {
    wait_for 30 knows $vip || fail "the VIPs are not announced once the link is up"
    done_with "announced"
    expect_service
    done_with "DR and NAT, IPv4 and IPv6"
    expect_tagged
    done_with "a tagged port"
    expect_jumbo
    done_with "jumbo frames"
}
