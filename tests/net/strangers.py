"""Sends to a VIP what strangers send, from sources that are not their own, until it is killed.

  strangers.py syn VIP PORT [RATE]     SYNs, each from another address and port, RATE a second or all it can
  strangers.py pair VIP PORT COUNT     so many pairs of a SYN and an ACK of nothing, then ends
  strangers.py reset VIP PORT SOURCE SOURCEPORT     one reset with a sequence number of its own, then ends
  strangers.py fragment VIP            later fragments whose first never comes

Sources are of 203.0.113.0/24 and 2001:db8:f::/64. It says once a second how many.
"""
import random
import socket
import struct
import sys
import time

SYN, RST, ACK = 2, 4, 16


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Way:
    """To a VIP, with any source."""

    def __init__(self, vip):
        self.v6 = ":" in vip
        self.family = socket.AF_INET6 if self.v6 else socket.AF_INET
        self.vip = vip
        self.to = socket.inet_pton(self.family, vip)
        self.out = socket.socket(self.family, socket.SOCK_RAW, socket.IPPROTO_RAW)  # with the header

    def stranger(self):
        if self.v6:
            return socket.inet_pton(self.family, "2001:db8:f::")[:8] + random.randbytes(8)
        return bytes([203, 0, 113, random.randrange(1, 255)])

    def send(self, packet):
        try:
            self.out.sendto(packet, (self.vip, 0))
            return 1
        except OSError:  # no room
            return 0

    def tcp(self, source, source_port, port, flags, sequence=None, acknowledged=0):
        if sequence is None:
            sequence = random.getrandbits(32)
        segment = struct.pack("!HHIIBBHHH", source_port, port, sequence, acknowledged, 5 << 4, flags, 65535, 0, 0)
        pseudo = source + self.to + (struct.pack("!II", 20, 6) if self.v6 else struct.pack("!HH", 6, 20))
        segment = segment[:16] + struct.pack("!H", checksum(pseudo + segment)) + segment[18:]
        return self.send(self.head(source, 6, 20) + segment)

    def head(self, source, proto, length):
        if self.v6:
            return struct.pack("!IHBB", 6 << 28, length, proto, 64) + source + self.to
        return struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, random.getrandbits(16), 0, 64, proto, 0) + source + self.to

    def fragment(self, data=b"x" * 1400):
        source = self.stranger()
        if self.v6:
            body = struct.pack("!BBHI", 17, 0, 1400 | 1, random.getrandbits(32)) + data
            return self.send(self.head(source, 44, len(body)) + body)
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data), random.getrandbits(16), 1 << 13 | 175, 64, 17, 0)
        return self.send(head + source + self.to + data)


def repeat(one, rate=None):
    """One after the other, for ever; says once a second how many."""
    began, sent, said = time.monotonic(), 0, time.monotonic() + 1
    total = 0
    while True:
        sent += one()
        total += 1
        now = time.monotonic() if total % 16 == 0 or rate else 0
        if rate and began + total / rate > now:
            time.sleep(began + total / rate - now)
        if now >= said:
            print(sent, flush=True)
            said, sent = now + 1, 0


def main(kind, vip, *rest):
    way = Way(vip)
    numbers = [int(word) for word in rest if word.isdigit()]
    port = numbers[0] if numbers else 0

    def any_port():
        return random.randrange(1024, 65536)

    if kind == "syn":
        repeat(lambda: way.tcp(way.stranger(), any_port(), port, SYN), numbers[1] if len(numbers) > 1 else None)
    elif kind == "pair":
        for _ in range(numbers[1]):
            source, source_port, sequence = way.stranger(), any_port(), random.getrandbits(31)
            way.tcp(source, source_port, port, SYN, sequence)
            way.tcp(source, source_port, port, ACK, sequence + 1, random.getrandbits(32))
            time.sleep(0.0005)
    elif kind == "reset":
        way.tcp(socket.inet_pton(way.family, rest[1]), int(rest[2]), port, RST)
    elif kind == "fragment":
        repeat(way.fragment)


if __name__ == "__main__":
    main(*sys.argv[1:])
