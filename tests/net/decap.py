"""Takes the outer headers off tunnel packets for this host, as ipip, sit, ip6tnl, gre and ip6gre devices would:
raw sockets for each outer family and protocol, and a TUN device the inner packets come out of."""

import fcntl
import os
import select
import socket
import struct
import subprocess

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000

tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", b"decap", IFF_TUN | IFF_NO_PI))
subprocess.run(["ip", "link", "set", "decap", "up"], check=True)
subprocess.run(["sysctl", "-qw", "net.ipv4.conf.decap.rp_filter=0"], check=True)

GRE = 47
GRE_HEADERS = {b"\0\0\x08\0": 4, b"\0\0\x86\xdd": 6}  # the inner version by the whole header; others are not taken

sockets = {}
for family in (socket.AF_INET, socket.AF_INET6):
    for protocol in (4, 41, GRE):
        s = socket.socket(family, socket.SOCK_RAW, protocol)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        sockets[s] = family, protocol
print("ready", flush=True)
while True:
    for s in select.select(list(sockets), [], [])[0]:
        packet = s.recv(65536)
        family, protocol = sockets[s]
        # IPv4 raw sockets give the outer header too, IPv6 ones do not.
        inner = packet[(packet[0] & 15) * 4:] if family == socket.AF_INET else packet
        if protocol == GRE:
            version = GRE_HEADERS.get(inner[:4])
            inner = inner[4:]
            if not inner or inner[0] >> 4 != version:
                continue
        os.write(tun, inner)
