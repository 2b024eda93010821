"""The two directors behind one face: services as values, and what each shows of itself."""

import json
import os
import re
import subprocess
from dataclasses import dataclass, replace

from hosts import Host

VIP, VIP6 = "192.0.2.100", "2001:db8::100"
MORE_VIPS, MORE_VIPS6 = "192.0.2.128/26", "2001:db8::d:0/112"


@dataclass(frozen=True)
class Server:
    name: str  # "s1"; "x1": a host the play is itself, on s1's wire
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
    outer_v6: bool | None = None  # the servers' family where a tunnel has another one
    encap: str = "ipip"  # of a tunnel: "ipip", "gre"
    persistence: int = 0
    mask: str = ""  # of the persistence: "255.255.255.0", "64"
    at: str = ""  # the virtual address, if another one: of MORE_VIPS
    one_packet: bool = False
    udp_timeout: int = 300
    expire_nodest: bool = False
    expire_quiescent: bool = False
    conn_reuse: bool = True

    @property
    def name(self):
        return f"{self.protocol}{self.port}{'v6' if self.v6 else ''}"

    @property
    def vip(self):
        return self.at or (VIP6 if self.v6 else VIP)

    @property
    def listen(self):
        return joined(self.vip, self.port)

    def address(self, server):
        host = {"s": "1", "x": "2"}[server.name[0]] + server.name[1:]
        v6 = self.v6 if self.outer_v6 is None else self.outer_v6
        return f"2001:db8:1::{host}" if v6 else f"198.51.100.{host}"

    def where(self, server):
        return joined(self.address(server), server.port or self.port)

    def without(self, name):
        return replace(self, servers=tuple(s for s in self.servers if s.name != name))

    def with_server(self, name, **changes):
        """The same service, one server changed."""
        return replace(self, servers=tuple(replace(s, **changes) if s.name == name else s for s in self.servers))


