// Writes the bytes of a packet, and its fragments.

#include <algorithm>
#include <stdexcept>

#include "packets/builder.h"
#include "packets/octets.h"

namespace weir::test {

namespace {

constexpr std::uint8_t fragment_header = 44;

} // namespace

octets packet::transport() const {
    octets out;
    std::size_t checksum_at = 0;
    std::uint8_t proto = proto_;
    switch (content_) {
    case content::tcp:
        add16(out, source_port_);
        add16(out, destination_port_);
        add32(out, seq_);
        add32(out, (flags_ & 0x10) != 0 ? acknowledge_ : 0);
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
