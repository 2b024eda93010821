// The methods that describe a packet.

#include "packets/builder.h"

#include <algorithm>

#include "packets/octets.h"

namespace weir::test {

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
packet& packet::carry(std::span<const std::byte> frame, encapsulation how) {
    content_ = content::carried;
    payload_ = ip_packet_of(frame);
    const bool v6 = payload_.at(0) >> 4 == 6;
    proto_ = v6 ? 41 : 4;
    if (how != encapsulation::gre) return *this;
    proto_ = 47;
    const octets header = v6 ? octets{0, 0, 0x86, 0xdd} : octets{0, 0, 0x08, 0x00};
    payload_.insert(payload_.begin(), header.begin(), header.end());
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

} // namespace weir::test
