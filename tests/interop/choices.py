"""Where many clients go, and what a change does to them: hashes and their options; and what the counters say.
The play is all clients and all servers itself."""

import re
from collections import Counter

from directors import Server, Service, block
from frames import (ACK, COOKIE_ECHO, DATA_CHUNK, DF, FIN, ICMP, ICMPV6, INIT, MF, SCTP, SHUTDOWN, SYN, TCP, UDP, icmp, ip, sctp, tcp,
                    udp)
from pair import run
from stage import CLIENT, SERVER, THREE, X1, ends, on_stage, opens, packet

FROM = re.compile(r"([0-9a-f.:]+) > ")
PORT = re.compile(r"udp (\d+) > ")


def placed(stage, service, sources, ports):
    """Server by (source address, source port), of datagrams."""
    return scattered(stage, [(service, source, port) for source in sources for port in ports])


def scattered(stage, clients):
    """The same of a datagram each of (service, source address, source port); many at a time, as answers take time."""
    where = {}
    for n in range(0, len(clients), 40):
        packets = (packet(service, source, service.vip, (port, service.port), None) for service, source, port in clients[n:n + 40])
        lines = stage.from_client(*packets)
        for line, following in zip(lines, lines[1:]):
            if line.startswith("director to"):
                to = SERVER.search(line)
            if (client := FROM.search(line)) and (port := PORT.search(following)):
                where[client.group(1), int(port.group(1))] = "x" + to.group(1) if to else "refused"
    return {(source, port): where.get((source, port), "nowhere") for _, source, port in clients}


def addresses(service, count):
    return [f"2001:db8:7::{n:x}" if service.v6 else f"203.0.113.{n}" for n in range(10, 10 + count)]


def shares(where, weights):
    """Is each server's share of the clients near its weight's?"""
    got = Counter(where.values())
    said = []
    for name, weight in weights.items():
        share = len(where) * weight / sum(weights.values())
        said.append(f"{name}: " + ("its share" if share / 2 <= got[name] <= share * 2 else f"{got[name]} of {len(where)}"))
    return said


@on_stage
def by_address(stage, scheduler, weights=(1, 1, 1), **more):
    """100 clients, each with two ports: an address stays with its server, servers get what their weight says. The hash
    of sh is LVS's: there each has the very same server."""
    servers = tuple(Server(s.name, w) for s, w in zip(THREE, weights))
    service = stage.one(servers, protocol="udp", scheduler=scheduler, **more)
    where = placed(stage, service, addresses(service, 100), (5001, 5002))
    one_each = all(where[a, 5001] == where[a, 5002] for a, _ in where)
    said = [f"{'one server for an address' if one_each else 'an address goes to several servers'}"]
    return said + (each(where) if scheduler == "sh" else shares(where, {s.name: s.weight for s in servers}))


def each(where):
    """Who has which server."""
    return [f"{address} {port}: {server}" for (address, port), server in where.items()]


@on_stage
def by_destination(stage, **more):
    """dh at 24 addresses: the server of each, with all servers, one at weight 0, and one removed."""
    v6 = more.get("v6")
    services = [Service(stage.world.port(), THREE, "dh", protocol="udp", at=f"2001:db8::d:{n:x}" if v6 else f"192.0.2.{128 + n}", **more)
                for n in range(1, 25)]
    said = []
    for port, change in (5000, lambda s: s), (5100, lambda s: s.with_server("x1", weight=0)), (5200, lambda s: s.without("x2")):
        changed = [change(s) for s in services]
        stage.serve(*changed)
        said += each(scattered(stage, [(s, ends(s)[0], port + n) for n, s in enumerate(changed)]))
    return said


@on_stage
def by_port(stage, scheduler, options, **more):
    """One client, 100 ports."""
    service = stage.one(THREE, protocol="udp", scheduler=scheduler, options=options, **more)
    where = placed(stage, service, [CLIENT], range(6001, 6101))
    if scheduler == "sh":
        return each(where)
    return shares(where, {"x1": 1, "x2": 1, "x3": 1}) if "port" in options else [f"{len(set(where.values()))} server"]


@on_stage
def quiesced(stage, scheduler, options, **change):
    """x1 takes no more: where do its clients go, and do the others stay?"""
    service = stage.one(THREE, protocol="udp", scheduler=scheduler, options=options)
    sources = addresses(service, 60)
    before = placed(stage, service, sources, [5001])
    stage.serve(service.with_server("x1", **change) if change else service.without("x1"))
    after = placed(stage, service, sources, [5002])
    if scheduler == "sh":
        return each(after)
    stay = [after[a, 5002] == server for (a, _), server in before.items() if server != "x1"]
    moved = {after[a, 5002] for (a, _), server in before.items() if server == "x1"}
    named = "refused" if moved == {"refused"} else "spread over others" if moved == {"x2", "x3"} else str(sorted(moved))
    return [f"x1's clients: {named}", f"others' clients stay: {'all, or nearly' if sum(stay) >= len(stay) * 0.9 else 'few'}"]


def figures(stage, *services):
    """What --stats says, in the end."""
    def read():
        listed = stage.world.director.list("--stats")
        return [line for service in services for line in block(listed, service)]
    return read


@on_stage
def counted(stage, **more):
    """The counters of connections of all protocols, and of ICMP errors about them."""
    services = [Service(stage.world.port(), X1, protocol=protocol, v6=v6, **more) for protocol in ("tcp", "udp", "sctp") for v6 in (False, True)]
    stage.serve(*services)
    for service in services:
        converse(stage, service)
    return figures(stage, *services)


