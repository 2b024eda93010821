#!/usr/bin/env bash
# A bond of two emulated cards: by LACP with Linux's bond driver, which the guest's kernel has on the other ends of both
# cables and bridges to the host's switch; then active-backup, on two ports of that bridge. Its last lines are rows of
# docs/cards.md.
kind=${1:-virtio}
. "$(dirname "$0")/machine.sh"

tap_end wan
tap_end lan
cable first
cable second
nic first 1 first0
nic lan 2 lan
nic second 3 second0
for end in 4:first1 5:second1 6:wan; do nic "linux${end%:*}" "${end%:*}" "${end#*:}" e1000; done
guest_configuration bond:lacp,0000:01:00.0,0000:03:00.0
boot_guest 0000:01:00.0,0000:02:00.0,0000:03:00.0

guest 'for m in tls bonding llc stp bridge e1000; do insmod /modules/$m.ko || break; done' || fail "the guest lacks a module"
guest "cd /sys/class/net/bond0/bonding && echo 802.3ad > mode && echo fast > lacp_rate && echo layer3+4 > xmit_hash_policy"
guest 'echo 50 > miimon; echo +eth0 > slaves; echo +eth1 > slaves; cd /'
bridged() { guest "brctl addif br0 $1; ip link set $1 mtu 9000 up"; }
guest 'brctl addbr br0; ip link set br0 up'
bridged bond0
bridged eth2

member() { weirctl status --json | jq -r ".ports[] | select(.name == \"wan\").members[] | select(.name == \"$1\").$2"; }
carries() { [ "$(member "$1" carries)" = "$2" ]; }
# What Linux's end says: both of its ports are in the aggregator that has weir as its partner.
linux_agrees() {
    guest 'cat /proc/net/bonding/bond0' | awk -v ports="$1" '
        /^\tNumber of ports:/ { n = $4 } /^\tPartner Mac Address: 02:00:00:00:00:01/ { ours = 1 }
        END { exit !(ours && n == ports) }'
}
begin() {
    row="| bond:$1 |"
    start_guest_weir
    wait_for 30 link_is wan true || fail "no link: $(weirctl status)"
}
# Whoever pulls cables: `first`, then both.
without() { monitor set_link "$1" off; }
with() { monitor set_link "$1" on; }
back_from_nothing() {
    without first
    without second
    guest_logged 'port wan: link is down'
    with first
    with second
    wait_for 30 link_is wan true || fail "the bond does not come back"
    expect_service
    done_with "links down and up"
}
pulled() {
    monitor device_del second
    guest_logged '0000:03:00.0 back, or it was pulled: weir closes it, and goes on with the other members'
    wait_for 30 guest "[ ! -e /sys/bus/pci/devices/0000:03:00.0 ]" || fail "weir keeps a card that is pulled"
    wait_for 30 carries 0000:01:00.0 true || fail "the other card does not carry packets"
    expect_service
    done_with "a card pulled"
}
plugged_in() {
    monitor device_add "$card$options,id=second,netdev=second0,bus=slot3,mac=02:00:00:00:00:03"
    wait_for 30 guest "[ -e /sys/bus/pci/devices/0000:03:00.0 ]" || fail "no card in the slot"
    guest "echo $driver > /sys/bus/pci/devices/0000:03:00.0/driver_override; echo 0000:03:00.0 > /sys/bus/pci/drivers_probe"
    guest_logged '0000:03:00.0 is back; the bond has it from the next start on'
}
stop_guest_weir() {
    expect_books
    guest "kill \$(cat /run/pid)"
    wait_for 10 weir_ended || fail "weir does not end: $(tail -5 "$dir/weir.log")"
    rows+=("$row")
}
rows=()

begin lacp
for c in 0000:01:00.0 0000:03:00.0; do wait_for 30 carries $c true || fail "$c does not carry packets"; done
wait_for 30 linux_agrees 2 || fail "Linux does not bond with weir: $(guest 'cat /proc/net/bonding/bond0')"
expect_whole_port
without first # Linux hears no more LACP there, and uses the other
guest_logged 'link of 0000:01:00.0 is down'
wait_for 30 linux_agrees 1 || fail "Linux uses a member without a link"
expect_service
with first
wait_for 30 carries 0000:01:00.0 true || fail "the member does not come back"
wait_for 30 linux_agrees 2 || fail "Linux does not take the member back"
back_from_nothing
pulled
plugged_in
stop_guest_weir

guest 'brctl delif br0 bond0; echo -eth0 > /sys/class/net/bond0/bonding/slaves; echo -eth1 > /sys/class/net/bond0/bonding/slaves'
bridged eth0
bridged eth1
guest "sed -i s/bond:lacp/bond:active-backup/ /weir.conf"
begin active-backup
carries 0000:01:00.0 true && carries 0000:03:00.0 false || fail "not one member carries packets: $(weirctl status)"
expect_whole_port
ip -n "$lab-client" neigh flush dev eth0
without first
wait_for 30 carries 0000:03:00.0 true || fail "the other member does not take over"
wait_for 10 knows $vip || fail "the switch does not hear where the VIPs are now"
expect_service
with first
wait_for 30 carries 0000:01:00.0 true || fail "the first member does not take over again"
back_from_nothing
pulled
stop_guest_weir

# A start without a card that is out; then the last one is pulled.
begin active-backup
log_says 'device 0000:03:00.0: was not found'
log_says 'the bond begins without it'
expect_service
monitor device_del first
guest_logged 'device bond:active-backup,0000:01:00.0,0000:03:00.0 is closed'
guest_logged 'port wan: link is down'
wait_for 30 guest "[ ! -e /sys/bus/pci/devices/0000:01:00.0 ]" || fail "weir keeps its last card when it is pulled"
link_is lan true > /dev/null || fail "weir has gone with its bond"
guest "kill \$(cat /run/pid)"
wait_for 10 weir_ended || fail "weir does not end without its bond"
step "a start with one card, and none left"

printf '%s\n' "${rows[@]}"
for row in "${rows[@]}"; do grep -qxF "$row" "$here/../../docs/cards.md" || fail "docs/cards.md has no row $row"; done
