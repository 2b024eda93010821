"""What changes and time do to connections: thresholds and the way back, persistence and its end, servers taken
out, weights of 0, clients that begin anew. The play is all clients and all servers itself."""

import re

from directors import Server, Service, block, joined, seconds
from frames import ABORT, ACK, FIN, INIT, RST, SYN
from hosts import wait_until
from pair import run
from stage import CLIENT, THREE, answers, ends, on_stage, opens, packet, went

LASTS = 4  # seconds; of what is to end for want of packets


@on_stage
def threshold(stage, upper, lower):
    """Connections come until their server is full, and go: from when on does it take new ones?"""
    service = stage.one((Server("x1", 1, upper, lower),), protocol="tcp")
    said = [opens(stage, service, stage.world.client_port()) for _ in range(upper + 2)]
    return said + [line.replace(" overloaded", "").rstrip() for line in block(stage.world.director.list("--thresholds"), service)]


@on_stage
def half_open(stage):
    """SYNs alone at a server that may have two connections."""
    service = stage.one((Server("x1", 1, 2),))
    client, vip = ends(service)
    return [" ".join(went(stage.from_client(packet(service, client, vip, (stage.world.client_port(), service.port), SYN))) for _ in range(3))]


@on_stage
def way_back(stage, limits):
    """Servers fill up, each of a service of its own. Then their connections end one by one: with how many left do
    they take another? `limits`: upper and lower threshold and the way of forwarding."""
    services = [Service(stage.world.port(), (Server("x1", 1, upper, lower),), protocol="udp", udp_timeout=LASTS, forward=forward)
                for upper, lower, forward in limits]
    stage.serve(*services)

    def speak(ports):
        """From these client ports, by service. How many go on?"""
        said = stage.from_client(*(packet(s, *ends(s), (port, s.port), None) for s, its in zip(services, ports) for port in its))
        went_on = {int(port) for line in said if "quoting" not in line for port in re.findall(r"udp (\d+) > ", line)}
        return [f"{len(went_on.intersection(its))} of {len(its)}" for its in ports]

    def more(count):
        return [[stage.world.client_port() for _ in range(count)] for _ in services]

    def left(kept):
        """Whoever is kept says so; how many has each server?"""
        speak([ports[:kept] for ports in known])
        listed = stage.world.director.list("--thresholds")
        return [int(block(listed, service)[1].split()[5]) for service in services]

    known = [ports[:upper] for ports, (upper, _, _) in zip(more(4), limits)]
    said = ["the first: " + ", ".join(speak(known)), "when full: " + ", ".join(speak(more(1)))]
    for kept in 3, 2, 1, 0:
        wait_until(lambda n=kept: left(n) == [min(n, upper) for upper, _, _ in limits], f"connections to be {kept}", 30)
        said.append(f"{kept} left: " + ", ".join(speak(more(1))))
    return said + ["full again: " + ", ".join(speak(more(5)))]


@on_stage
def persistent_mask(stage, mask, **more):
    """Clients of two networks; rr shows whether the second of a network was scheduled."""
    service = stage.one(THREE, protocol="udp", scheduler="rr", persistence=300, mask=mask, **more)
    _, vip = ends(service)
    sources = (["2001:db8:7::1", "2001:db8:7::2", "2001:db8:7:0:1::", "2001:db8:7:1::1"] if service.v6
               else ["203.0.113.10", "203.0.113.20", "203.0.113.130", "203.0.113.140"])
    return [went(stage.from_client(packet(service, s, vip, (5001, service.port), None))) for s in sources]


@on_stage
def persistent_at_zero(stage, expire_quiescent):
    """A remembered server's weight becomes 0."""
    service = stage.one(THREE, protocol="udp", scheduler="rr", persistence=300, expire_quiescent=expire_quiescent)
    _, vip = ends(service)

    def speak():
        return went(stage.from_client(packet(service, CLIENT, vip, (stage.world.client_port(), service.port), None)))

    first = speak()
    stage.serve(service.with_server(first, weight=0))
    second = speak()
    stage.serve(service.without(first))
    third = speak()
    return ["at weight 0: " + ("the same" if second == first else "another"), "removed: " + ("the same" if third == first else "another")]


