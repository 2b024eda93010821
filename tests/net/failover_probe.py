#!/usr/bin/env python3
"""Asks for a VIP every few milliseconds, as a client does and as a switch sees it.

    failover_probe.py INTERFACE VIP OUTPUT [MILLISECONDS]

An echo request goes by Linux's own neighbour entry, so an announcement that is missing costs answers;
an ARP request goes to all, so two directors that both answer are seen. Writes a JSON object to OUTPUT
when it gets SIGTERM or SIGINT, after an empty OUTPUT.begun at the start: echo requests sent and lost, the longest time without an answer and
how often there was one, ARP requests that nobody answered (the longest run of them), or more than one
did.
"""
import json
import select
import signal
import socket
import struct
import sys
import time

interface, vip, output = sys.argv[1:4]
pause = float(sys.argv[4]) / 1000 if len(sys.argv) > 4 else 0.005

stop = False


def end(*_):
    global stop
    stop = True


for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, end)

arp = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
arp.bind((interface, 0))
arp.setblocking(False)
mac = arp.getsockname()[4]
own = socket.inet_aton(sys.argv[5]) if len(sys.argv) > 5 else socket.inet_aton("192.0.2.7")
question = (b"\xff" * 6 + mac + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
            + mac + own + b"\0" * 6 + socket.inet_aton(vip))

icmp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
icmp.setblocking(False)
identity = 0x7765


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


open(output + ".begun", "w").close()
sent, answered = [], {}
asked, holders = [], []  # of each ARP request: who answered until the next one


def read(deadline):
    while True:
        left = deadline - time.monotonic()
        ready = select.select([arp, icmp], [], [], max(left, 0))[0]
        for s in ready:
            try:
                data = s.recv(2048)
            except BlockingIOError:
                continue
            if s is arp:
                if len(data) >= 42 and data[20:22] == b"\0\2" and data[28:32] == socket.inet_aton(vip):
                    if holders:
                        holders[-1].add(data[22:28])
            elif len(data) >= 28 and data[20] == 0 and struct.unpack("!H", data[24:26])[0] == identity:
                n = struct.unpack("!I", data[28:32])[0]
                answered.setdefault(n, time.monotonic())
        if left <= 0:
            return


next_turn = time.monotonic()
while not stop:
    head = struct.pack("!BBHHH", 8, 0, 0, identity, 0) + struct.pack("!I", len(sent)) + b"weir"
    head = head[:2] + struct.pack("!H", checksum(head)) + head[4:]
    holders.append(set())
    try:
        icmp.sendto(head, (vip, 0))
    except OSError:
        pass  # Linux has found nobody there: it is lost
    sent.append(time.monotonic())
    arp.send(question)
    next_turn += pause
    if next_turn < time.monotonic() - pause:
        next_turn = time.monotonic()  # this machine was busy: do not hurry after it
    try:
        read(next_turn)
    except InterruptedError:
        pass
read(time.monotonic() + 0.05)

lost = [i for i in range(len(sent)) if i not in answered]
outages, run = [], []
for i in range(len(sent)):
    if i in answered:
        if run:
            outages.append(sent[i] - sent[run[0]])
        run = []
    else:
        run.append(i)
if run:
    outages.append(sent[-1] - sent[run[0]] + pause)
unheld, longest = 0, 0
for h in holders[:-1]:
    unheld = 0 if h else unheld + 1
    longest = max(longest, unheld)
with open(output, "w") as file:
    json.dump({
        "sent": len(sent), "lost": len(lost),
        "outage_ms": round(1000 * max(outages, default=0)), "outages": len(outages),
        "unheld_ms": round(1000 * longest * pause),
        "doubled": sum(len(h) > 1 for h in holders),
        "holders": sorted({m.hex(":") for h in holders for m in h}),
    }, file)
    file.write("\n")
