"""What the directors remember of connections: each packet's effect on the state and the time it is left, as
`weirctl connections` and `ipvsadm -Lnc` show them, and on the counts of `list`."""

import random

from directors import block, seconds
from frames import (ABORT, ACK, COOKIE_ACK, COOKIE_ECHO, DATA_CHUNK, ERROR, FIN, HEARTBEAT, INIT, INIT_ACK, PSH, RST, SACK, SHUTDOWN,
                    SHUTDOWN_ACK, SHUTDOWN_COMPLETE, SYN, TCP, UDP, ip, tcp, udp)
from pair import run
from stage import CLIENT, CLIENT6, ends, on_stage, opens, packet

# What a client (c) and a server (s) send in turn.
COURSES = [
    ("open", [("c", SYN), ("s", SYN | ACK), ("c", ACK), ("c", PSH | ACK), ("s", PSH | ACK)]),
    ("closed by the client", [("c", SYN), ("s", SYN | ACK), ("c", ACK), ("c", FIN | ACK), ("s", ACK), ("s", FIN | ACK), ("c", ACK)]),
    ("closed by the server", [("c", SYN), ("s", SYN | ACK), ("c", ACK), ("s", FIN | ACK), ("c", ACK), ("c", FIN | ACK), ("s", ACK)]),
    ("closed by both at once", [("c", SYN), ("s", SYN | ACK), ("c", ACK), ("c", FIN | ACK), ("s", FIN | ACK), ("c", ACK), ("s", ACK)]),
    ("refused", [("c", SYN), ("s", RST | ACK), ("c", SYN)]),
    ("reset by the client", [("c", SYN), ("s", SYN | ACK), ("c", ACK), ("c", RST), ("c", SYN)]),
    ("reset by the server", [("c", SYN), ("s", SYN | ACK), ("c", ACK), ("s", RST | ACK)]),
    ("the same ports anew", [("c", SYN), ("s", SYN | ACK), ("c", ACK), ("s", FIN | ACK), ("c", FIN | ACK), ("c", SYN), ("s", SYN | ACK), ("c", ACK)]),
    ("SYN again", [("c", SYN), ("c", SYN), ("s", SYN | ACK), ("s", SYN | ACK), ("c", ACK), ("c", SYN), ("c", ACK)]),
    ("no flags", [("c", SYN), ("s", SYN | ACK), ("c", ACK), ("c", 0), ("c", ACK)]),
    ("data in the SYN's FIN", [("c", SYN | FIN), ("s", SYN | ACK), ("c", FIN | RST)]),
]
ASSOCIATED = [("c", INIT), ("s", INIT_ACK), ("c", COOKIE_ECHO), ("s", COOKIE_ACK)]
SCTP_COURSES = [
    ("open", [*ASSOCIATED, ("c", DATA_CHUNK), ("s", SACK), ("s", DATA_CHUNK), ("c", HEARTBEAT)]),
    ("closed by the client", [*ASSOCIATED, ("c", SHUTDOWN), ("s", SHUTDOWN_ACK), ("c", SHUTDOWN_COMPLETE)]),
    ("closed by the server", [*ASSOCIATED, ("s", SHUTDOWN), ("c", SHUTDOWN_ACK), ("s", SHUTDOWN_COMPLETE)]),
    ("closed by both at once", [*ASSOCIATED, ("c", SHUTDOWN), ("s", SHUTDOWN), ("c", SHUTDOWN_ACK), ("s", SHUTDOWN_ACK), ("c", SHUTDOWN_COMPLETE)]),
    ("refused", [("c", INIT), ("s", ABORT), ("c", INIT)]),
    ("aborted by the client", [*ASSOCIATED, ("c", ABORT), ("c", INIT)]),
    ("aborted by the server", [*ASSOCIATED, ("s", ABORT), ("s", DATA_CHUNK)]),
    ("aborted behind a cookie", [*ASSOCIATED[:2], ("c", (COOKIE_ECHO, ABORT))]),
    ("a stale cookie", [*ASSOCIATED[:3], ("s", ERROR), ("c", INIT), ("s", INIT_ACK)]),
    ("begun by both at once", [("c", INIT), ("s", INIT), ("c", INIT_ACK), ("s", INIT_ACK), *ASSOCIATED[2:], ("s", COOKIE_ECHO), ("c", COOKIE_ACK)]),
    ("INIT again", [("c", INIT), ("c", INIT), ("s", INIT_ACK), ("s", INIT_ACK), ("c", INIT), ("c", COOKIE_ECHO), ("c", COOKIE_ECHO), ("s", COOKIE_ACK), ("c", INIT)]),
    ("the same ports anew", [*ASSOCIATED, ("s", SHUTDOWN), ("c", SHUTDOWN_ACK), *ASSOCIATED]),
]
UNSEEN = "refused", "aborted by the server", "a stale cookie", "closed by both at once"  # where only clients' packets are
REVIVED = [("c", SYN), ("s", SYN | ACK), ("c", ACK), ("c", RST), ("c", ACK), ("s", RST), ("s", ACK)]
TIMES = 10, 30, 60, 120, 300, 360, 900
FLAGS = [SYN | ACK, ACK, ACK, PSH | ACK, FIN | ACK, FIN | ACK]
CHUNKS = [DATA_CHUNK, INIT, INIT_ACK, COOKIE_ECHO, COOKIE_ACK, SHUTDOWN, SHUTDOWN_ACK, SHUTDOWN_COMPLETE, ERROR, (COOKIE_ACK, ABORT), 63]


def given(left):
    """The time an entry was given, by the seconds it is left: the next of those there are, since a slow machine
    may take a while to look. SCTP's 61 s count as 60."""
    return f"{next((time for time in TIMES if left - 1 <= time), left)} s"