def memory(stage, service):
    """The seconds left of each persistence template, and its state."""
    rows = (line.split() for line in stage.world.director.connections().splitlines() if f" {service.listen} " in line)
    return [(seconds(left), state) for _, left, state, source, *_ in rows if source.endswith(":0")]


@on_stage
def runs_out(stage):
    """Persistence of networks of clients: each new connection renews it; with no more of them it ends."""
    more = {"protocol": "udp", "persistence": 2 * LASTS, "udp_timeout": 1}
    services = [Service(stage.world.port(), THREE, mask="255.255.255.128", **more),
                Service(stage.world.port(), THREE, mask="64", v6=True, forward="tun", **more)]
    near = [("203.0.113.10", "203.0.113.20"), ("2001:db8:7::1", "2001:db8:7::2")]
    stage.serve(*services)

    def speak(n):
        return [went(stage.from_client(packet(s, clients[n % 2], s.vip, (stage.world.client_port(), s.port), None)))
                for s, clients in zip(services, near)]

    said = []
    for n in range(4):
        said += speak(n)
        wait_until(lambda: all(left <= 2 * LASTS - 2 for s in services for left, _ in memory(stage, s)), "seconds to pass")
    wait_until(lambda: not any(memory(stage, s) for s in services), "the end of persistence", 30)
    return said + ["then:", *speak(0)]


@on_stage
def lives_on(stage, **more):
    """Persistence while a connection is open: a minute more each time, and a new connection renews it."""
    service = stage.one(THREE, scheduler="rr", persistence=LASTS, **more)
    client, vip = ends(service)
    port = stage.world.client_port(), service.port

    def remembered():
        (left, state), = memory(stage, service)
        return f"{state}, {'a minute' if left > 50 else 'its time' if left <= LASTS else left}"

    said = [opens(stage, service, port[0])]
    wait_until(lambda: any(left > LASTS for left, _ in memory(stage, service)), "a minute more")
    said.append(remembered())
    said.append(went(stage.from_client(packet(service, client, vip, (stage.world.client_port(), service.port), SYN))))
    return said + [remembered()]


@on_stage
def all_ports(stage, **more):
    """A service of all ports: the connections of a client go to one server, whatever the port; and what is remembered."""
    service = Service(0, THREE, scheduler="rr", persistence=300, **more)
    stage.serve(service)
    clients = ("2001:db8:7::1", "2001:db8:7::2") if service.v6 else ("203.0.113.10", "203.0.113.20")
    said = []
    for n, port in (0, 5001), (0, 5002), (1, 5001), (0, 5003), (1, 5003):
        ports = stage.world.client_port(), port
        said.append(went(stage.from_client(packet(service, clients[n], service.vip, ports, SYN))))
    rows = (line.split() for line in stage.world.director.connections().splitlines())
    mine = {joined(service.vip, port) for port in (0, 5001, 5002, 5003)}
    return said + sorted(f"{state} {source} {virtual} {server}" for _, _, state, source, virtual, server in rows if virtual in mine)


@on_stage
def taken_out(stage, expire_nodest, **more):
    """A known connection's server is removed, then comes back."""
    service = stage.one(THREE, scheduler="rr", expire_nodest=expire_nodest, **more)
    client, vip = ends(service)
    port = stage.world.client_port()

    def speak(flags):
        return went(stage.from_client(packet(service, client, vip, (port, service.port), flags)))

    first = speak(SYN)
    speak(ACK)
    stage.serve(service.without(first))

    def named(server):
        return "the same" if server == first else "another" if server[0] == "x" else server

    said = ["removed: " + named(speak(ACK)), "once more: " + named(speak(ACK)), "SYN: " + named(speak(SYN))]
    stage.serve(service)
    return said + ["back: " + named(speak(ACK))]


