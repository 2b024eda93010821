"""What leaves the directors, field by field: link addresses, IP header, ports, checksums, data; in tunnels the
outer header too."""

from directors import Server
from frames import ACK, COOKIE_ACK, COOKIE_ECHO, DATA_CHUNK, DF, INIT, INIT_ACK, MF, PSH, SACK, SCTP, SYN, TCP, UDP, ip, sctp, tcp, udp
from pair import run
from stage import X1, apart_from, ends, on_stage, only

DATA = bytes(range(100))
RECORD_ROUTE = bytes((1, 7, 7, 4, 0, 0, 0, 0))  # NOP, then room for one address
DESTINATION_OPTIONS = bytes((UDP, 0, 1, 4, 0, 0, 0, 0))  # PadN

CONGESTED = "UDP, congestion experienced, TTL 255"
UNSUMMED = "UDP without a checksum"

# What a packet may have, as (words, fields of ip(), maker of the payload). Each is made with the same ports.
PLAIN = [
    ("UDP", {}, lambda *a: udp(*a, DATA)),
    ("UDP, DF, DSCP EF", {"fragment": DF, "tos": 0xB8, "ident": 0}, lambda *a: udp(*a, DATA)),
    ("UDP, ECT(1), TTL 2", {"tos": 1, "ttl": 2}, lambda *a: udp(*a, DATA)),
    (CONGESTED, {"tos": 3, "ttl": 255}, lambda *a: udp(*a, DATA)),
    ("UDP, an odd length", {}, lambda *a: udp(*a, DATA[:33])),
    ("UDP without data", {}, udp),
    ("UDP with a wrong checksum", {}, lambda *a: udp(*a, DATA, 0x1234)),
]
ONLY_V4 = [
    (UNSUMMED, {}, lambda *a: udp(*a, DATA, 0)),
    ("UDP, IP options", {"options": bytes((1, 1, 1, 0))}, lambda *a: udp(*a, DATA)),
]
ONLY_V6 = [
    ("UDP, flow label", {"label": 0xABCDE}, lambda *a: udp(*a, DATA)),
    ("UDP, destination options", {"options": DESTINATION_OPTIONS}, lambda *a: udp(*a, DATA)),
]
MSS = bytes((2, 4, 5, 180, 1, 3, 3, 7))


def made(source, destination, ports, fields, payload, proto=UDP):
    first = 60 if "options" in fields and ":" in source else proto
    return ip(source, destination, first, payload(source, destination, ports), **fields)


@on_stage
def datagram(stage, fields, payload, **more):
    """From a client to the service."""
    service = stage.kept(protocol="udp", **more)
    client, vip = ends(service)
    return stage.from_client(made(client, vip, (stage.world.client_port(), service.port), fields, payload))


@on_stage
def answered(stage, fields, payload, **more):
    """A server's answer, by NAT."""
    service = stage.kept(protocol="udp", **more)
    client, vip = ends(service)
    port = stage.world.client_port()
    stage.from_client(ip(client, vip, UDP, udp(client, vip, (port, service.port))))
    x1 = service.address(service.servers[0])
    return stage.from_server(made(x1, client, (service.port, port), fields, payload))


@on_stage
def handshake(stage, **more):
    """TCP with options and data; by NAT the server's half too."""
    service = stage.kept(**more)
    client, vip = ends(service)
    ports = (stage.world.client_port(), service.port)
    x1 = service.address(service.servers[0])
    said = stage.from_client(ip(client, vip, TCP, tcp(client, vip, ports, SYN, 0xFFFFFFF0, options=MSS)))
    if service.forward == "nat":
        said += stage.from_server(ip(x1, client, TCP, tcp(x1, client, ports[::-1], SYN | ACK, 7, 0xFFFFFFF1, options=MSS)))
    said += stage.from_client(ip(client, vip, TCP, tcp(client, vip, ports, ACK, 0xFFFFFFF1, 8)),
                              ip(client, vip, TCP, tcp(client, vip, ports, ACK | PSH, 0xFFFFFFF1, 8, DATA)))
    if service.forward == "nat":
        said += stage.from_server(ip(x1, client, TCP, tcp(x1, client, ports[::-1], ACK | PSH, 8, 90, DATA)))
    return said


@on_stage
def association(stage, fields, **more):
    """SCTP, with several chunks in a packet and an odd length; by NAT the server's half too."""
    service = stage.kept(protocol="sctp", **more)
    client, vip = ends(service)
    server = service.servers[0]
    x1, port, at = service.address(server), stage.world.client_port(), server.port or service.port

    def there(*kinds, data=DATA):
        return stage.from_client(ip(client, vip, SCTP, sctp((port, service.port), *kinds, data=data), **fields))

    def back(*kinds, data=DATA):
        return stage.from_server(ip(x1, client, SCTP, sctp((at, port), *kinds, data=data), **fields)) if service.forward == "nat" else []

    return there(INIT) + back(INIT_ACK) + there(COOKIE_ECHO, DATA_CHUNK) + back(COOKIE_ACK, SACK) + there(DATA_CHUNK, data=DATA[:33]) + back(DATA_CHUNK, data=DATA[:1])


