"""Takes the outer header off IP-in-IP packets for this host, as ipip, sit and ip6tnl devices would:
raw sockets for each outer family and inner protocol, and a TUN device the inner packets come out of."""

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

sockets = {}
for family in (socket.AF_INET, socket.AF_INET6):
    for protocol in (4, 41):
        s = socket.socket(family, socket.SOCK_RAW, protocol)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        sockets[s] = family
print("ready", flush=True)
while True:
    for s in select.select(list(sockets), [], [])[0]:
        packet = s.recv(65536)
        # IPv4 raw sockets give the outer header too, IPv6 ones do not.
        start = (packet[0] & 15) * 4 if sockets[s] == socket.AF_INET else 0
        os.write(tun, packet[start:])