@on_stage
def begins_again(stage, packets, expire_nodest=False, quiesced=False, **more):
    """A client's packets, then one that begins a connection, with the same ports: where to? rr shows whether it was
    scheduled. `quiesced`: its server has weight 0 by then."""
    service = stage.one(THREE, scheduler="rr", expire_nodest=expire_nodest, **more)
    client, vip = ends(service)
    ports = stage.world.client_port(), service.port

    def speak(kind):
        return went(stage.from_client(packet(service, client, vip, ports, kind)))

    first, *rest = packets
    said = [speak(first)]
    if first == SYN and service.forward == "nat":
        answers(stage, service, said[0], ports[0])
    said += [speak(kind) for kind in rest]
    if quiesced:
        stage.serve(service.with_server(said[0], weight=0))
    said.append("anew: " + speak(first))
    return [" ".join(said)]


def scenes(pair):
    pair.same("upper threshold 4, lower 2", threshold, 4, 2)
    pair.same("upper threshold 4", threshold, 4, 0)
    pair.differs("A half-open connection gives its place at the upper threshold", half_open, lvs=["x1 x1 refused"], weir=["x1 x1 x1"])
    pair.same("the way back below the thresholds", way_back,
              [(4, 2, "nat"), (4, 0, "nat"), (4, 4, "nat"), (4, 1, "nat"), (4, 3, "tun"), (4, 0, "tun"), (1, 0, "nat"), (2, 1, "tun")])
    pair.same("persistence by /25", persistent_mask, "255.255.255.128")
    pair.same("persistence by /64, IPv6", persistent_mask, "64", v6=True)
    for expire in False, True:
        pair.same(f"persistence at weight 0{', expire-quiescent' if expire else ''}", persistent_at_zero, expire)
    pair.same("persistence by /25, and by /64 of IPv6 in tunnels, runs out", runs_out)
    pair.same("all ports", all_ports)
    pair.same("all ports, IPv6, tun", all_ports, v6=True, forward="tun")
    for forward in "nat", "tun":
        pair.differs("A new connection renews persistence for its full time", lives_on, forward=forward,
                     lvs=["x1", "ASSURED, a minute", "x1", "ASSURED, a minute"], weir=["x1", "ASSURED, a minute", "x1", "ASSURED, its time"])
        for protocol in "tcp", "udp":
            pair.same(f"a server removed, expire-nodest, {protocol}, {forward}", taken_out, True, protocol=protocol, forward=forward)
            begun = "the same" if protocol == "udp" else "another"
            pair.differs("Connections of a removed server go on", taken_out, False, protocol=protocol, forward=forward,
                         lvs=["removed: nowhere", "once more: nowhere", "SYN: nowhere", "back: the same"],
                         weir=["removed: the same", "once more: the same", f"SYN: {begun}", f"back: {begun}"])
    for forward in "nat", "tun":
        for words, packets in (("open", [SYN, ACK]), ("being closed", [SYN, ACK, FIN | ACK]), ("closed before it was open", [SYN, FIN | ACK]),
                               ("reset", [SYN, ACK, RST])):
            for reuse in True, False:
                how = f"{forward}, conn-reuse {'yes' if reuse else 'no'}, {words}"
                pair.same(how, begins_again, packets, forward=forward, conn_reuse=reuse)
        pair.same(f"{forward}, SCTP aborted", begins_again, [INIT, ABORT], forward=forward, protocol="sctp")
        pair.same(f"{forward}, persistence, reset", begins_again, [SYN, ACK, RST], forward=forward, persistence=300)
    for expire in False, True:
        for reuse in True, False:
            how = f"weight 0, expire-nodest {'yes' if expire else 'no'}, conn-reuse {'yes' if reuse else 'no'}"
            pair.same(how, begins_again, [SYN, ACK], expire, True, conn_reuse=reuse)


run(scenes)
