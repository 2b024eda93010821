"""What goes wrong on the way: ICMP errors of servers, clients and the directors themselves, packets too large,
fragments, no server left, packets nobody asked for."""

import re

from directors import VIP, VIP6, Server
from frames import ACK, DATA_CHUNK, DF, GRE, ICMP, ICMPV6, INIT, IPIP, IPV6, MF, PSH, SCTP, SYN, TCP, UDP, icmp, ip, sctp, tcp, udp
from pair import run
from stage import CLIENT, CLIENT6, THREE, X1, ends, on_stage, only

NONE_LEFT = (Server("x1", 0),)
ROUTER, ROUTER6 = "203.0.113.1", "2001:db8:7::1"  # between client and director


# What directors say themselves (made), and pass on. `told` leaves out what docs/lvs.md says differs:
# the IP header of the former and the TTL they quote, transport checksums quoted by both.
MADE = re.compile(r"^(director to \w+): \S+ > \S+ (?:ttl 64|hop limit 64) .*")
QUOTED = re.compile(r"^( *quoting .*?)(?:(?: ttl| hop limit) \d+| checksum 0x[0-9a-f]+)(.*)")


def told(scenario):
    def play(world, *arguments, **more):
        lines = [MADE.sub(r"\1 by itself", line) for line in scenario(world, *arguments, **more)]
        return [QUOTED.sub(r"\1\2", line) for line in lines]
    return play


def error(source, destination, what, about, mtu=0):
    """An ICMP error: "port", "ttl" or "size"."""
    v6 = ":" in source
    kind, code = {"port": (1, 4) if v6 else (3, 3), "ttl": (3, 0) if v6 else (11, 0), "size": (2, 0) if v6 else (3, 4)}[what]
    return ip(source, destination, ICMPV6 if v6 else ICMP, icmp(source, destination, kind, code, mtu, about[:1000]), tos=0xC0)


def data(size):
    return bytes(n % 251 for n in range(size))


def spoken(service, source, destination, ports, said, **fields):
    """A packet of an open connection of the service's, or one that opens it."""
    if service.protocol == "sctp":
        return ip(source, destination, SCTP, sctp(ports, INIT, data=said), **fields)
    return ip(source, destination, UDP, udp(source, destination, ports, said), **fields)


def begun(stage, servers=X1, protocol="udp", **more):
    """A service, and a connection through it; its ports."""
    service = stage.kept(servers=servers, protocol=protocol, **more)
    client, vip = ends(service)
    ports = stage.world.client_port(), service.port
    stage.from_client(spoken(service, client, vip, ports, b"1"))
    return service, client, vip, ports


@on_stage
def from_a_server(stage, what, router=False, **more):
    """A server, or a router beside it, on a packet of the client's; by NAT."""
    service, client, _, ports = begun(stage, **more)
    x1 = service.address(service.servers[0])
    sender = (("2001:db8:1::77" if service.v6 else "198.51.100.77") if router else x1)
    about = spoken(service, client, x1, ports, b"1", ttl=63)
    return stage.from_server(error(sender, client, what, about, 1400))


@on_stage
def from_a_client(stage, what, router=False, **more):
    """The client, or a router before it, on a server's answer."""
    service, client, vip, ports = begun(stage, **more)
    sender = (ROUTER6 if service.v6 else ROUTER) if router else client
    return stage.from_client(error(sender, vip, what, spoken(service, vip, client, ports[::-1], b"12"), 1400))


@on_stage
def unasked(stage, v6):
    """An error about a connection nobody has."""
    client, vip = (CLIENT6, VIP6) if v6 else (CLIENT, VIP)
    return stage.from_client(error(client, vip, "port", ip(vip, client, UDP, udp(vip, client, (5, 6), b"12"))))


@on_stage
def last_hop(stage, **more):
    """TTL 1 at the director."""
    service = stage.kept(protocol="udp", **more)
    client, vip = ends(service)
    return stage.from_client(ip(client, vip, UDP, udp(client, vip, (stage.world.client_port(), service.port), b"1"), ttl=1, tos=8))


@on_stage
def last_hop_back(stage, **more):
    service, client, _, ports = begun(stage, **more)
    x1 = service.address(service.servers[0])
    return stage.from_server(ip(x1, client, UDP, udp(x1, client, ports[::-1], b"1"), ttl=1))


@on_stage
def large(stage, size, fragment=DF, **more):
    """A packet of this many bytes, IP header included."""
    service = stage.kept(protocol="udp", **more)
    client, vip = ends(service)
    payload = data(size - (48 if service.v6 else 28))
    return stage.from_client(ip(client, vip, UDP, udp(client, vip, (stage.world.client_port(), service.port), payload), fragment=fragment))


