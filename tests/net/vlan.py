"""A VLAN interface for kernels without one: `vlan.py INTERFACE ID` makes the TAP interface `vlan`, whose
frames travel tagged over INTERFACE. The kernel takes tags out of what packet sockets see and tells
them apart (packet(7), PACKET_AUXDATA)."""

import fcntl
import os
import select
import socket
import struct
import subprocess
import sys

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000
SOL_PACKET, PACKET_AUXDATA, TP_STATUS_VLAN_VALID = 263, 8, 1 << 4

interface, tag = sys.argv[1], int(sys.argv[2])
tap = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", b"vlan", IFF_TAP | IFF_NO_PI))
mtu = open(f"/sys/class/net/{interface}/mtu").read().strip()
subprocess.run(["ip", "link", "set", "vlan", "mtu", mtu, "up"], check=True)
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind((interface, 0))
wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
subprocess.run(["ip", "link", "set", interface, "promisc", "on"], check=True)
print("ready", flush=True)
while True:
    for ready in select.select([tap, wire], [], [])[0]:
        if ready is tap:
            frame = os.read(tap, 65536)
            wire.send(frame[:12] + struct.pack("!HH", 0x8100, tag) + frame[12:])
            continue
        frame, notes, _, source = wire.recvmsg(65536, 256)
        if source[2] == socket.PACKET_OUTGOING:
            continue
        for level, kind, data in notes:
            status, _, _, _, _, tci, _ = struct.unpack_from("IIIHHHH", data)
            if kind == PACKET_AUXDATA and status & TP_STATUS_VLAN_VALID and tci & 0xFFF == tag:
                os.write(tap, frame)
