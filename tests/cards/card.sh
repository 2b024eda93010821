#!/usr/bin/env bash
# weir on emulated PCI cards of one kind, in a machine of its own (QEMU without KVM), through the driver that real
# cards have there: tests/cards/card.sh e1000. Its last line is this kind's row of the matrix in docs/cards.md.
# Alone: an emulated machine has a CPU or two busy.
kind=${1:-e1000}
. "$(dirname "$0")/machine.sh"

tap_end wan
tap_end lan
nic wan 1 wan
nic lan 2 lan
guest_configuration 0000:01:00.0
boot_guest 0000:01:00.0,0000:02:00.0

row="| $kind |"
start_guest_weir
wait_for 30 link_is wan true && wait_for 30 link_is lan true || fail "no link: $(weirctl status)"
shows '^  offers [a-z, ()]+$' weirctl status || fail "status does not say what the card offers: $(weirctl status)"
case $kind in vmxnet3|virtio-rss) ! grep 'feed the others by software' "$dir/weir.log" || fail "a queue for two workers" ;; esac
step "weir runs, with links"
expect_whole_port

monitor set_link wan off
guest_logged 'port wan: link is down'
ip -n "$lab-client" neigh flush dev eth0
monitor set_link wan on
wait_for 30 link_is wan true || fail "the link does not come back"
wait_for 30 knows $vip || fail "the VIPs are not announced when the link comes back"
wait_for 30 serves dr $vip || fail "no service when the link is back"
done_with "link down and up"
expect_books

if [ $driver = uio_pci_generic ]; then
    # It asks nobody for a card: weir ends before it is unbound.
    guest "kill \$(cat /run/pid)"
    wait_for 10 weir_ended || fail "weir does not end"
    guest "echo 0000:02:00.0 > /sys/bus/pci/drivers/$driver/unbind"
    guest "echo 0000:02:00.0 > /sys/bus/pci/drivers_probe"
    start_guest_weir
    wait_for 30 serves nat 192.0.2.101 || fail "no service with a card that was away"
    row+=" – | – |"
else
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
fi

printf '%s\n' "$row"
grep -qxF "$row" "$here/../../docs/cards.md" || fail "docs/cards.md has no such row"
