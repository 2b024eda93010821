#!/usr/bin/env python3
"""Holds connections to a web server open, and says how many still live.

    hold.py URL-HOST PORT COUNT OUTPUT

Asks once on each connection, then writes "open COUNT" to OUTPUT. At SIGUSR1 it asks again on each and
writes "alive COUNT" of those that answered. Ends at SIGTERM.
"""
import signal
import socket
import sys

host, port, count, output = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
signals = {signal.SIGUSR1, signal.SIGTERM}
signal.pthread_sigmask(signal.SIG_BLOCK, signals)


def ask(connection):
    try:
        connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer or len(answer.split(b"\r\n\r\n", 1)[1]) < 3:
            piece = connection.recv(4096)
            if not piece:
                return False
            answer += piece
        return answer.startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def say(what, number):
    with open(output, "w", encoding="ascii") as f:
        f.write(f"{what} {number}\n")


connections = [socket.create_connection((host, port), timeout=15) for _ in range(count)]
say("open", sum(map(ask, connections)))
while signal.sigwait(signals) == signal.SIGUSR1:
    say("alive", sum(map(ask, connections)))
