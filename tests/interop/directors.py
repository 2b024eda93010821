"""The two directors behind one face: services as values, and what each shows of itself."""

import os
import re
import subprocess
from dataclasses import dataclass, replace

from hosts import Host

VIP, VIP6 = "192.0.2.100", "2001:db8::100"


@dataclass(frozen=True)
class Server:
    name: str  # "s1"
    weight: int = 1
    upper: int = 0
    lower: int = 0
    port: int = 0  # 0: the service's


@dataclass(frozen=True)
class Service:
    port: int
    servers: tuple
    scheduler: str = "rr"
    options: tuple = ()  # of the scheduler: "port", "fallback"
    forward: str = "nat"
    protocol: str = "tcp"
    v6: bool = False

    @property
    def name(self):
        return f"{self.protocol}{self.port}{'v6' if self.v6 else ''}"

    @property
    def vip(self):
        return VIP6 if self.v6 else VIP

    @property
    def listen(self):
        return joined(self.vip, self.port)

    def address(self, server):
        number = server.name[1:]
        if self.v6:
            return f"2001:db8:1::1{number}"
        return f"198.51.100.1{number}"

    def where(self, server):
        return joined(self.address(server), server.port or self.port)

    def without(self, name):
        return replace(self, servers=tuple(s for s in self.servers if s.name != name))

    def with_server(self, name, **changes):
        """The same service, one server changed."""
        return replace(self, servers=tuple(replace(s, **changes) if s.name == name else s for s in self.servers))


def joined(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def without_head(text):
    return text.split("\n", 1)[1]


class Lvs:
    """The kernel's IPVS and Debian's ipvsadm, in a user-mode Linux on the taps lvs-wan and lvs-lan."""

    kind = "lvs"

    def __init__(self, lab, folder):
        init = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lvs_init.sh")
        command = ["linux.uml", "mem=192M", f"uml_dir={folder}/", "root=/dev/root", "rootfstype=hostfs",
                   "rootflags=/", "ro", f"init={init}", "con=null", "con0=fd:0,fd:1", "ssl=null", "quiet",
                   "loglevel=1"]
        command += [f"vec{n}:transport=tap,ifname=lvs-{tap},depth=128,gro=0" for n, tap in enumerate(["wan", "lan"])]
        with Host(lab, "switch").here():
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                             stderr=subprocess.DEVNULL)
        self._services = {}

    def set_up(self):
        self._answer("boot")
        self.tell("load -a ipv6 ip_vs ip_vs_rr ip_vs_wrr ip_vs_lc ip_vs_wlc ip_vs_sed ip_vs_nq ip_vs_fo ip_vs_ovf "
                  "ip_vs_sh ip_vs_dh ip_vs_mh ip_vs_lblc ip_vs_lblcr")
        self.tell("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.send_redirects=0 "
                  "net.ipv4.conf.default.send_redirects=0 net.ipv4.conf.vec0.send_redirects=0 "
                  "net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0")
        for n, net4, net6, own in (0, "192.0.2", "2001:db8:", 2), (1, "198.51.100", "2001:db8:1:", 1):
            self.tell(f"ip addr add {net4}.{own}/24 dev vec{n} && ip addr add {net6}:{own}/64 dev vec{n} nodad && "
                      f"ip link set vec{n} up")
        self.tell(f"ip addr add {VIP}/32 dev vec0 && ip addr add {VIP6}/128 dev vec0 nodad")

    def tell(self, command):
        """What a command prints; it must succeed."""
        self._process.stdin.write(command.encode() + b"\n")
        self._process.stdin.flush()
        return self._answer(command)

    def _answer(self, command):
        said = b""
        while not (end := re.search(rb"(?:^|\n?)\x1e(\d+)\r?\n$", said)):
            piece = self._process.stdout.readline()
            if not piece:
                raise RuntimeError(f"the LVS has ended: {said.decode(errors='replace')}")
            said += piece
        text = said[:end.start()].decode().replace("\r\n", "\n")
        if text and not text.endswith("\n"):
            text += "\n"
        if end.group(1) != b"0":
            raise RuntimeError(f"{command}: {text}")
        return text

    def end(self):
        self._process.kill()
        self._process.wait()

    def serve(self, *services):
        """Only these, with what they share with before left alone. LVS walks its servers newest first."""
        before, self._services = self._services, {s.name: s for s in services}
        lines = [f"-D {self._at(s)}" for s in before.values() if s.name not in self._services]
        for service in services:
            old = before.get(service.name)
            lines.append(f"-{'E' if old else 'A'} {self._at(service)} -s {service.scheduler}{self._flags(service)}")
            known = {s.name: s for s in old.servers} if old else {}
            names = {s.name for s in service.servers}
            lines += [f"-d {self._at(service)} -r {old.where(s)}" for s in known.values() if s.name not in names]
            for server in reversed(service.servers):
                if server != known.get(server.name):
                    letter = "e" if server.name in known else "a"
                    lines.append(f"-{letter} {self._at(service)} -r {service.where(server)} "
                                 f"-{ {'nat': 'm', 'tun': 'i', 'dr': 'g'}[service.forward]} -w {server.weight} "
                                 f"-x {server.upper} -y {server.lower}")
        self.tell("; ".join(f"ipvsadm {line} || exit_status=1" for line in lines) + '; [ -z "$exit_status" ]')

    def begin_anew(self, service):
        """Makes the scheduler forget that its servers came one after the other."""
        self.tell(f"ipvsadm -E {self._at(service)} -s {'lc' if service.scheduler == 'rr' else 'rr'} && "
                  f"ipvsadm -E {self._at(service)} -s {service.scheduler}{self._flags(service)}")

    @staticmethod
    def _at(service):
        return f"-{service.protocol[0]} {service.listen}"

    @staticmethod
    def _flags(service):
        flags = ",".join(f"{service.scheduler}-{o}" for o in service.options)
        return f" -b {flags}" if flags else ""

    def list(self, *options):
        return without_head(self.tell(f"ipvsadm -Ln {' '.join(options)}"))

    def connections(self):
        return without_head(self.tell("ipvsadm -Lnc"))


class Weir:
    kind = "weir"

    def __init__(self, folder, build):
        self._folder, self._build = folder, build
        with open(f"{folder}/head.conf", encoding="ascii") as head:
            self._head = head.read()

    def set_up(self):
        pass

    def ctl(self, *arguments):
        done = subprocess.run([f"{self._build}/tools/weirctl", "--run-dir", f"{self._folder}/run", *arguments],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"weirctl {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def end(self):
        pass

    def serve(self, *services):
        with open(f"{self._folder}/weir.conf", "w", encoding="ascii") as file:
            file.write(self._head)
            for s in services:
                file.write(f"[service {s.name}]\nlisten = {s.listen}/{s.protocol}\nforward = {s.forward}\n"
                           f"scheduler = {' '.join((s.scheduler, *s.options))}\n")
                for server in s.servers:
                    where = s.where(server) if server.port else s.address(server)
                    file.write(f"server = {where} weight={server.weight} upper={server.upper} lower={server.lower}\n")
        self.ctl("reload")

    def begin_anew(self, service):
        pass

    def list(self, *options):
        return without_head(self.ctl("list", *options))

    def connections(self):
        return without_head(self.ctl("connections"))
