// Any bytes as a frame: the parser stays within them, its quick way agrees with its thorough one,
// and whatever it accepts can be rewritten, put into a tunnel and answered without harm to
// checksums.

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

#include "net/answer_icmp.h"
#include "net/answer_link.h"
#include "net/answer_reset.h"
#include "net/parse.h"
#include "net/rewrite.h"
#include "net/tunnel.h"
#include "packets/samples.h"
#include "target.h"

namespace weir::fuzz {

namespace {

using bytes = std::span<const std::byte>;

/// A copy in memory of exactly its size.
class exact_copy {
public:
    explicit exact_copy(bytes from, std::size_t room = 0)
        : size_(std::max(from.size(), room)), bytes_(std::make_unique<std::byte[]>(size_)) {
        require(from.size() <= UINT16_MAX, "frames are small");
        std::copy(from.begin(), from.end(), bytes_.get());
    }
    std::byte* data() { return bytes_.get(); }
    bytes all() const { return {bytes_.get(), size_}; }

private:
    std::size_t size_;
    std::unique_ptr<std::byte[]> bytes_;
};

packet_view parsed(bytes frame, ip_checksum device_says = ip_checksum::unknown) {
    packet_view view;
    parse(frame, device_says, view);
    return view;
}

bool same(const packet_view& a, const packet_view& b) {
    return a.key == b.key && a.l3 == b.l3 && a.l4 == b.l4 && a.ip_length == b.ip_length
           && a.inner == b.inner && a.inner_l4 == b.inner_l4 && a.kind == b.kind
           && a.reason == b.reason && a.tcp_flags == b.tcp_flags && a.opens() == b.opens()
           && a.sctp_chunk == b.sctp_chunk && a.v6 == b.v6 && a.fragmented == b.fragmented
           && a.vlan == b.vlan && a.fragment_id == b.fragment_id
           && a.fragment_offset == b.fragment_offset;
}

/// True: it is a packet for parse_simple().
bool check_simple(bytes frame, ip_checksum device_says) {
    packet_view quick;
    std::memset(static_cast<void*>(&quick), 0xa5, sizeof quick); // it sets everything
    if (!parse_simple(frame, device_says == ip_checksum::good, quick)) return false;
    require(same(quick, parsed(frame, device_says)) && quick.kind == packet_kind::flow,
            "parse_simple says what parse says");
    return true;
}

ip_address other_address(bool v6) {
    constexpr std::array<std::uint8_t, 16> octets{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0,
                                                  0,    0,    0,    0,    0, 0, 0, 0x11};
    return v6 ? ip_address::v6(octets.data()) : ip_address::v4(203, 0, 113, 11);
}

void check_places(bytes frame, const packet_view& view) {
    const std::size_t end = std::size_t{view.l3} + view.ip_length;
    switch (view.kind) {
    case packet_kind::bad:
        require(view.reason != drop_reason::none, "a bad packet has a reason");
        return;
    case packet_kind::flow:
        require(view.l4 + sizeof(udp_header) <= end, "ports lie within the packet");
        break;
    case packet_kind::icmp_error:
        require(view.l4 + sizeof(icmp_header) <= view.inner && view.inner < view.inner_l4
                    && view.inner_l4 + 8u <= end,
                "a quoted packet lies within its error");
        break;
    case packet_kind::arp:
        require(view.l3 + sizeof(arp_header) <= frame.size(), "ARP is whole");
        break;
    default:
        break;
    }
    require(end <= frame.size(), "an IP packet lies within its frame");
    require(view.ip_length == 0 || view.l4 <= end, "a transport header lies within its packet");
    require(view.reason == drop_reason::none, "a good packet has no reason to be dropped");
}

/// Rewrites change checksums by what they change: right ones stay right, wrong ones wrong.
void check_translation(bytes frame, const packet_view& view) {
    const bool good = test::checksums_good(frame);
    const ip_address to = other_address(view.v6);
    for (const side which : {side::source, side::destination}) {
        exact_copy copy(frame);
        const be16 port = be16::from_host(8080);
        const bool ports = view.kind == packet_kind::flow;
        bool done = true;
        if (view.kind == packet_kind::icmp_error)
            translate_icmp_error(copy.data(), view, which, to, port);
        else if (which == side::source)
            done = translate_source(copy.data(), view, to, port, ports);
        else
            done = translate_destination(copy.data(), view, to, port, ports);
        require(done || (view.key.proto == 132 && view.fragmented), "it can be translated");
        if (!done) continue;
        require(test::checksums_good(copy.all()) == good, "a translation keeps checksums");
        const packet_view after = parsed(copy.all());
        require(after.kind == view.kind, "a translated packet is of the same kind");
    }
}

/// What the express lane does to plain packets is what is done to all.
void check_plain(bytes frame, const packet_view& view) {
    const ip_address to = other_address(view.v6);
    const be16 port = be16::from_host(8080);
    for (const side which : {side::source, side::destination}) {
        exact_copy plain(frame);
        exact_copy any(frame);
        translate_plain(plain.data(), view, which, to, port);
        require(which == side::source ? translate_source(any.data(), view, to, port)
                                      : translate_destination(any.data(), view, to, port),
                "a plain packet can be translated");
        require(std::ranges::equal(plain.all(), any.all()), "translations agree");
    }
}

/// The tunnel packet as the builder of the tests makes it, without link header.
test::bytes_of_frame tunnelled(bytes frame, const packet_view& view, const ip_address& source,
                               const ip_address& destination, std::uint16_t id, bool may_be_cut,
                               encapsulation how) {
    const std::uint16_t l3 = view.l3;
    test::packet packet;
    packet.from(source).to(destination).ttl(ttl_of(frame.data() + l3, view.v6)).carry(frame, how);
    packet.tos(view.v6 ? static_cast<std::uint8_t>(test::get16(frame, l3) >> 4)
                       : test::get8(frame, l3 + 1u));
    if (!may_be_cut && (view.v6 || (test::get8(frame, l3 + 6u) & 0x40) != 0))
        packet.df();
    else if (!destination.is_v6())
        packet.id(id);
    test::bytes_of_frame all = packet.bytes();
    all.erase(all.begin(), all.begin() + sizeof(ether_header));
    return all;
}

void check_tunnel(bytes frame, const packet_view& view, encapsulation how) {
    const bytes inner = frame.subspan(view.l3, view.ip_length);
    for (const bool outer_v6 : {false, true}) {
        const std::size_t overhead = tunnel_overhead(how, outer_v6);
        if (view.ip_length + overhead > UINT16_MAX) continue;
        const ip_address source =
            outer_v6 ? ip_address{0xb80d0120, 1} : ip_address::v4(198, 51, 100, 1);
        const ip_address destination = other_address(outer_v6);
        for (const bool may_be_cut : {false, true}) {
            exact_copy out({}, overhead + inner.size());
            std::copy(inner.begin(), inner.end(), out.data() + overhead);
            write_tunnel_header(how, out.data(), outer_v6, out.data() + overhead, view.v6,
                                view.ip_length, source, destination, 0x1234, may_be_cut);
            require(std::ranges::equal(out.all(), tunnelled(frame, view, source, destination,
                                                            0x1234, may_be_cut, how)),
                    "a tunnel packet is as it must be");
        }
    }
}

void check_answers(bytes frame, const packet_view& view) {
    exact_copy out({}, answer_room);
    const std::span<std::byte> room{out.data(), answer_room};
    const ip_address from = other_address(view.v6);
    for (const auto what : {icmp_answer::time_exceeded, icmp_answer::too_big,
                            icmp_answer::port_unreachable, icmp_answer::protocol_unreachable}) {
        const std::size_t size = make_icmp_error(frame, view, what, from, 1400, room);
        if (size == 0) continue;
        require(view.kind != packet_kind::bad && view.kind != packet_kind::icmp_error,
                "no error about an error");
        const packet_view error = parsed(out.all().first(size));
        require(error.kind == packet_kind::icmp_error || error.kind == packet_kind::other,
                "our errors are good packets");
        require(make_icmp_error(out.all().first(size), error, what, from, 1400, room) == 0,
                "no error about our own error");
    }
    if (const std::size_t size = make_reset(frame, view, room); size != 0) {
        const packet_view reset = parsed(out.all().first(size));
        require(reset.kind == packet_kind::flow && test::checksums_good(out.all().first(size)),
                "our resets are good packets");
        exact_copy second({}, answer_room);
        require(make_reset(out.all().first(size), reset, {second.data(), answer_room}) == 0,
                "no reset about a reset");
    }
}

void check_turned(bytes frame, const packet_view& view) {
    const mac_address ours{{2, 0, 0, 0, 0, 9}};
    exact_copy copy(frame, view.kind == packet_kind::solicitation ? view.l3 + 72u : 0);
    bytes turned = copy.all();
    if (view.kind == packet_kind::arp) turn_arp(copy.data(), view, ours);
    if (view.kind == packet_kind::echo) turn_echo(copy.data(), view);
    if (view.kind == packet_kind::solicitation)
        turned = turned.first(turn_solicitation(copy.data(), view, ours));
    require(view.kind == packet_kind::arp || test::checksums_good(turned),
            "our answers have good checksums");
}

} // namespace

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (const test::sample& s : test::samples())
        all.emplace_back(reinterpret_cast<const char*>(s.frame.data()), s.frame.size());
    return all;
}

} // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::fuzz;
    const bytes frame = std::as_bytes(std::span{data, size});
    const packet_view view = parsed(frame);
    check_places(frame, view);
    if (check_simple(frame, ip_checksum::unknown)) check_plain(frame, view);
    check_simple(frame, ip_checksum::good);
    switch (view.kind) {
    case packet_kind::flow:
    case packet_kind::fragment:
        for (const auto how : {encapsulation::ipip, encapsulation::gre})
            check_tunnel(frame, view, how);
        [[fallthrough]];
    case packet_kind::icmp_error: // those about tunnels are not translated: they are about no flow
        if (view.key.proto == 6 || view.key.proto == 17 || view.key.proto == 132)
            check_translation(frame, view);
        break;
    case packet_kind::arp:
    case packet_kind::echo:
    case packet_kind::solicitation:
        check_turned(frame, view);
        break;
    default:
        break;
    }
    check_answers(frame, view);
    return 0;
}