@on_stage
def narrow(stage, servers=THREE[1:2], **more):
    """A router on the tunnel's way has an MTU of 1400: is the sender of the next large packet told?"""
    service, client, vip, ports = begun(stage, servers, **more)  # LVS remembers the MTU of a server
    own, x1 = ("2001:db8:1::1" if service.v6 else "198.51.100.1"), service.address(service.servers[0])
    router = "2001:db8:1::77" if service.v6 else "198.51.100.77"
    inner = ip(client, vip, UDP, udp(client, vip, ports, data(1372)), ttl=63, fragment=DF)
    if service.encap == "gre":
        about = ip(own, x1, GRE, bytes.fromhex("000086dd" if service.v6 else "00000800") + inner, ttl=63, fragment=DF)
    else:
        about = ip(own, x1, IPV6 if service.v6 else IPIP, inner, ttl=63, fragment=DF)
    at_once = stage.from_server(error(router, own, "size", about, 1400))
    later = stage.from_client(ip(client, vip, UDP, udp(client, vip, ports, data(1372)), fragment=DF))
    return ["at once:", *at_once, "the next:", *later]


@on_stage
def in_pieces(stage, order, **more):
    """A datagram of 3000 bytes in three fragments, in some order."""
    service = stage.kept(protocol="udp", **more)
    client, vip = ends(service)
    port = stage.world.client_port()
    whole = udp(client, vip, (port, service.port), data(2992))
    pieces = []
    for at in range(0, 3000, 1400):
        piece, more_come = whole[at:at + 1400], at + 1400 < 3000
        if service.v6:
            head = bytes((UDP, 0)) + (at | more_come).to_bytes(2, "big") + port.to_bytes(4, "big")
            pieces.append(ip(client, vip, 44, head + piece))
        else:
            pieces.append(ip(client, vip, UDP, piece, ident=port, fragment=at // 8 | (MF if more_come else 0)))
    return stage.from_client(*(pieces[n] for n in order))


@on_stage
def nobody_left(stage, protocol, servers=NONE_LEFT, **more):
    service = stage.one(servers, protocol=protocol, **more)
    client, vip = ends(service)
    ports = stage.world.client_port(), service.port
    packet = (ip(client, vip, TCP, tcp(client, vip, ports, SYN), fragment=DF, tos=0x10) if protocol == "tcp"
              else spoken(service, client, vip, ports, data(700)))
    return stage.from_client(packet)


@on_stage
def no_service(stage, protocol, v6=False):
    client, vip = (CLIENT6, VIP6) if v6 else (CLIENT, VIP)
    packet = (ip(client, vip, TCP, tcp(client, vip, (7, 7), SYN, 5)) if protocol == "tcp" else ip(client, vip, UDP, udp(client, vip, (7, 7), b"1")))
    return stage.from_client(packet)


@on_stage
def no_connection(stage, flags, v6=False):
    """TCP that neither begins a connection nor belongs to one."""
    service = stage.kept(v6=v6)
    client, vip = ends(service)
    return stage.from_client(ip(client, vip, TCP, tcp(client, vip, (stage.world.client_port(), service.port), flags, 5, 9, b"123")))


@on_stage
def no_association(stage, to_service):
    """SCTP of no connection: to a service, or where none is."""
    client, vip = CLIENT, VIP
    port = stage.kept(protocol="sctp").port if to_service else 7
    return stage.from_client(ip(client, vip, SCTP, sctp((7, port), DATA_CHUNK if to_service else INIT, data=b"123")))


@on_stage
def pinged(stage, v6=False):
    client, vip = (CLIENT6, VIP6) if v6 else (CLIENT, VIP)
    return stage.from_client(ip(client, vip, ICMPV6 if v6 else ICMP, icmp(client, vip, 128 if v6 else 8, 0, 0x10002, data(56)), tos=8, ttl=9))


def sctp_scenes(pair):
    for forward in "nat", "tun":
        for what in "port", "ttl", "size":
            pair.same(f"{forward}, SCTP, {what} error of the client", told(from_a_client), what, forward=forward, protocol="sctp")
            if forward == "nat":
                pair.same(f"nat, SCTP, {what} error of the server", told(from_a_server), what, protocol="sctp")
    pair.differs("weir drops an SCTP packet without a connection", only("nothing|icmp [^ ]+", no_association), True,
                 lvs="icmp 3/2", weir="nothing")
    pair.differs("weir answers SCTP to a port without a service with port unreachable", only("icmp [^ ]+", no_association), False, lvs="icmp 3/2", weir="icmp 3/3")


def gre_scenes(pair):
    for v6 in False, True:
        most, of = 1500 - (44 if v6 else 24), {"forward": "tun", "encap": "gre", "v6": v6}
        way = f"gre{', IPv6' if v6 else ''}"
        pair.same(f"{way}, the largest that fits", large, most, **of)
        pair.same(f"{way}, a byte too many", told(large), most + 1, **of)
        pair.same(f"{way}, 1500 bytes, other family outside", told(large), 1500, outer_v6=not v6, **of)
        pair.differs("When a tunnel's path turns out too narrow", only("at once:|the next:|icmp [^ ]+ [^ ]+", narrow), servers=THREE[2:3], **of,
                     lvs="at once: the next:" if v6 else "at once: icmp 3/4 0x5c8 the next: icmp 3/4 0x560",
                     weir="at once: the next: icmp 2/0 0x54c" if v6 else "at once: the next: icmp 3/4 0x560")
    pair.same("gre, 1500 bytes that may be cut", large, 1500, 0, forward="tun", encap="gre")


def scenes(pair):
    sctp_scenes(pair)
    gre_scenes(pair)
    for v6 in False, True:
        family = ", IPv6" if v6 else ""
        for forward in "nat", "tun", "dr":
            for what in "port", "ttl", "size":
                pair.same(f"{forward}{family}, {what} error of the client", told(from_a_client), what, forward=forward, v6=v6)
            pair.same(f"{forward}{family}, error of a router before the client", told(from_a_client), "size", True, forward=forward, v6=v6)
            pair.same(f"{forward}{family}, TTL 1", told(last_hop), forward=forward, v6=v6)
            pair.same(f"{forward}{family}, 1500 bytes", told(large), 1500, forward=forward, v6=v6)
            if forward != "tun" and not v6:
                pair.same(f"{forward}, fragments", in_pieces, (0, 1, 2), forward=forward, v6=v6)
            kind = 29 if forward == "tun" else 11  # IPv6, UDP
            pair.differs("weir forwards and counts fragments one by one", only(r"fragment at \d+|header 44: ..00....", in_pieces), (2, 0, 1), forward=forward, v6=v6,
                         lvs=(f"header 44: {kind}000001 header 44: {kind}000579 header 44: {kind}000af0" if v6 else "fragment at 0 fragment at 1400 fragment at 2800"),
                         weir="header 44: 11000001 header 44: 11000af0 header 44: 11000579" if v6 else "fragment at 0 fragment at 2800 fragment at 1400")
            if forward == "tun":
                pair.same(f"tun{family}, the largest that fits", large, 1460 if v6 else 1480, forward=forward, v6=v6)
                pair.same(f"tun{family}, a byte too many", told(large), 1461 if v6 else 1481, forward=forward, v6=v6)
                if not v6:
                    pair.same("tun, 1500 bytes that may be cut", large, 1500, 0, forward=forward, v6=v6)
        pair.same(f"nat{family}, the answer's TTL 1", told(last_hop_back), v6=v6)
        pair.same(f"an error about nothing{family}", unasked, v6)
        for what, router in ("port", False), ("ttl", False), ("size", False), ("ttl", True):
            if v6:
                pair.differs("ICMPv6 errors of a NAT server reach the client", only("icmp [^ ]+|nothing", from_a_server), what, router, v6=v6,
                             lvs="nothing", weir="icmp " + {"port": "1/4", "ttl": "3/0", "size": "2/0"}[what])
            else:
                pair.same(f"nat, {what} error of {'a router beside ' if router else ''}the server", told(from_a_server), what, router, v6=v6)
        for protocol in "udp", "tcp", "sctp":
            if protocol != "sctp":
                pair.same(f"no service, {protocol}{family}", told(no_service), protocol, v6=v6)
            pair.same(f"no server left, {protocol}{family}", told(nobody_left), protocol, v6=v6)
        pair.same(f"no server at all{family}", told(nobody_left), "udp", (), v6=v6)
        pair.same(f"no connection, ACK{family}", told(no_connection), ACK | PSH, v6=v6)
        pair.same(f"no connection, no flags{family}", told(no_connection), 0, v6=v6)
        pair.differs("A SYN with ACK opens no connection", only(r"director to \w+|flags \w+", no_connection), SYN | ACK, v6=v6,
                     lvs="director to s1 flags 0x12", weir="director to client flags 0x4")
        pair.same(f"ping{family}", told(pinged), v6=v6)
        pair.same(f"tun{family}, 1500 bytes, other family outside", told(large), 1500, forward="tun", v6=v6, outer_v6=not v6)
        pair.differs("When a tunnel's path turns out too narrow", only("at once:|the next:|icmp [^ ]+ [^ ]+", narrow), v6=v6, forward="tun",
                     lvs="at once: the next:" if v6 else "at once: icmp 3/4 0x5c8 the next: icmp 3/4 0x564",
                     weir="at once: the next: icmp 2/0 0x550" if v6 else "at once: the next: icmp 3/4 0x564")
        pair.differs("The director sends \"TTL used up\" and \"too large\" from its own address", only("^director.*? (?:hop limit 64|tos 0x..)", last_hop), v6=v6, forward="nat",
                     lvs=f"director to client: {VIP6} > {CLIENT6} hop limit 64" if v6 else f"director to client: {VIP} > {CLIENT} ttl 64 tos 0xc8",
                     weir=f"director to client: 2001:db8::2 > {CLIENT6} hop limit 64" if v6 else f"director to client: 192.0.2.2 > {CLIENT} ttl 64 tos 0xc0")


run(scenes)
