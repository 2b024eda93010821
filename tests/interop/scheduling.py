"""Which server takes the next connection, and what the lists then show: of real clients by NAT, and packet by packet
by NAT and TUN, where the director sees nothing of the servers' half."""

import random
import select

from directors import Server, Service, block
from frames import ACK, FIN, SYN
from hosts import wait_until
from pair import run
from stage import ends, on_stage, opens, packet, went

EQUAL = tuple(Server(n) for n in ("s1", "s2", "s3"))
WEIGHTED = (Server("s1", 3), Server("s2", 2), Server("s3", 1))


def served(world, scheduler, servers, begin_anew=True, **more):
    service = Service(world.port(), servers, scheduler, **more)
    world.director.serve(service)
    if begin_anew:
        world.director.begin_anew(service)
    return service


def in_turn(world, scheduler, servers, count, **more):
    """Short connections, one after the other."""
    return world.order(served(world, scheduler, servers, **more), count)


def held(world, scheduler, servers, count):
    """Connections that stay open; the list shows them."""
    service = served(world, scheduler, servers)
    open_ones = [world.connect(service) for _ in range(count)]
    names = " ".join(c.ask() for c in open_ones)
    yield lambda: [names, *world.director.list().splitlines()]
    for c in open_ones:
        c.close()


def constant(world, scheduler, servers, options=()):
    """By hash: how many servers one client meets. Which one depends on the hash function."""
    names = world.order(served(world, scheduler, servers, options=options), 6).split()
    return f"{len(set(names))} server for 6 connections"


def quiesced(world):
    """A weight becomes 0: the open connection goes on, new ones go elsewhere; then it comes back."""
    service = served(world, "rr", EQUAL)
    with world.connect(service) as c:
        said = [c.ask()]
        world.director.serve(service.with_server("s1", weight=0))
        said += [world.order(service, 4), c.ask()]
        world.director.serve(service)
        said.append(" ".join(sorted(set(world.order(service, 6).split()))))
    return said


def limited(world):
    """Upper thresholds of 2 and 1: a seventh connection finds nobody."""
    service = served(world, "rr", (Server("s1", 1, 2, 1), Server("s2", 1, 1, 1)))
    open_ones = [world.connect(service) for _ in range(5)]
    said = " ".join(c.ask() for c in open_ones)
    yield lambda: [said, *(line.replace(" overloaded", "").rstrip() for line in world.director.list("--thresholds").splitlines())]
    for c in open_ones:
        c.close()


def removed(world):
    """The server of an open connection is taken out of the service."""
    service = served(world, "rr", EQUAL)
    with world.connect(service) as c:
        c.ask()
        world.director.serve(service.without("s1"))
        c.socket.settimeout(5)  # more than TCP's first repetitions take
        try:
            return "goes on" if c.ask() == "s1" else "moved"
        except TimeoutError:
            return "silence"


def counted(world):
    """Conns, packets and bytes of datagrams and their answers; TCP might send something twice. ipvsadm's
    figures come up to 2 s late."""
    service = served(world, "rr", EQUAL, protocol="udp")
    waiting = [host.udp(port=service.port) for host in world.servers.values()]
    for size in 100, 200, 300, 50:
        client = world.client.udp("192.0.2.7", world.client_port())
        client.sendto(bytes(size), (service.vip, service.port))
        server = select.select(waiting, [], [], 10)[0][0]
        data, sender = server.recvfrom(2048)
        server.sendto(data * 2, sender)
        client.recvfrom(2048)
    return lambda: [*world.director.list("--stats").splitlines(), *entries(world, service)]


def entries(world, service):
    """The lines of the connection list that are about a service, without the time left."""
    lines = world.director.connections().splitlines()
    title = [line for line in lines if line.startswith("pro expire")]
    mine = [line[:4] + line[11:] for line in lines if f" {service.listen} " in line]
    return title + sorted(mine)


def states(world):
    """A connection that is open, one the client closed, and one it reset."""
    service = served(world, "rr", EQUAL)
    open_one, closed, broken = [world.connect(service) for _ in range(3)]
    for c in (open_one, closed, broken):
        c.ask()
    closed.close()
    broken.reset()
    # Its server closes too, after the client: a look in between sees CLOSE_WAIT.
    wait_until(lambda: any(line.split()[1] == "TIME_WAIT" for line in entries(world, service)[1:]), "TIME_WAIT")
    yield lambda: entries(world, service)
    open_one.close()


