"""Sends UDP to a host until it is killed: flood.py ADDRESS PORT. Says once a second how many."""
import socket
import sys
import time

out = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
out.connect((sys.argv[1], int(sys.argv[2])))
end = time.monotonic() + 1
sent = 0
while True:
    for _ in range(1000):
        try:
            out.send(b"x" * 18)
            sent += 1
        except OSError:  # port unreachable, no buffers
            pass
    if time.monotonic() >= end:
        print(sent, flush=True)
        end, sent = end + 1, 0