@on_stage
def first_packet(stage, checksum=None, fragment=0, **more):
    """SCTP: an INIT, alone or before other fragments."""
    service = stage.kept(protocol="sctp", **more)
    client, vip = ends(service)
    whole = sctp((stage.world.client_port(), service.port), INIT, data=DATA, checksum=checksum)
    if not fragment:
        return stage.from_client(ip(client, vip, SCTP, whole))
    return stage.from_client(ip(client, vip, SCTP, whole[:fragment], fragment=MF), ip(client, vip, SCTP, whole[fragment:], fragment=fragment // 8))


def sctp_scenes(pair):
    elsewhere = (Server("x1", port=9999),)
    for v6 in False, True:
        family = ", IPv6" if v6 else ""
        for forward, servers, way in ("nat", X1, "nat"), ("nat", elsewhere, "nat to another port"), ("tun", X1, "tun"), ("dr", X1, "dr"):
            for words, fields in ("", {}), (", TTL 2, DSCP EF", {"ttl": 2, "tos": 0xB8}), ("" if v6 else ", DF", {"fragment": DF, "ident": 0}):
                if words or not fields:
                    pair.same(f"{way}{family}, SCTP{words}", association, fields, forward=forward, servers=servers, v6=v6)
        pair.same(f"tun, {'IPv6 in IPv4' if v6 else 'IPv4 in IPv6'}, SCTP", apart_from(" id (own|0x0 DF)", association), {},
                  forward="tun", v6=v6, outer_v6=not v6)
        pair.same(f"nat{family}, SCTP with a wrong checksum", first_packet, b"1234", servers=X1, v6=v6)
        pair.differs("SCTP through NAT keeps a broken checksum broken", only("good|WRONG", first_packet), b"1234", servers=elsewhere, v6=v6,
                     lvs="good", weir="WRONG")
    pair.same("nat, SCTP in fragments", first_packet, fragment=64, servers=X1)
    pair.differs("fragments do not pass where the port changes", only(r"^director to \w+", first_packet), fragment=64, servers=elsewhere,
                 lvs="director to s1", weir="")


def scenes(pair):
    sctp_scenes(pair)
    for v6 in False, True:
        family = ", IPv6" if v6 else ""
        variants = PLAIN + (ONLY_V6 if v6 else ONLY_V4)
        for forward in "nat", "tun", "dr":
            for words, fields, payload in variants:
                if forward == "tun" and words == CONGESTED:
                    copied(pair, fields, payload, v6, v6)
                elif forward == "nat" and words == UNSUMMED:
                    unsummed(pair, datagram, fields, payload)
                else:
                    pair.same(f"{forward}{family}, {words}", datagram, fields, payload, forward=forward, v6=v6)
            pair.same(f"{forward}{family}, TCP", handshake, forward=forward, v6=v6)
        for words, fields, payload in variants:
            if words == UNSUMMED:
                unsummed(pair, answered, fields, payload)
            else:
                pair.same(f"nat{family}, the answer: {words}", answered, fields, payload, forward="nat", v6=v6)
        mixed = "IPv6 in IPv4" if v6 else "IPv4 in IPv6"
        play = apart_from(" id (own|0x0 DF)", datagram) if v6 else datagram
        for words, fields, payload in variants:
            if words == CONGESTED:
                copied(pair, fields, payload, v6, not v6)
            else:
                pair.same(f"tun, {mixed}, {words}", play, fields, payload, forward="tun", v6=v6, outer_v6=not v6)
    gre_scenes(pair)
    pair.differs("The IPv4 header of a tunnel around IPv6 sets DF", only("id (?:own|0x0)|DF", datagram), {}, PLAIN[0][2],
                 forward="tun", v6=True, outer_v6=False, lvs="id own", weir="id 0x0 DF")


def gre_scenes(pair):
    for v6 in False, True:
        for outer_v6 in False, True:
            more = {"forward": "tun", "encap": "gre", "v6": v6, "outer_v6": outer_v6}
            way = f"gre, {'IPv6' if v6 else 'IPv4'} in {'IPv6' if outer_v6 else 'IPv4'}"
            # IPv6 in IPv4 differs by DF, as in IP in IP (below).
            apart = (lambda play: apart_from(" id (own|0x0 DF)", play)) if v6 and not outer_v6 else (lambda play: play)
            for words, fields, payload in PLAIN + (ONLY_V6 if v6 else ONLY_V4):
                if words != CONGESTED:
                    pair.same(f"{way}, {words}", apart(datagram), fields, payload, **more)
            pair.same(f"{way}, TCP", apart(handshake), **more)


def copied(pair, fields, payload, v6, outer_v6):
    """Traffic classes: outer, inner."""
    pair.differs("Congestion experienced goes into the tunnel's header", only("(?:tos|class) (0x..)", datagram), fields, payload,
                 forward="tun", v6=v6, outer_v6=outer_v6, lvs="0x02 0x03", weir="0x03 0x03")


def unsummed(pair, scenario, fields, payload):
    pair.differs("UDP without a checksum stays without", only(r"checksum 0x0\b|good", scenario), fields, payload,
                 forward="nat", v6=False, lvs="good", weir="checksum 0x0")


run(scenes)
