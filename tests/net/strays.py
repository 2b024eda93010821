"""Sends packets that no service wants, and counts the rounds that packets make.

  strays.py send SOURCE DESTINATION            one packet of each kind, TTL 255
  strays.py count INTERFACE FILE               writes how many of them passed, by kind, until it ends

A packet of ours carries the mark and its kind as text.
"""
import collections
import re
import signal
import socket
import struct
import sys

MARK = b"a stray: "
KINDS = {"gre": 47, "esp": 50, "vrrp": 112, "nothing": 59, "icmp": None, "error": None, "ipip": None}
IPV6_HOP_LIMIT = 255


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def icmp(v6, type_, code, body, source, destination):
    body += b"\0" * (len(body) % 2)
    head = struct.pack("!BBHI", type_, code, 0, 0)
    pseudo = b""
    if v6:
        pseudo = (socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, destination)
                  + struct.pack("!II", len(head + body), 58))
    return struct.pack("!BBHI", type_, code, checksum(pseudo + head + body), 0) + body


def send(source, destination):
    v6 = ":" in destination
    family = socket.AF_INET6 if v6 else socket.AF_INET
    for kind, proto in KINDS.items():
        text = MARK + kind.encode() + b";"
        if kind == "icmp":
            proto = 58 if v6 else 1
            text = icmp(v6, 139 if v6 else 13, 0, text, source, destination)
        elif kind == "error":
            proto = 58 if v6 else 1
            text = icmp(v6, 1 if v6 else 3, 1, text, source, destination)
        elif kind == "ipip":
            proto = 41 if v6 else 4
        out = socket.socket(family, socket.SOCK_RAW, proto)
        if v6:
            out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, IPV6_HOP_LIMIT)
        else:
            out.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
        out.bind((source, 0))
        out.sendto(text, (destination, 0))


def count(interface, path):
    """ICMP quotes of our packets do not count, what leaves does."""
    taken = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
    taken.bind((interface, 0))
    seen = collections.Counter()

    def end(*_):
        with open(path, "w") as out:
            for kind in KINDS:
                print(kind, seen[kind], file=out)
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    print("ready", flush=True)
    while True:
        frame = taken.recv(65535)
        found = re.search(re.escape(MARK) + rb"(\w+);", frame)
        if found is None:
            continue
        v6 = frame[12:14] == b"\x86\xdd"
        proto, at = (frame[20], 54) if v6 else (frame[23], 34)
        # Our errors have nothing before the mark; those about our packets quote an IP header.
        if proto == (58 if v6 else 1) and frame[at + 8:at + 8 + len(MARK)] != MARK:
            continue
        seen[found.group(1).decode()] += 1


if __name__ == "__main__":
    {"send": send, "count": count}[sys.argv[1]](*sys.argv[2:])
