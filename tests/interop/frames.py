"""Packets byte by byte: made, put on a host's wire, taken from it, and put into words, so that what leaves two
directors can be compared field by field."""

import select
import socket
import struct
import time
from ipaddress import ip_address

ICMP, IPIP, TCP, UDP, IPV6, ICMPV6, SCTP, GRE = 1, 4, 6, 17, 41, 58, 132, 47
DF, MF = 0x4000, 0x2000
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
# Chunks of SCTP (RFC 9260 section 3.2).
DATA_CHUNK, INIT, INIT_ACK, SACK, HEARTBEAT, ABORT, SHUTDOWN, SHUTDOWN_ACK, ERROR, COOKIE_ECHO, COOKIE_ACK = 0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11
SHUTDOWN_COMPLETE = 14
SENTINEL = b"sentinel"  # in packets of no interest: they tell that those before have passed


def summed(data):
    """The Internet checksum of RFC 1071; 0 over data that has a good one in it."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def pseudo_header(source, destination, proto, length):
    v6 = ":" in source
    end = struct.pack("!II", length, proto) if v6 else struct.pack("!BBH", 0, proto, length)
    return ip_address(source).packed + ip_address(destination).packed + end


def with_checksum(source, destination, proto, segment, at):
    """The segment with its checksum at this offset, which is zero so far."""
    value = summed(pseudo_header(source, destination, proto, len(segment)) + segment)
    if proto == UDP and value == 0:
        value = 0xFFFF
    return segment[:at] + struct.pack("!H", value) + segment[at + 2:]


def udp(source, destination, ports, data=b"", checksum=None):
    """`checksum`: the very value to send, else the right one."""
    segment = struct.pack("!HHHH", *ports, 8 + len(data), checksum or 0) + data
    return segment if checksum is not None else with_checksum(source, destination, UDP, segment, 6)


def tcp(source, destination, ports, flags, seq=1000, ack=1001, data=b"", options=b""):
    head = struct.pack("!HHIIBBHHH", *ports, seq, ack, (20 + len(options)) << 2, flags, 65000, 0, 0)
    return with_checksum(source, destination, TCP, head + options + data, 16)


def crc32c(data):
    """SCTP's checksum (RFC 9260 appendix A), as it stands in the packet."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return struct.pack("<I", crc ^ 0xFFFFFFFF)


def sctp(ports, *kinds, data=b"", tag=0x01020304, checksum=None):
    """A packet with a chunk of each kind, `data` in the first one; `checksum`: the very bytes to send."""
    chunks = b""
    for kind in kinds:
        chunks += struct.pack("!BBH", kind, 0, 4 + len(data)) + data + bytes(-len(data) % 4)
        data = b""
    head = struct.pack("!HHI", *ports, tag)
    return head + (checksum or crc32c(head + bytes(4) + chunks)) + chunks


def icmp(source, destination, kind, code, rest, data=b""):
    """An ICMP message, or an ICMPv6 one, by the addresses' family; `rest`: bytes 4 to 7."""
    message = struct.pack("!BBHI", kind, code, 0, rest) + data
    if ":" in source:
        return with_checksum(source, destination, ICMPV6, message, 2)
    return message[:2] + struct.pack("!H", summed(message)) + message[4:]