def joined(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def seconds(left):
    """As the lists show it: 14:59."""
    return int(left[:-3]) * 60 + int(left[-2:])


def block(listed, service):
    """The lines of a list about one service and its servers."""
    found = re.search(rf"^(?:TCP|UDP|SCTP) +{re.escape(service.listen)} .*\n(?:  ->.*\n?)*", listed, re.MULTILINE)
    return found.group(0).splitlines()


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
        self._services, self._wide = {}, []

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
        self.tell(f"ip addr add {VIP}/32 dev vec0 && ip addr add {VIP6}/128 dev vec0 nodad && "
                  f"ip route add local {MORE_VIPS} dev vec0 && ip route add local {MORE_VIPS6} dev vec0")

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
            lines.append(f"-{'E' if old else 'A'} {self._at(service)} -s {service.scheduler}{self._flags(service)}"
                         f"{self._persistence(service)}{' -o' if service.one_packet else ''}")
            known = {s.name: s for s in old.servers} if old else {}
            names = {s.name for s in service.servers}
            lines += [f"-d {self._at(service)} -r {old.where(s)}" for s in known.values() if s.name not in names]
            for server in reversed(service.servers):
                if server != known.get(server.name):
                    letter = "e" if server.name in known else "a"
                    lines.append(f"-{letter} {self._at(service)} -r {service.where(server)} "
                                 f"-{ {'nat': 'm', 'tun': 'i', 'dr': 'g'}[service.forward]} -w {server.weight} "
                                 f"-x {server.upper} -y {server.lower}"
                                 f"{f' --tun-type {service.encap}' if service.forward == 'tun' else ''}")
        # Few processes, they are what takes time in a user-mode Linux; but its console takes 4 KiB at once.
        for n in range(0, len(lines), 30):
            self.tell("printf '%s\\n' " + " ".join(f"'{line}'" for line in lines[n:n + 30]) + " | ipvsadm -R")
        # What is a service's in weir is the whole system's here.
        wide = [f"ipvsadm --set 0 0 {min((s.udp_timeout for s in services), default=300)}"]
        for key, of in ("expire_nodest_conn", "expire_nodest"), ("expire_quiescent_template", "expire_quiescent"):
            wide.append(f"echo {int(any(getattr(s, of) for s in services))} > /proc/sys/net/ipv4/vs/{key}")
        wide.append(f"echo {int(all(s.conn_reuse for s in services))} > /proc/sys/net/ipv4/vs/conn_reuse_mode")
        for command in wide:
            if command not in self._wide:
                self.tell(command)
        self._wide = wide

    def begin_anew(self, service):
        """Makes the scheduler forget that its servers came one after the other."""
        self.tell(f"ipvsadm -E {self._at(service)} -s {'lc' if service.scheduler == 'rr' else 'rr'} && "
                  f"ipvsadm -E {self._at(service)} -s {service.scheduler}{self._flags(service)}")

    @staticmethod
    def _at(service):
        return f"{ {'tcp': '-t', 'udp': '-u', 'sctp': '--sctp-service'}[service.protocol]} {service.listen}"

    @staticmethod
    def _flags(service):
        flags = ",".join(f"{service.scheduler}-{o}" for o in service.options)
        return f" -b {flags}" if flags else ""

    @staticmethod
    def _persistence(service):
        mask = f" -M {service.mask}" if service.mask else ""
        return f" -p {service.persistence}{mask}" if service.persistence else ""

    def route(self, network, gateway):
        """Clients or servers behind a host of the lab."""
        self.tell(f"ip route add {network} via {gateway}")

    def neighbour(self, address, mac):
        """A host on the servers' link that answers no questions."""
        self.tell(f"ip neigh replace {address} lladdr {mac} dev vec1")

    def list(self, *options):
        return without_head(self.tell(f"ipvsadm -Ln {' '.join(options)}"))

    def connections(self):
        return without_head(self.tell("ipvsadm -Lnc"))

    def states(self, service):
        """(client port, state, seconds left) of each connection; without a process, so often."""
        rows = (line.split() for line in self.tell('echo "$(</proc/net/ip_vs_conn)"').splitlines()[1:])
        return sorted((int(r[2], 16), r[7], int(r[8])) for r in rows if int(r[4], 16) == service.port)


class Weir:
    kind = "weir"

    def __init__(self, lab, folder, build):
        self._space, self._folder, self._build = f"{lab}-director", folder, build
        with open(f"{folder}/head.conf", encoding="ascii") as head:
            self._head = head.read()

    def set_up(self):
        pass

    def ctl(self, *arguments):
        done = subprocess.run([f"{self._build}/src/weirctl/weirctl", "--run-dir", f"{self._folder}/run", *arguments],
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
                file.write(f"[service {s.name}]\nlisten = {s.listen}/{s.protocol}\nforward = {s.forward}"
                           f"{f' encap={s.encap}' if s.encap != 'ipip' else ''}\n"
                           f"scheduler = {' '.join((s.scheduler, *s.options))}\n")
                if s.persistence:
                    mask = f" {'prefix' if s.v6 else 'mask'}={s.mask}" if s.mask else ""
                    file.write(f"persistence = {s.persistence}{mask}\n")
                for key in "expire_nodest", "expire_quiescent":
                    if getattr(s, key):
                        file.write(f"{key.replace('_', '-')} = yes\n")
                if s.one_packet:
                    file.write("one-packet = yes\n")
                if not s.conn_reuse:
                    file.write("conn-reuse = no\n")
                # As LVS has them; docs/lvs.md says why weir's are shorter.
                file.write(f"timeout = tcp-syn-recv=60 udp-one-way=300 udp={s.udp_timeout}\n")
                for server in s.servers:
                    where = s.where(server) if server.port else s.address(server)
                    file.write(f"server = {where} weight={server.weight} upper={server.upper} lower={server.lower}\n")
        self.ctl("reload")

    def begin_anew(self, service):
        pass

    def _ip(self, *arguments):
        subprocess.run(["ip", "-n", self._space, *arguments], check=True)

    def route(self, network, gateway):
        self._ip("route", "add", network, "via", gateway)

    def neighbour(self, address, mac):
        self._ip("neigh", "replace", address, "lladdr", mac, "dev", "weir-lan")

    def list(self, *options):
        """Without removed services, which LVS does not show."""
        services = json.loads(self.ctl("list", "--json"))["services"]
        ends = [listener.rsplit("/", 1) for s in services if s["removed"] for listener in s["listen"]]
        removed = tuple(f"{protocol.upper():<4} {where} " for where, protocol in ends)
        kept, skip = [], False
        for line in without_head(self.ctl("list", *options)).splitlines(keepends=True):
            skip = line.startswith(removed) if not line.startswith(" ") else skip
            if not skip:
                kept.append(line)
        return "".join(kept)

    def connections(self):
        return without_head(self.ctl("connections"))

    def states(self, service):
        rows = (line.split() for line in self.connections().splitlines() if f" {service.listen} " in line)
        return sorted((int(r[3].rsplit(":", 1)[1]), r[2], seconds(r[1])) for r in rows)
