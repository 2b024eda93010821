"""Where many clients go, and what a change does to them: hashes and their options; and what the counters say.
The play is all clients and all servers itself."""

import re
from collections import Counter

from directors import Server, block
from frames import ACK, FIN, SYN, TCP, UDP, ip, tcp, udp
from pair import run
from stage import CLIENT, SERVER, THREE, ends, on_stage

FROM = re.compile(r"([0-9a-f.:]+) > ")
PORT = re.compile(r"udp (\d+) > ")


def placed(stage, service, sources, ports):
    """Server by (source address, source port), of datagrams; many at a time, as answers take their time."""
    _, vip = ends(service)
    clients = [(source, port) for source in sources for port in ports]
    where = {}
    for n in range(0, len(clients), 40):
        lines = stage.from_client(*(ip(source, vip, UDP, udp(source, vip, (port, service.port), b"1")) for source, port in clients[n:n + 40]))
        for first, second in zip(lines, lines[1:]):
            if (client := FROM.search(first)) and (port := PORT.search(second)):
                to = SERVER.search(first)
                where[client.group(1), int(port.group(1))] = "x" + to.group(1) if to else "refused"
    return {client: where.get(client, "nowhere") for client in clients}


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
    """100 clients, each with two ports: an address stays with its server, servers get what their weight says."""
    servers = tuple(Server(s.name, w) for s, w in zip(THREE, weights))
    service = stage.one(servers, protocol="udp", scheduler=scheduler, **more)
    where = placed(stage, service, addresses(service, 100), (5001, 5002))
    one_each = all(where[a, 5001] == where[a, 5002] for a, _ in where)
    said = shares(where, {s.name: s.weight for s in servers})
    return [f"{'one server for an address' if one_each else 'an address goes to several servers'}", *said]


@on_stage
def by_port(stage, scheduler, options, **more):
    """One client, 100 ports."""
    service = stage.one(THREE, protocol="udp", scheduler=scheduler, options=options, **more)
    return shares(placed(stage, service, [CLIENT], range(6001, 6101)), {"x1": 1, "x2": 1, "x3": 1}) if "port" in options else \
        [f"{len(set(placed(stage, service, [CLIENT], range(6001, 6101)).values()))} server"]


@on_stage
def quiesced(stage, scheduler, options, **change):
    """x1 takes no more: where do its clients go, and do the others stay?"""
    service = stage.one(THREE, protocol="udp", scheduler=scheduler, options=options)
    sources = addresses(service, 60)
    before = placed(stage, service, sources, [5001])
    stage.serve(service.with_server("x1", **change) if change else service.without("x1"))
    after = placed(stage, service, sources, [5002])
    stay = [after[a, 5002] == server for (a, _), server in before.items() if server != "x1"]
    moved = {after[a, 5002] for (a, _), server in before.items() if server == "x1"}
    named = "refused" if moved == {"refused"} else "spread over others" if moved == {"x2", "x3"} else str(sorted(moved))
    return [f"x1's clients: {named}", f"others' clients stay: {'all, or nearly' if sum(stay) >= len(stay) * 0.9 else 'few'}"]


@on_stage
def counted(stage, **more):
    """The counters of a connection, or of datagrams and fragments."""
    service = stage.one(**more)
    client, vip = ends(service)
    x1 = service.address(service.servers[0])
    ports = stage.world.client_port(), service.port
    if service.protocol == "udp":
        for size in 0, 10, 1000:
            stage.from_client(ip(client, vip, UDP, udp(client, vip, ports, bytes(size))))
            if service.forward == "nat":
                stage.from_server(ip(x1, client, UDP, udp(x1, client, ports[::-1], bytes(2 * size // 3))))
    else:
        for flags, size in (SYN, 0), (ACK, 0), (ACK, 500), (FIN | ACK, 0):
            stage.from_client(ip(client, vip, TCP, tcp(client, vip, ports, flags, data=bytes(size))))
            if service.forward == "nat":
                stage.from_server(ip(x1, client, TCP, tcp(x1, client, ports[::-1], flags | ACK, data=bytes(size * 2))))
    return lambda: block(stage.world.director.list("--stats"), service)


def scenes(pair):
    for scheduler in "sh", "mh":
        for v6 in False, True:
            pair.same(f"{scheduler}, 100 clients{', IPv6' if v6 else ''}", by_address, scheduler, v6=v6)
    pair.same("sh, weights 4, 2, 1", by_address, "sh", (4, 2, 1))
    pair.same("mh, weights 4, 2, 1", by_address, "mh", (4, 2, 1))
    for scheduler in "sh", "mh":
        pair.same(f"{scheduler}, 100 ports", by_port, scheduler, ())
        pair.same(f"{scheduler} port, 100 ports", by_port, scheduler, ("port",))
        for options in (), ("fallback",):
            words = " ".join((scheduler, *options))
            pair.same(f"{words}, weight 0", quiesced, scheduler, options, weight=0)
            pair.same(f"{words}, a server removed", quiesced, scheduler, options)
    for protocol in "tcp", "udp":
        for forward in "nat", "tun", "dr":
            pair.same(f"list --stats, {forward}, {protocol}", counted, forward=forward, protocol=protocol)
        pair.same(f"list --stats, nat, {protocol}, IPv6", counted, protocol=protocol, v6=True)


run(scenes)
