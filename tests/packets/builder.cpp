#include "packets/builder.h"

#include <algorithm>
#include <stdexcept>

namespace weir::test {

namespace {

using octets = std::vector<std::uint8_t>;

void add8(octets& out, unsigned value) {
    out.push_back(static_cast<std::uint8_t>(value));
}
void add16(octets& out, unsigned value) {
    add8(out, value >> 8 & 0xff);
    add8(out, value & 0xff);
}
void add32(octets& out, std::uint32_t value) {
    add16(out, value >> 16);
    add16(out, value & 0xffff);
}
template <typename Bytes>
void add(octets& out, const Bytes& bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}
void add(octets& out, const ip_address& address) {
    const auto bytes = address.bytes();
    out.insert(out.end(), bytes.begin() + (address.is_v6() ? 0 : 12), bytes.end());
}
void set16(octets& out, std::size_t at, std::uint16_t value) {
    out.at(at) = static_cast<std::uint8_t>(value >> 8);
    out.at(at + 1) = static_cast<std::uint8_t>(value);
}
void round_up(octets& out, std::size_t unit, std::size_t extra = 0) {
    while ((out.size() + extra) % unit != 0)
        out.push_back(0);
}
std::span<const std::byte> as_bytes(const octets& o) {
    return std::as_bytes(std::span{o});
}

ip_address address_from(std::string_view text) {
    const auto address = parse_address(text);
    if (!address) throw std::invalid_argument("not an address: " + std::string{text});
    return *address;
}
mac_address mac_from(std::string_view text) {
    const auto mac = parse_mac(text);
    if (!mac) throw std::invalid_argument("not a MAC: " + std::string{text});
    return *mac;
}

/// The IP packet of a frame, without padding.
octets ip_packet_of(std::span<const std::byte> frame) {
    const std::size_t ip = network_offset(frame);
    const bool is_v6 = get8(frame, ip) >> 4 == 6;
    const std::size_t length = is_v6 ? 40u + get16(frame, ip + 4) : get16(frame, ip + 2);
    octets packet;
    for (std::size_t i = 0; i < length; ++i)
        packet.push_back(get8(frame, ip + i));
    return packet;
}

constexpr std::uint8_t fragment_header = 44;

} // namespace

packet& packet::mac(std::string_view source, std::string_view destination) {
    return mac(mac_from(source), mac_from(destination));
}
packet& packet::mac(const mac_address& source, const mac_address& destination) {
    source_mac_ = source;
    destination_mac_ = destination;
    mac_given_ = true;
    return *this;
}
packet& packet::vlan(std::uint16_t id) {
    vlan_ = id;
    return *this;
}
packet& packet::pad(std::size_t frame_size) {
    pad_ = frame_size;
    return *this;
}
packet& packet::from(std::string_view address) {
    return from(address_from(address));
}
packet& packet::to(std::string_view address) {
    return to(address_from(address));
}
packet& packet::from(const ip_address& address) {
    source_ = address;
    return *this;
}
packet& packet::to(const ip_address& address) {
    destination_ = address;
    return *this;
}
packet& packet::ttl(std::uint8_t value) {
    ttl_ = value;
    return *this;
}
packet& packet::tos(std::uint8_t value) {
    tos_ = value;
    return *this;
}
packet& packet::id(std::uint32_t value) {
    id_ = value;
    return *this;
}
packet& packet::df() {
    df_ = true;
    return *this;
}
packet& packet::options(octets bytes) {
    options_ = std::move(bytes);
    round_up(options_, 4);
    return *this;
}
packet& packet::extension(std::uint8_t number, octets body) {
    round_up(body, 8, 2);
    if (body.empty()) body.assign(6, 0);
    extensions_.emplace_back(number, std::move(body));
    return *this;
}
packet& packet::fragment(std::uint16_t offset, bool more) {
    fragment_ = true;
    offset_ = offset;
    more_ = more;
    return *this;
}
packet& packet::tcp(std::uint16_t source_port, std::uint16_t destination_port) {
    content_ = content::tcp;
    proto_ = 6;
    source_port_ = source_port;
    destination_port_ = destination_port;
    return *this;
}
packet& packet::udp(std::uint16_t source_port, std::uint16_t destination_port) {
    content_ = content::udp;
    proto_ = 17;
    source_port_ = source_port;
    destination_port_ = destination_port;
    return *this;
}
packet& packet::sctp(std::uint16_t source_port, std::uint16_t destination_port) {
    content_ = content::sctp;
    proto_ = 132;
    source_port_ = source_port;
    destination_port_ = destination_port;
    return *this;
}
packet& packet::icmp(std::uint8_t type, std::uint8_t code, std::uint32_t rest) {
    content_ = content::icmp;
    icmp_type_ = type;
    icmp_code_ = code;
    icmp_rest_ = rest;
    return *this;
}
packet& packet::echo(std::uint16_t id, std::uint16_t sequence) {
    return icmp(v6() ? 128 : 8, 0, std::uint32_t{id} << 16 | sequence);
}
packet& packet::echo_reply(std::uint16_t id, std::uint16_t sequence) {
    return icmp(v6() ? 129 : 0, 0, std::uint32_t{id} << 16 | sequence);
}
packet& packet::solicit(std::string_view target) {
    content_ = content::solicitation;
    icmp_type_ = 135;
    target_ = address_from(target);
    ttl_ = 255;
    return *this;
}
packet& packet::arp_request() {
    content_ = content::arp;
    arp_operation_ = 1;
    return *this;
}
packet& packet::arp_reply() {
    content_ = content::arp;
    arp_operation_ = 2;
    return *this;
}
packet& packet::carry(std::span<const std::byte> frame) {
    content_ = content::carried;
    payload_ = ip_packet_of(frame);
    proto_ = payload_.at(0) >> 4 == 6 ? 41 : 4;
    return *this;
}
packet& packet::proto(std::uint8_t number) {
    proto_ = number;
    return *this;
}
packet& packet::syn() {
    return flags(flags_ | 0x02);
}
packet& packet::ack() {
    return flags(flags_ | 0x10);
}
packet& packet::fin() {
    return flags(flags_ | 0x01);
}
packet& packet::rst() {
    return flags(flags_ | 0x04);
}
packet& packet::psh() {
    return flags(flags_ | 0x08);
}
packet& packet::flags(std::uint8_t value) {
    flags_ = value;
    return *this;
}
packet& packet::seq(std::uint32_t value) {
    seq_ = value;
    return *this;
}
packet& packet::acknowledge(std::uint32_t value) {
    acknowledge_ = value;
    return ack();
}
packet& packet::tcp_options(octets bytes) {
    tcp_options_ = std::move(bytes);
    round_up(tcp_options_, 4);
    return *this;
}
packet& packet::tag(std::uint32_t value) {
    tag_ = value;
    return *this;
}
packet& packet::chunk(std::uint8_t type, std::size_t body) {
    add8(chunks_, type);
    add8(chunks_, 0);
    add16(chunks_, static_cast<unsigned>(4 + body));
    for (std::size_t i = 0; i < body; ++i)
        add8(chunks_, i & 0xff);
    round_up(chunks_, 4);
    return *this;
}
packet& packet::no_checksum() {
    no_checksum_ = true;
    return *this;
}
packet& packet::no_link_option() {
    link_option_ = false;
    return *this;
}
packet& packet::payload(std::size_t size) {
    payload_.clear();
    for (std::size_t i = 0; i < size; ++i)
        add8(payload_, i & 0xff);
    return *this;
}
packet& packet::payload(std::string_view text) {
    payload_.assign(text.begin(), text.end());
    return *this;
}
packet& packet::about(std::span<const std::byte> frame, std::size_t quoted) {
    payload_ = ip_packet_of(frame);
    payload_.resize(std::min(payload_.size(), quoted));
    return *this;
}

octets packet::transport() const {
    octets out;
    std::size_t checksum_at = 0;
    std::uint8_t proto = proto_;
    switch (content_) {
    case content::tcp:
        add16(out, source_port_);
        add16(out, destination_port_);
        add32(out, seq_);
        add32(out, acknowledge_);
        add8(out, static_cast<unsigned>((20 + tcp_options_.size()) / 4 << 4));
        add8(out, flags_);
        add16(out, 65535);
        add32(out, 0);
        checksum_at = 16;
        add(out, tcp_options_);
        break;
    case content::udp:
        add16(out, source_port_);
        add16(out, destination_port_);
        add16(out, static_cast<unsigned>(8 + payload_.size()));
        add16(out, 0);
        checksum_at = 6;
        break;
    case content::sctp: {
        add16(out, source_port_);
        add16(out, destination_port_);
        add32(out, tag_);
        add32(out, 0);
        add(out, chunks_);
        add(out, payload_);
        const std::uint32_t crc = plain_crc32c(as_bytes(out));
        for (unsigned i = 0; i < 4; ++i) // the lowest byte first
            out[8 + i] = static_cast<std::uint8_t>(crc >> 8 * i);
        return out;
    }
    case content::icmp:
    case content::solicitation:
        proto = v6() ? 58 : 1;
        add8(out, icmp_type_);
        add8(out, icmp_code_);
        add16(out, 0);
        add32(out, icmp_rest_);
        checksum_at = 2;
        if (content_ == content::solicitation) add(out, target_);
        if (content_ == content::solicitation && link_option_) {
            add16(out, 0x0101);
            add(out, source_mac_.bytes);
        }
        break;
    default:
        return payload_;
    }
    add(out, payload_);
    if (content_ == content::udp && no_checksum_) return out;
    const bool pseudo = v6() || proto != 1;
    std::uint16_t sum = plain_checksum(
        as_bytes(out), pseudo ? pseudo_seed(source_, destination_, proto, out.size()) : 0);
    if (content_ == content::udp && sum == 0) sum = 0xffff;
    set16(out, checksum_at, sum);
    return out;
}

octets packet::ip_packet() const {
    const bool icmp = content_ == content::icmp || content_ == content::solicitation;
    const std::uint8_t proto = icmp ? (v6() ? 58 : 1) : proto_;
    const octets load = offset_ > 0 ? payload_ : transport();
    octets out;
    if (!v6()) {
        const unsigned header = static_cast<unsigned>(20 + options_.size());
        add8(out, 0x40 | header / 4);
        add8(out, tos_);
        add16(out, static_cast<unsigned>(header + load.size()));
        add16(out, id_ & 0xffff);
        add16(out, (df_ ? 0x4000u : 0u) | (more_ ? 0x2000u : 0u) | offset_ / 8u);
        add8(out, ttl_);
        add8(out, proto);
        add16(out, 0);
        add(out, source_);
        add(out, destination_);
        add(out, options_);
        set16(out, 10, plain_checksum(as_bytes(out)));
        add(out, load);
        return out;
    }
    auto chain = extensions_;
    if (fragment_) {
        octets body;
        add16(body, offset_ | (more_ ? 1u : 0u));
        add32(body, id_);
        chain.emplace_back(fragment_header, std::move(body));
    }
    octets behind;
    for (std::size_t i = 0; i < chain.size(); ++i) {
        const auto& [number, body] = chain[i];
        add8(behind, i + 1 < chain.size() ? chain[i + 1].first : proto);
        add8(behind,
             number == fragment_header ? 0 : static_cast<unsigned>((body.size() + 2) / 8 - 1));
        add(behind, body);
    }
    add(behind, load);
    add32(out, 6u << 28 | std::uint32_t{tos_} << 20);
    add16(out, static_cast<unsigned>(behind.size()));
    add8(out, chain.empty() ? proto : chain.front().first);
    add8(out, ttl_);
    add(out, source_);
    add(out, destination_);
    add(out, behind);
    return out;
}

octets packet::arp_packet() const {
    octets out;
    add16(out, 1);
    add16(out, 0x0800);
    add16(out, 0x0604);
    add16(out, arp_operation_);
    add(out, mac_given_ ? source_mac_.bytes : mac_from(source_mac).bytes);
    add(out, source_);
    if (arp_operation_ == 1)
        add(out, mac_address{}.bytes);
    else
        add(out, mac_given_ ? destination_mac_.bytes : mac_from(destination_mac).bytes);
    add(out, destination_);
    return out;
}

bytes_of_frame packet::bytes() const {
    packet whole = *this;
    if (!mac_given_) {
        whole.source_mac_ = mac_from(source_mac);
        whole.destination_mac_ = mac_from(destination_mac);
        if (content_ == content::arp && arp_operation_ == 1)
            whole.destination_mac_ = mac_address::broadcast();
    }
    if (content_ == content::solicitation && destination_.is_none()) {
        auto group = address_from("ff02::1:ff00:0").bytes();
        const auto target = target_.bytes();
        std::copy_n(target.begin() + 13, 3, group.begin() + 13);
        whole.destination_ = ip_address::v6(group.data());
        if (!mac_given_)
            whole.destination_mac_ = {{0x33, 0x33, group[12], group[13], group[14], group[15]}};
    }
    octets out;
    add(out, whole.destination_mac_.bytes);
    add(out, whole.source_mac_.bytes);
    if (vlan_ != 0) {
        add16(out, 0x8100);
        add16(out, vlan_);
    }
    const bool arp = content_ == content::arp;
    add16(out, arp ? 0x0806 : whole.v6() ? 0x86dd : 0x0800);
    add(out, arp ? whole.arp_packet() : whole.ip_packet());
    if (out.size() < pad_) out.resize(pad_);
    bytes_of_frame frame;
    for (const std::uint8_t octet : out)
        frame.push_back(std::byte{octet});
    return frame;
}

std::vector<bytes_of_frame> fragments_of(std::span<const std::byte> frame, std::size_t mtu,
                                         std::uint32_t id) {
    const std::size_t ip = network_offset(frame);
    const octets whole = ip_packet_of(frame);
    const bool v6 = whole.at(0) >> 4 == 6;
    const std::size_t header = v6 ? 40 : 20;
    if (!v6 && whole[0] != 0x45) throw std::invalid_argument("fragments_of: options");
    const std::size_t room = (mtu - header - (v6 ? 8 : 0)) / 8 * 8;
    std::vector<bytes_of_frame> pieces;
    for (std::size_t at = header; at < whole.size(); at += room) {
        const std::size_t size = std::min(room, whole.size() - at);
        const std::size_t offset = at - header;
        const bool more = at + size < whole.size();
        octets piece(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(header));
        if (v6) {
            set16(piece, 4, static_cast<std::uint16_t>(8 + size));
            piece[6] = fragment_header;
            add16(piece, static_cast<unsigned>(whole[6]) << 8);
            add16(piece, static_cast<unsigned>(offset | (more ? 1 : 0)));
            add32(piece, id);
        } else {
            set16(piece, 2, static_cast<std::uint16_t>(header + size));
            set16(piece, 4, static_cast<std::uint16_t>(id));
            set16(piece, 6, static_cast<std::uint16_t>(offset / 8 | (more ? 0x2000 : 0)));
            set16(piece, 10, 0);
            set16(piece, 10, plain_checksum(as_bytes(piece)));
        }
        bytes_of_frame out(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(ip));
        for (const std::uint8_t octet : piece)
            out.push_back(std::byte{octet});
        for (std::size_t i = 0; i < size; ++i)
            out.push_back(std::byte{whole[at + i]});
        pieces.push_back(std::move(out));
    }
    return pieces;
}

} // namespace weir::test
