"""Real clients and servers through TUN and DR, where servers answer past the director: curl, one request after the
other and in packets as large as the path takes, and wrk, many at once. Who answers, and does the director count what
the client sent?"""

import re
import socket
import struct
import subprocess
from collections import Counter
from ipaddress import ip_address

from directors import Server, Service, block, joined
from frames import TCP
from pair import run

EQUAL = tuple(Server(n) for n in ("s1", "s2", "s3"))
WEIGHTED = (Server("s1", 3), Server("s2", 2), Server("s3", 1))
SO_RCVBUFFORCE, SOL_PACKET, PACKET_STATISTICS = 33, 263, 6


class Sent:
    """The TCP packets a host sends, and their bytes, by destination; counted on its wire."""

    def __init__(self, host):
        self._packets, self._bytes = Counter(), Counter()
        self._socket = host.new_socket(socket.AF_PACKET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
        self._socket.setblocking(False)
        with host.here():
            self._socket.bind(("eth0", 3))

    def to(self, service):
        try:
            while True:
                packet, (_, _, kind, *_) = self._socket.recvfrom(64)
                if kind == socket.PACKET_OUTGOING:
                    self._add(packet)
        except BlockingIOError:
            pass
        if lost := struct.unpack("II", self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]:
            raise RuntimeError(f"{lost} packets were not counted")
        return self._packets[service.listen], self._bytes[service.listen]

    def _add(self, packet):
        v6 = packet[0] >> 4 == 6
        proto, length, address, ports = (packet[6], 40 + int.from_bytes(packet[4:6], "big"), packet[24:40], packet[40:44]) if v6 else (
            packet[9], int.from_bytes(packet[2:4], "big"), packet[16:20], packet[20:24])
        if proto == TCP:
            to = joined(str(ip_address(address)), int.from_bytes(ports[2:], "big"))
            self._packets[to] += 1
            self._bytes[to] += length


def on(host, *command):
    """What a program prints there."""
    with host.here():
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def curl(world, service, *words):
    """Which server answers."""
    return on(world.client, "curl", "-gsS", "--max-time", "10", *words, f"http://{service.listen}/").strip()


def one_by_one(world, service):
    return " ".join(curl(world, service) for _ in range(12))


def large(world, service):
    """In full packets. Of the first ones the client learns from the director what the path takes."""
    headers = [word for n in range(3) for word in ("-H", f"X-{n}: {'x' * 7000}")]
    return " ".join(curl(world, service, *headers) for _ in range(3))


def many_at_once(world, service):
    """A second of wrk, which sees whether anybody is there before it begins."""
    said = on(world.client, "wrk", "-t1", "-c8", "-d1s", f"http://{service.listen}/")
    wrong = re.findall(r".*(?:errors|Non-2xx).*", said)
    return "answered" if re.search(r"[1-9]\d* requests in", said) and not wrong else said


VISITS = (("the first large requests", "rr", EQUAL, large), ("large requests", "rr", EQUAL, large), ("rr", "rr", EQUAL, one_by_one),
          ("wrr 3, 2, 1", "wrr", WEIGHTED, one_by_one), ("wrk", "rr", EQUAL, many_at_once))


def visited(world, **more):
    """Who answers each kind of client; the connections of the service and of each server; and what is counted of them
    where it is not what the client sent. What the path does not take is counted by LVS alone, so not the first ones."""
    services = [Service(world.port(), servers, scheduler, **more) for _, scheduler, servers, _ in VISITS]
    world.director.serve(*services)
    for service in services:
        world.director.begin_anew(service)
    sent = Sent(world.client)
    answers = [visit(world, service) for service, (*_, visit) in zip(services, VISITS)]

    def read():
        listed, said = world.director.list("--stats"), []
        for service, (what, *_), answer in zip(services, VISITS, answers):
            lines = [line.split() for line in block(listed, service)]
            said.append(f"{what}: {answer}; connections {' '.join(line[2] for line in lines)}")
            counted = int(lines[0][3]), int(lines[0][5])
            if counted != sent.to(service) and "first" not in what:
                said.append(f"  packets and bytes {counted}, sent {sent.to(service)}")
        return said

    return read


def scenes(pair):
    for forward in "tun", "dr":
        for v6 in False, True:
            pair.same(f"real clients, {forward}, IPv{6 if v6 else 4}", visited, forward=forward, v6=v6)


run(scenes)