def remembered(stage, service):
    """The lines of the connection list about the service, and its servers' counts."""
    said = []
    for line in stage.world.director.connections().splitlines():
        words = line.split()
        if f" {service.listen} " in line and seconds(words[1]) > 0:  # 0: its timer is about to take it away
            said.append(" ".join((words[0], given(seconds(words[1])), *words[2:])))
    return sorted(said) + block(stage.world.director.list(), service)


@on_stage
def course(stage, packets, **more):
    """A connection's packets, what is remembered after each, and the lists in the end. In DR and TUN the
    director does not see the server's, and the client says twice what opens a connection to weir the second time."""
    service = stage.one(**more)
    client, vip = ends(service)
    ports = stage.world.client_port(), service.port
    x1 = service.address(service.servers[0])
    said = []
    for sender, kind in packets:
        if sender == "c":
            twice = service.forward != "nat" and service.protocol == "tcp" and kind & (SYN | ACK | FIN | RST) == ACK
            passed = stage.from_client(*[packet(service, client, vip, ports, kind)] * (2 if twice else 1))
        elif service.forward == "nat":
            passed = stage.from_server(packet(service, x1, client, ports[::-1], kind))
        else:
            continue
        states = " ".join(f"{state} {given(left)}" for _, state, left in stage.world.director.states(service) if left > 0)
        said.append(f"{sender} {kind}, {'goes on' if passed else 'nothing'}: {states}")
    return said + remembered(stage, service)


@on_stage
def datagrams(stage, **more):
    service = stage.one(protocol="udp", **more)
    client, vip = ends(service)
    for port in stage.world.client_port(), stage.world.client_port():
        stage.from_client(ip(client, vip, UDP, udp(client, vip, (port, service.port), b"1")))
    return remembered(stage, service)


@on_stage
def persistent(stage, mask="", **more):
    """Three clients of two networks of a length; a template each, first unassured."""
    service = stage.one(persistence=360, mask=mask, **more)
    _, vip = ends(service)
    near = (CLIENT6, "2001:db8:7::8", "2001:db8:7:1::7") if service.v6 else (CLIENT, "203.0.113.8", "203.0.113.200")
    said = []
    for client in near:
        ports = stage.world.client_port(), service.port
        stage.from_client(ip(client, vip, TCP, tcp(client, vip, ports, SYN)))
        said += remembered(stage, service)
    opens(stage, service, stage.world.client_port())
    said += remembered(stage, service)
    return said


@on_stage
def after(stage, packets, forward, **more):
    """The state after each of a connection's packets."""
    service = stage.one(forward=forward, **more)
    client, vip = ends(service)
    ports = stage.world.client_port(), service.port
    said = []
    for sender, kind in packets:
        if sender == "c":
            stage.from_client(packet(service, client, vip, ports, kind))
        else:
            stage.from_server(packet(service, service.address(service.servers[0]), client, ports[::-1], kind))
        said += [state for _, state, left in stage.world.director.states(service) if left > 0]
    return [" ".join(said)]


def scenes(pair):
    dice = random.Random(4)
    for n in range(2):
        strewn = [("c", SYN), ("s", SYN | ACK), ("c", ACK)] + [(dice.choice("cs"), dice.choice(FLAGS)) for _ in range(25)]
        COURSES.append((f"any flags, {n + 1}", strewn))
        strewn = [("c", INIT)] + [(dice.choice("cs"), dice.choice(CHUNKS)) for _ in range(40)]
        SCTP_COURSES.append((f"any chunks, {n + 1}", strewn))
    for forward in "nat", "tun":
        for words, packets in SCTP_COURSES if forward == "nat" else [c for c in SCTP_COURSES if c[0] not in UNSEEN]:
            pair.same(f"{forward}, SCTP, {words}", course, packets, forward=forward, protocol="sctp")
        pair.same(f"{forward}, SCTP, IPv6, closed by the client", course, SCTP_COURSES[1][1], forward=forward, protocol="sctp", v6=True)
    reset = "A packet behind a reset revives an open connection"
    pair.differs(reset, after, REVIVED, "nat", lvs=["SYN_RECV SYN_RECV ESTABLISHED CLOSE CLOSE CLOSE CLOSE"],
                 weir=["SYN_RECV SYN_RECV ESTABLISHED CLOSE ESTABLISHED CLOSE ESTABLISHED"])
    proof = "A connection is open when its client has proved its address"
    pair.differs(proof, after, [("c", SYN), ("c", ACK)], "nat", lvs=["SYN_RECV ESTABLISHED"], weir=["SYN_RECV SYN_RECV"])
    for forward in "dr", "tun":
        pair.differs(proof, after, [("c", SYN), ("c", ACK), ("c", ACK)], forward, lvs=["SYN_RECV ESTABLISHED ESTABLISHED"],
                     weir=["SYN_RECV SYNACK ESTABLISHED"])
    for forward in "nat", "dr", "tun":
        for words, packets in COURSES if forward != "tun" else COURSES[1:2]:
            pair.same(f"{forward}, {words}", course, packets, forward=forward)
        pair.same(f"{forward}, IPv6, closed by the client", course, COURSES[1][1], forward=forward, v6=True)
        pair.same(f"{forward}, UDP", datagrams, forward=forward)
        if forward != "tun":
            pair.same(f"{forward}, IPv6, UDP", datagrams, forward=forward, v6=True)
            pair.same(f"{forward}, persistence", persistent, forward=forward)
            pair.same(f"{forward}, persistence by /24", persistent, "255.255.255.0", forward=forward)
            pair.same(f"{forward}, persistence by /64, IPv6", persistent, "64", forward=forward, v6=True)


run(scenes)