def converse(stage, service):
    """A connection's packets, both ways through NAT."""
    client, vip = ends(service)
    x1 = service.address(service.servers[0])
    ports = stage.world.client_port(), service.port

    def exchange(forth, back):
        stage.from_client(forth)
        if service.forward == "nat":
            stage.from_server(back)

    if service.protocol == "udp":
        for size in 0, 10, 1000:
            exchange(ip(client, vip, UDP, udp(client, vip, ports, bytes(size))), ip(x1, client, UDP, udp(x1, client, ports[::-1], bytes(2 * size // 3))))
    elif service.protocol == "sctp":
        for kind, size in (INIT, 20), (COOKIE_ECHO, 200), (DATA_CHUNK, 33), (SHUTDOWN, 0):
            exchange(ip(client, vip, SCTP, sctp(ports, kind, data=bytes(size))), ip(x1, client, SCTP, sctp(ports[::-1], DATA_CHUNK, data=bytes(size * 3))))
    else:
        for flags, size in (SYN, 0), (ACK, 0), (ACK, 500), (FIN | ACK, 0):
            exchange(ip(client, vip, TCP, tcp(client, vip, ports, flags, data=bytes(size))),
                     ip(x1, client, TCP, tcp(x1, client, ports[::-1], flags | ACK, data=bytes(size * 2))))
    if service.v6:  # LVS drops what the server has to say
        stage.from_client(unreachable(client, vip, packet(service, vip, client, ports[::-1], ACK)))
    else:
        exchange(unreachable(client, vip, packet(service, vip, client, ports[::-1], ACK)), unreachable(x1, client, packet(service, client, x1, ports, ACK)))


def unreachable(source, destination, about):
    """An ICMP error: the port is unreachable."""
    if ":" in source:
        return ip(source, destination, ICMPV6, icmp(source, destination, 1, 4, 0, about))
    return ip(source, destination, ICMP, icmp(source, destination, 3, 3, 0, about))


@on_stage
def counted_of_many(stage, **more):
    """Of three servers, two with thresholds; connections that are refused, and packets of none."""
    service = stage.one((Server("x1", 1, 3), Server("x2", 2, 2), Server("x3", 1, 1)), **more)
    client, vip = ends(service)
    for _ in range(8):
        ports = stage.world.client_port(), service.port
        opens(stage, service, ports[0])
        stage.from_client(packet(service, client, vip, ports, ACK))
    return figures(stage, service)


@on_stage
def counted_when_dropped(stage, **more):
    """A connection's packets that the director does not send on: a last hop, and one too large."""
    service = stage.one(protocol="udp", **more)
    client, vip = ends(service)
    ports = stage.world.client_port(), service.port
    stage.from_client(ip(client, vip, UDP, udp(client, vip, ports)))
    stage.from_client(ip(client, vip, UDP, udp(client, vip, ports), ttl=1))
    stage.from_client(ip(client, vip, UDP, udp(client, vip, ports, bytes(1460)), fragment=DF))
    return figures(stage, service)


@on_stage
def counted_pieces(stage):
    """A datagram in two fragments."""
    service = stage.one(protocol="udp")
    client, vip = ends(service)
    whole = udp(client, vip, (stage.world.client_port(), service.port), bytes(1592))
    stage.from_client(ip(client, vip, UDP, whole[:800], fragment=MF), ip(client, vip, UDP, whole[800:], fragment=100))
    return figures(stage, service)


def numbers(scenario):
    """Conns, packets and bytes of the server."""
    def play(world, *arguments, **more):
        read = scenario(world, *arguments, **more)
        return lambda: " ".join(read()[1].split()[2:])
    return play


def scenes(pair):
    for scheduler in "sh", "mh":
        pair.same(f"{scheduler}, 100 clients", by_address, scheduler)
        pair.same(f"{scheduler}, 100 clients, IPv6, tun", by_address, scheduler, v6=True, forward="tun")
    pair.same("sh, weights 4, 2, 1", by_address, "sh", (4, 2, 1))
    pair.same("mh, weights 4, 2, 1", by_address, "mh", (4, 2, 1))
    for scheduler in "sh", "mh":
        pair.same(f"{scheduler}, 100 ports", by_port, scheduler, ())
        pair.same(f"{scheduler} port, 100 ports", by_port, scheduler, ("port",))
        for options in (), ("fallback",):
            words = " ".join((scheduler, *options))
            pair.same(f"{words}, weight 0", quiesced, scheduler, options, weight=0)
            pair.same(f"{words}, a server removed", quiesced, scheduler, options)
    pair.same("dh, 24 addresses", by_destination)
    pair.same("dh, 24 addresses, IPv6, tun", by_destination, v6=True, forward="tun")
    count(pair)


def count(pair):
    for forward in "nat", "tun", "dr":
        pair.same(f"list --stats, {forward}, all protocols", counted, forward=forward)
    for forward in "nat", "tun":
        pair.same(f"list --stats, {forward}, three servers", counted_of_many, forward=forward)
        pair.same(f"list --stats, {forward}, one-packet", counted_of_many, forward=forward, protocol="udp", one_packet=True)
        pair.same(f"list --stats, {forward}, persistence", counted_of_many, forward=forward, persistence=300)
    pair.differs("Packets count when weir sends them", numbers(counted_when_dropped), forward="tun", lvs="1 3 2 1544 632", weir="1 1 0 28 0")
    pair.differs("weir forwards and counts fragments one by one", numbers(counted_pieces), lvs="1 1 0 1620 0", weir="1 2 0 1640 0")


run(scenes)