def on_clients_packets(stage, scheduler, servers, **more):
    """A service, and what gives each packet to the director and tells where it went."""
    service = stage.one(servers, scheduler=scheduler, **more)
    stage.world.director.begin_anew(service)
    client, vip = ends(service)

    def speak(port, flags):
        if flags == SYN:
            return opens(stage, service, port)
        return went(stage.from_client(packet(service, client, vip, (port, service.port), flags)))

    return service, speak


@on_stage
def strewn(stage, scheduler, upper=9, changes=True, **more):
    """Connections begin and are closed by the client in an order that chance gave. Meanwhile a server's weight becomes
    0, it comes back, another one is removed."""
    dice = random.Random(scheduler)
    service, speak = on_clients_packets(stage, scheduler, tuple(Server(f"x{n}", 4 - n, upper) for n in (1, 2, 3)), **more)
    open_ones = []

    def some(count):
        names = []
        for _ in range(count):
            if open_ones and dice.random() < 0.25:
                speak(open_ones.pop(dice.randrange(len(open_ones))), FIN | ACK)
                names.append("-")
                continue
            port = stage.world.client_port()
            names.append(speak(port, SYN))
            if names[-1] != "refused":
                open_ones.append(port)
        return " ".join(names)

    said = [some(16)]
    for changed in (service.with_server("x1", weight=0), service, service.without("x2")) if changes else ():
        stage.serve(changed)
        said.append(some(8))
    listed = block(stage.world.director.list(), service)
    return said + [line.replace(" overloaded", "").rstrip() for line in listed if "removed" not in line]


@on_stage
def begun(stage, scheduler, servers, phases, **more):
    """Connections begin, some in each phase; after each phase a server changes."""
    service, speak = on_clients_packets(stage, scheduler, servers, **more)
    said = []
    for count, change in phases:
        said.append(" ".join(speak(stage.world.client_port(), SYN) for _ in range(count)))
        if change:
            stage.serve(service.with_server("x1", **change))
    return " | ".join(said)


def by_packets(pair):
    weighted = tuple(Server(f"x{n}", 4 - n) for n in (1, 2, 3))
    for forward in "nat", "tun":
        for scheduler in "rr", "wrr", "lc", "wlc", "sed", "nq", "fo", "ovf", "lblc", "lblcr":
            pair.same(f"{scheduler}, strewn, {forward}", strewn, scheduler, 0 if scheduler == "lblc" else 9, scheduler != "wrr", forward=forward)
        pair.differs("`wrr` goes on where it was when a server changes", begun, "wrr", weighted, [(4, {"weight": 0}), (4, {"weight": 3}), (6, {})],
                     forward=forward, lvs="x1 x1 x2 x1 | x2 x3 x2 x2 | x1 x2 x3 x1 x1 x2",
                     weir="x1 x1 x2 x1 | x2 x3 x2 x2 | x3 x1 x1 x2 x1 x2")
        pair.differs("`lblc` respects upper thresholds", begun, "lblc", tuple(Server(s.name, s.weight, 2) for s in weighted), [(5, {})],
                     forward=forward, lvs="x1 x1 x1 x1 x2", weir="x1 x1 x2 x2 x3")


def scenes(pair):
    by_packets(pair)
    for v6 in False, True:
        family = ", IPv6" if v6 else ""
        pair.same(f"rr{family}", lambda w, v6=v6: in_turn(w, "rr", EQUAL, 12, v6=v6))
        pair.same(f"wrr 3, 2, 1{family}", lambda w, v6=v6: in_turn(w, "wrr", WEIGHTED, 20, v6=v6))
    pair.differs("`wrr` begins with the turns of the heaviest server", lambda w: in_turn(w, "wrr", WEIGHTED, 12, begin_anew=False),
                 lvs="s1 s2 s3 s1 s1 s2 s1 s2 s3 s1 s1 s2", weir="s1 s1 s2 s1 s2 s3 s1 s1 s2 s1 s2 s3")
    for scheduler in "rr", "wrr", "lc", "wlc", "sed", "nq", "fo", "ovf":
        pair.same(f"{scheduler}, connections held open", held, scheduler, WEIGHTED, 14)
    for scheduler in "sh", "dh", "mh", "lblc", "lblcr":
        pair.same(f"{scheduler}, one client, one destination", constant, scheduler, EQUAL)
    pair.same("a weight of 0 and back", quiesced)
    pair.same("upper thresholds", limited)
    pair.same("list --stats and connections, UDP", counted)
    pair.same("connections, TCP", states)
    pair.differs("Connections of a removed server go on", removed, lvs="silence", weir="goes on")


run(scenes)
