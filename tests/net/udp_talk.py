#!/usr/bin/env python3
"""Datagrams back and forth.

    udp_talk.py serve ADDRESS PORT NAME              answers each with NAME
    udp_talk.py ask ADDRESS PORT FROM-PORT COUNT     asks from that port, one after another; prints the answers
"""
import socket
import sys

what, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
talk = socket.socket(family, socket.SOCK_DGRAM)
if what == "serve":
    talk.bind((address, port))
    while True:
        _, client = talk.recvfrom(2048)
        talk.sendto(sys.argv[4].encode(), client)
talk.bind(("", int(sys.argv[4])))
talk.settimeout(1)
answers = []
for _ in range(int(sys.argv[5])):
    try:
        talk.sendto(b"?", (address, port))
        answers.append(talk.recv(2048).decode())
    except OSError:
        answers.append("-")
print(*answers)
