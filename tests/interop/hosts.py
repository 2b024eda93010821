"""The hosts of a lab, as a play sees them: sockets opened in a host's network namespace stay there, so one
program can be the client and the real servers at once."""

import contextlib
import ctypes
import os
import select
import socket
import time

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def wait_until(true, what, seconds=10):
    """Waits for a condition; gives back what it gave."""
    end = time.monotonic() + seconds
    while not (got := true()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        select.select([], [], [], 0.01)
    return got


class Host:
    """A network namespace of a lab. Namespaces are a thread's own: two labs may be used by two threads."""

    def __init__(self, lab, name):
        self.name, self.space = name, f"{lab}-{name}"

    @contextlib.contextmanager
    def here(self):
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.space}", os.O_RDONLY)
        self._enter(there)
        try:
            yield
        finally:
            self._enter(before)
            os.close(before)
            os.close(there)

    @staticmethod
    def _enter(space):
        if libc.setns(space, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def new_socket(self, family, kind, protocol=0):
        with self.here():
            return socket.socket(family, kind, protocol)

    def udp(self, address="", port=0):
        s = self.new_socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((address, port))
        s.settimeout(10)
        return s
