"""Holds weir against LVS: a scenario is played in both labs, each in a thread, and the outcomes are compared.

A scenario is a function of a World, and what it returns is its outcome. What comes later than the last packet a
scenario sees (a connection's end, ipvsadm's counters every 2 s) must not be read once: such a scenario returns, or
yields, a function. The pair calls it again and again until the outcomes are what they must be, at most PATIENCE
seconds; one that yields then goes on, to end what it began."""

import inspect
import os
import re
import signal
import socket
import sys
import threading
import time
import traceback

from directors import Lvs, Weir
from hosts import Host

PATIENCE = 20  # seconds

class World:
    """A director, its client and its real servers."""

    def __init__(self, director, lab):
        self.director = director
        self.client = Host(lab, "client")
        self.servers = {name: Host(lab, name) for name in ("s1", "s2", "s3")}
        self._ports = iter(range(8001, 8200))
        self._client_ports = iter(range(40001, 60000))

    def port(self):
        """A port no scenario has used; the web servers listen there."""
        return next(self._ports)

    def client_port(self):
        return next(self._client_ports)

    def connect(self, service, source=None):
        return Connection(self, service, source)

    def order(self, service, count, source=None):
        """Which servers answer, one connection after the other."""
        names = []
        for _ in range(count):
            with self.connect(service, source) as c:
                names.append(c.ask())
        return " ".join(names)


class Connection:
    """A client's connection to the web; `ask` tells which server it is with."""

    def __init__(self, world, service, source=None):
        self.port = world.client_port()
        self.socket = world.client.new_socket(socket.AF_INET6 if service.v6 else socket.AF_INET, socket.SOCK_STREAM)
        self.socket.settimeout(10)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((source or ("2001:db8::7" if service.v6 else "192.0.2.7"), self.port))
        self.refused = False
        try:
            self.socket.connect((service.vip, service.port))
        except ConnectionRefusedError:
            self.refused = True

    def ask(self):
        if self.refused:
            return "-"
        try:
            self.socket.sendall(b"GET / HTTP/1.1\r\nHost: weir\r\n\r\n")
        except ConnectionRefusedError:  # the word of it came late
            return "-"
        said = b""
        while not (whole := re.search(rb"\r\n\r\n(s\d)\n$", said)):
            piece = self.socket.recv(65536)
            if not piece:
                return "closed"
            said += piece
        return whole.group(1).decode()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Pair:
    """The two worlds and the count of what was compared."""

    def __init__(self):
        lvs_lab, weir_lab, folder, build, *word = sys.argv[1:]
        self._word = " ".join(word)  # compares only what has it in its name
        if not can_trace():
            print("skipped: a user-mode Linux cannot run here, ptrace is refused")
            sys.exit(77)
        with open(os.path.join(os.path.dirname(__file__), "../../docs/lvs.md"), encoding="utf-8") as page:
            self._page = page.read()
        self._worlds = (World(Lvs(lvs_lab, folder), lvs_lab), World(Weir(weir_lab, folder, build), weir_lab))
        self._equal = self._on_purpose = 0
        self._wrong = []  # what is to be said of them
        for world in self._worlds:
            world.director.set_up()

    def same(self, what, scenario, *arguments, **more):
        if self._word not in what:
            return
        lvs, weir = self._play(lambda world: scenario(world, *arguments, **more), lambda lvs, weir: lvs == weir)
        if lvs == weir:
            self._equal += 1
            many = isinstance(lvs, (list, tuple)) and len(lvs) > 8
            print(f"  equal    {what}: {f'{len(lvs)} lines' if many else shown(lvs)}", flush=True)
        else:
            self._fail(what, lvs, weir)

    def differs(self, what, scenario, *arguments, lvs, weir, **more):
        """A difference that docs/lvs.md explains, in these words."""
        if self._word not in what:
            return
        got = self._play(lambda world: scenario(world, *arguments, **more), lambda *both: both == (lvs, weir))
        if got != (lvs, weir):
            self._fail(what, *got, f"wanted LVS: {shown(lvs)}, weir: {shown(weir)}")
        elif what not in self._page:
            self._fail(what, *got, "docs/lvs.md does not say so")
        else:
            self._on_purpose += 1
            print(f"  differs  {what}: LVS {shown(lvs)}, weir {shown(weir)}", flush=True)

    def _fail(self, what, lvs, weir, why="not equal"):
        self._wrong.append(f"  WRONG    {what}: {why}\n    LVS:  {shown(lvs, '          ')}\n    weir: {shown(weir, '          ')}")
        print(f"  WRONG    {what}: see the end", flush=True)

    def _play(self, scenario, right):
        """The outcomes of both worlds; read again while they are not right and can change."""
        outcomes = self._in_both(lambda n: scenario(self._worlds[n]))
        unfinished = [o if inspect.isgenerator(o) else None for o in outcomes]
        reads = self._in_both(lambda n: next(unfinished[n]) if unfinished[n] else outcomes[n])
        end = time.monotonic() + PATIENCE
        while True:
            read = tuple(self._in_both(lambda n: reads[n]() if callable(reads[n]) else reads[n]))
            if right(*read) or not any(map(callable, reads)) or time.monotonic() > end:
                break
        self._in_both(lambda n: next(unfinished[n], None) if unfinished[n] else None)
        return read

    def _in_both(self, step):
        """What a step gives in each world, in a thread each; what it raises counts as an outcome."""
        given = [None, None]

        def one(n):
            try:
                given[n] = step(n)
            except Exception:  # pylint: disable=broad-except
                given[n] = f"{self._worlds[n].director.kind}: {traceback.format_exc()}"

        threads = [threading.Thread(target=one, args=(n,)) for n in (0, 1)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        return given

    def close(self):
        for world in self._worlds:
            world.director.end()
        total = self._equal + self._on_purpose + len(self._wrong)
        wrong = f", {len(self._wrong)} WRONG" if self._wrong else ""
        for said in self._wrong:
            print(said)
        print(f"{total} comparisons, {self._equal} equal, {self._on_purpose} differ on purpose{wrong}")
        if total == 0:
            print(f"nothing has '{self._word}' in its name")
        return 1 if self._wrong or total == 0 else 0


def shown(outcome, indent="           "):
    text = outcome if isinstance(outcome, str) else "\n".join(map(str, outcome)) if isinstance(outcome, (list, tuple)) else str(outcome)
    return text.rstrip("\n").replace("\n", "\n" + indent)


def can_trace():
    """May this process trace a child, as a user-mode Linux must?"""
    child = os.fork()
    if child == 0:
        import ctypes  # pylint: disable=import-outside-toplevel
        refused = ctypes.CDLL(None).ptrace(0, 0, 0, 0)
        if refused == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(1)
    _, status = os.waitpid(child, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        return False
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def run(scenes):
    """A play: `scenes` is given the pair."""
    pair = Pair()
    try:
        scenes(pair)
    finally:
        status = pair.close()
    sys.exit(status)
