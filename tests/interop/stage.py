"""What the plays on single packets share: the wires of a client and of a real server, with the play at both
ends. The client is 203.0.113.7 behind the lab's client, the servers x1 to x3 are behind s1: no Linux of the lab has
these addresses, so none answers in between."""

import re

from directors import VIP, VIP6, Server, Service
from frames import ACK, ICMP, ICMPV6, SCTP, SENTINEL, SYN, TCP, UDP, Wire, icmp, ip, sctp, tcp, udp

CLIENT, CLIENT6 = "203.0.113.7", "2001:db8:7::7"
SENTINEL_PORT = 7999  # the port of a service whose packets say that what came before has passed
X1 = (Server("x1"),)
THREE = tuple(Server(f"x{n}") for n in (1, 2, 3))
SERVER = re.compile(r"> (?:198\.51\.100\.|2001:db8:1::)2(\d) ")


class Stage:
    def __init__(self, world):
        self.world, self.names, self._kept = world, {}, None
        director = world.director
        self.client = Wire(world.client, self.names, director.kind == "lvs")
        self.server = Wire(world.servers["s1"], self.names, director.kind == "lvs")
        director.route("203.0.113.0/24", "192.0.2.7")
        director.route("2001:db8:7::/64", "2001:db8::7")
        # weir answers for the VIPs of its services.
        self.serve(*(Service(SENTINEL_PORT - 1, THREE, v6=v6) for v6 in (False, True)))
        mac = ":".join(f"{b:02x}" for b in self.server.mac)
        for server in THREE:
            for v6 in False, True:
                director.neighbour(Service(1, (), v6=v6).address(server), mac)
        self.client.find_director("192.0.2.7", VIP, "director")
        self.server.find_director("198.51.100.11", "198.51.100.1", "director")
        # The directors, too, should know their neighbours.
        for wire, source, destination in (self.client, "192.0.2.7", VIP), (self.client, "2001:db8::7", VIP6):
            self._echoed(wire, source, destination, SENTINEL + b" of neighbours")
        self._marks = iter(range(1, 1 << 30))

    def serve(self, *services):
        self.world.director.serve(*services, Service(SENTINEL_PORT, X1, protocol="udp"))

    def one(self, servers=X1, **more):
        """One service alone, new."""
        self._kept = None
        service = Service(self.world.port(), servers, **more)
        self.serve(service)
        return service

    def kept(self, **more):
        """The same, but the one before if it was like this."""
        if self._kept is None or self._kept[0] != more:
            self._kept = more, self.one(**more)
        return self._kept[1]

    def from_client(self, *packets):
        """What leaves the director when these come from the client's side: towards the servers, the clients."""
        return self._exchange(self.client, packets)

    def from_server(self, *packets):
        return self._exchange(self.server, packets)

    def _exchange(self, wire, packets):
        for packet in packets:
            wire.send(packet)
        mark = SENTINEL + b" %08d" % next(self._marks)
        # What these get back says that what came before has passed. One after the other: within a burst weir
        # handles plain packets of connections first.
        towards_server = self._echoed(self.server, "198.51.100.11", "198.51.100.1", mark) if wire is self.server else []
        towards_client = self._echoed(self.client, "192.0.2.7", VIP, mark)
        last = ip("192.0.2.7", VIP, UDP, udp("192.0.2.7", VIP, (999, SENTINEL_PORT), mark))
        towards_server += self.server.until(mark, lambda: self.client.send(last))
        return towards_server + towards_client

    @staticmethod
    def _echoed(wire, source, destination, mark):
        """What comes before the director's answer to a ping with this in it."""
        v6 = ":" in source
        echo = ip(source, destination, ICMPV6 if v6 else ICMP, icmp(source, destination, 128 if v6 else 8, 0, 1, mark))
        return wire.until(mark, lambda: wire.send(echo))


def only(pattern, scenario):
    """What a scenario says, reduced to what matters."""
    def play(world, *arguments, **more):
        return " ".join(re.findall(pattern, "\n".join(scenario(world, *arguments, **more))))
    return play


def on_stage(scenario):
    """For Pair: the scenario is given the world's stage, which is made once."""
    def play(world, *arguments, **more):
        if not hasattr(world, "stage"):
            world.stage = Stage(world)
        return scenario(world.stage, *arguments, **more) or ["nothing"]
    return play


def apart_from(pattern, scenario):
    """What a scenario says, without what is known to differ."""
    def play(world, *arguments, **more):
        return [re.sub(pattern, "", line) for line in scenario(world, *arguments, **more)]
    return play


def ends(service):
    """The client's address and the VIP."""
    return (CLIENT6 if service.v6 else CLIENT), service.vip


def packet(service, source, destination, ports, kind):
    """Of the service's protocol. `kind`: TCP's flags, a chunk of SCTP or several; it does not matter to UDP."""
    if service.protocol == "tcp":
        return ip(source, destination, TCP, tcp(source, destination, ports, kind))
    if service.protocol == "sctp":
        return ip(source, destination, SCTP, sctp(ports, *(kind if isinstance(kind, tuple) else (kind,))))
    return ip(source, destination, UDP, udp(source, destination, ports, b"1"))


def opens(stage, service, port):
    """A client's connection, past all that weir and LVS judge differently in TCP: where its first packet went. By NAT
    its server answers the SYN; the client acknowledges twice."""
    client, vip = ends(service)
    ports = port, service.port
    to = went(stage.from_client(packet(service, client, vip, ports, SYN)))
    if service.protocol == "tcp" and to.startswith("x"):
        if service.forward == "nat":
            answers(stage, service, to, port)
        ack = packet(service, client, vip, ports, ACK)
        stage.from_client(ack, ack)
    return to


def answers(stage, service, name, port):
    """The server's SYN-ACK, by NAT."""
    server = next(s for s in service.servers if s.name == name)
    stage.from_server(packet(service, service.address(server), ends(service)[0], (server.port or service.port, port), SYN | ACK))


def went(said):
    """The server a packet went to; "refused" when the client was told that there is none."""
    for line in said:
        if line.startswith("director to s1") and (to := SERVER.search(line)):
            return "x" + to.group(1)
    return "refused" if any("icmp" in line for line in said) else "nowhere"
