"""One tagged TCP SYN out of an interface: `tag.py INTERFACE VLAN MAC SOURCE DESTINATION PORT`."""

import socket
import struct
import sys

interface, vlan, mac, source, destination, port = sys.argv[1:]


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


ends = socket.inet_aton(source) + socket.inet_aton(destination)
tcp = struct.pack("!HHIIBBHHH", 40000, int(port), 1, 0, 5 << 4, 2, 1024, 0, 0)
tcp = tcp[:16] + struct.pack("!H", checksum(ends + struct.pack("!HH", 6, len(tcp)) + tcp)) + tcp[18:]
ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + ends
ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind((interface, 0))
own = wire.getsockname()[4]
wire.send(bytes.fromhex(mac.replace(":", "")) + own + struct.pack("!HHH", 0x8100, int(vlan), 0x0800) + ip + tcp)