def ip(source, destination, proto, payload, ttl=64, tos=0, ident=0x1234, fragment=0, options=b"", label=0):
    """A packet. IPv4: `fragment` is flags and offset, `options` those of the header. IPv6: `options` is a chain
    of extension headers, `proto` the first one's number; the rest means nothing there."""
    packed = ip_address(source).packed + ip_address(destination).packed
    if ":" in source:
        return struct.pack("!IHBB", 6 << 28 | tos << 20 | label, len(options) + len(payload), proto, ttl) + packed + options + payload
    length = 20 + len(options)
    head = struct.pack("!BBHHHBBH", 0x40 | length // 4, tos, length + len(payload), ident, fragment, ttl, proto, 0)
    head += packed + options
    return head[:10] + struct.pack("!H", summed(head)) + head[12:] + payload


def in_words(packet, quoted=False):
    """A packet, and what is in it, a line each."""
    if packet[0] >> 4 == 6:
        first, length, proto, ttl = struct.unpack("!IHBB", packet[:8])
        source, destination = (str(ip_address(packet[n:n + 16])) for n in (8, 24))
        line = f"{source} > {destination} hop limit {ttl} class {first >> 20 & 255:#04x} label {first & 0xfffff:#x}"
        payload, offset = packet[40:40 + length], 0
        whole = len(payload) == length
        while proto in (0, 43, 44, 60) and len(payload) >= 8:
            size = 8 if proto == 44 else 8 + payload[1] * 8
            line += f" header {proto}: {payload[:size].hex()}"
            if proto == 44:
                field = struct.unpack("!H", payload[2:4])[0]
                offset, whole = field & 0xFFF8, whole and field & 0xFFF9 == 0
            proto, payload = payload[0], payload[size:]
    else:
        head = (packet[0] & 15) * 4
        tos, length, ident, fragment, ttl, proto = struct.unpack("!xBHHHBB", packet[:10])
        # A director chooses the outer header's own.
        ident = "own" if ident and proto in (IPIP, IPV6, GRE) else f"{ident:#x}"
        source, destination = (str(ip_address(packet[n:n + 4])) for n in (12, 16))
        line = f"{source} > {destination} ttl {ttl} tos {tos:#04x} id {ident}{' DF' if fragment & DF else ''}"
        offset = (fragment & 0x1FFF) * 8
        if fragment & MF or offset:
            line += f" fragment at {offset}{', more to come' if fragment & MF else ''}"
        if head > 20:
            line += f" options {packet[20:head].hex()}"
        if summed(packet[:head]):
            line += " HEADER CHECKSUM WRONG"
        payload = packet[head:length]
        whole = len(payload) == length - head and not fragment & (MF | 0x1FFF)
    line += f" length {length}"
    if offset:
        return [line, f"  {len(payload)} bytes {digest(payload)}"]
    return [line] + ["  " + said for said in payload_in_words(source, destination, proto, payload, whole and not quoted)]


def payload_in_words(source, destination, proto, payload, whole):
    if proto in (IPIP, IPV6):
        return in_words(payload)
    if proto == GRE:
        return [f"gre {payload[:4].hex()}", *in_words(payload[4:])]
    if proto == SCTP and len(payload) >= 12:
        ports, (tag, checksum) = struct.unpack("!HH", payload[:4]), struct.unpack("!II", payload[4:12])
        sound = (" good" if crc32c(payload[:8] + bytes(4) + payload[12:]) == payload[8:12] else " WRONG") if whole else ""
        return [f"sctp {ports[0]} > {ports[1]} tag {tag:#x} checksum {checksum:#x}{sound}, {digest(payload[12:])}"]
    sound = ""
    if whole and not (proto == UDP and payload[6:8] == b"\0\0"):
        bare = b"" if proto == ICMP else pseudo_header(source, destination, proto, len(payload))
        sound = " good" if summed(bare + payload) == 0 else " WRONG"
    if proto == UDP and len(payload) >= 8:
        ports, length, checksum = struct.unpack("!HH", payload[:4]), *struct.unpack("!HH", payload[4:8])
        return [f"udp {ports[0]} > {ports[1]} length {length} checksum {checksum:#x}{sound}, {digest(payload[8:])}"]
    if proto == TCP and len(payload) >= 20:
        ports, (seq, ack) = struct.unpack("!HH", payload[:4]), struct.unpack("!II", payload[4:12])
        head, flags, window, checksum = struct.unpack("!BBHH", payload[12:18])
        return [f"tcp {ports[0]} > {ports[1]} flags {flags:#x} seq {seq} ack {ack} window {window} checksum {checksum:#x}{sound}, "
                f"options {payload[20:(head >> 4) * 4].hex() or 'none'}, {digest(payload[(head >> 4) * 4:])}"]
    if proto in (ICMP, ICMPV6) and len(payload) >= 8:
        kind, code, rest = payload[0], payload[1], struct.unpack("!I", payload[4:8])[0]
        error = kind in (3, 11, 12) if proto == ICMP else kind < 128
        lines = [f"icmp {kind}/{code} {rest:#x} checksum{sound}, {len(payload) - 8} bytes"]
        return lines + ["  quoting " + line for line in in_words(payload[8:], True)] if error else lines
    return [f"protocol {proto}, {digest(payload)}"]


def finished(packet):
    """A packet of a virtual card that leaves checksums to the next one: with its checksum."""
    if packet[0] >> 4 != 6 or packet[6] not in (TCP, UDP, ICMPV6):
        return packet
    source, destination = (str(ip_address(packet[n:n + 16])) for n in (8, 24))
    segment, at = packet[40:], {TCP: 16, UDP: 6, ICMPV6: 2}[packet[6]]
    left_out = summed(pseudo_header(source, destination, packet[6], len(segment))) ^ 0xFFFF
    if segment[at:at + 2] != struct.pack("!H", left_out):
        return packet
    return packet[:40] + with_checksum(source, destination, packet[6], segment[:at] + b"\0\0" + segment[at + 2:], at)


def digest(data):
    return data.hex() if len(data) <= 16 else f"{len(data)} bytes, sum {summed(data):#x}"


class Wire:
    """The cable of a host: frames go in and come out as they are. `unfinished`: checksums may be left out."""

    def __init__(self, host, mac_names, unfinished):
        self._unfinished = unfinished
        self._socket = host.new_socket(socket.AF_PACKET, socket.SOCK_RAW)
        with host.here():
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            self._socket.bind(("eth0", 3))
        self.mac = self._socket.getsockname()[4]
        self._names = mac_names
        mac_names[self.mac] = host.name
        self.router = None

    def find_director(self, own, address, name):
        """Asks by ARP for the director's MAC address; from now on packets go there."""
        ask = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + self.mac + ip_address(own).packed + bytes(6) + ip_address(address).packed
        ask = b"\xff" * 6 + self.mac + b"\x08\x06" + ask

        def answers(frame):
            return frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\2" and frame[28:32] == ip_address(address).packed

        self.router = self._wait(answers, lambda: self._socket.send(ask))[-1][6:12]
        self._names[self.router] = name

    def send(self, packet):
        self._socket.send(self.router + self.mac + (b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00") + packet)

    def until(self, mark, ask):
        """The packets that come, in words, up to the one with these bytes in it, which `ask` asks for. Again, when
        it takes long: a user-mode Linux on a busy machine may leave a packet lying until the next one comes."""
        lines = []
        for frame in self._wait(lambda f: mark in f, ask)[:-1]:
            if frame[12:14] in (b"\x08\x00", b"\x86\xdd") and not self._chatter(frame[14:]) and SENTINEL not in frame:
                said = in_words(finished(frame[14:]) if self._unfinished else frame[14:])
                lines += [f"{self._names.get(frame[6:12], '?')} to {self._names.get(frame[:6], '?')}: {said[0]}", *said[1:]]
        return lines

    @staticmethod
    def _chatter(packet):
        """Neighbour discovery, multicast listeners."""
        return packet[0] >> 4 == 6 and (packet[24] == 0xFF or packet[6] == ICMPV6 and packet[40] in range(133, 138))

    def _wait(self, last, ask):
        frames = []
        for _ in range(5):
            ask()
            end = time.monotonic() + 2
            while time.monotonic() < end:
                if select.select([self._socket], [], [], 0.1)[0]:
                    frame, (_, _, kind, *_) = self._socket.recvfrom(65536)
                    if kind == socket.PACKET_OUTGOING:
                        continue
                    frames.append(frame)
                    if last(frame):
                        return frames
        raise TimeoutError(f"nothing that was waited for came, but {[f.hex() for f in frames]}")
