#include "traffic.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "net/checksum.h"

namespace weir::bench {

namespace {

struct place {
    std::uint32_t client;
    std::uint16_t port;
};

/// Consecutive flows differ in address first, as unrelated clients do.
place place_of(std::uint64_t flow) {
    return {static_cast<std::uint32_t>(flow % traffic::clients_per_port
                                       + flow / (traffic::clients_per_port * 1024)
                                             * traffic::clients_per_port),
            static_cast<std::uint16_t>(1024 + flow / traffic::clients_per_port % 1024 * 61)};
}

void write_tcp(tcp_header& tcp, std::uint16_t port, std::uint8_t flags) {
    tcp = {.source_port = be16::from_host(port),
           .destination_port = be16::from_host(80),
           .sequence = be32::from_host(1),
           .acknowledgement = be32::from_host(1),
           .data_offset = 5 << 4,
           .flags = flags,
           .window = be16::from_host(65535),
           .checksum = be16::from_host(0x1234), // carried through, never verified
           .urgent = {}};
}

} // namespace

traffic::traffic(const testbed& bed, bool v6, unsigned services, std::size_t packet_size)
    : v6_(v6) {
    const std::size_t least = sizeof(ether_header) + sizeof(tcp_header)
                              + (v6 ? sizeof(ipv6_header) : sizeof(ipv4_header));
    length_ = static_cast<std::uint16_t>(std::clamp<std::size_t>(packet_size - 4, least, 1514));
    for (unsigned s = 0; s < services; ++s)
        vips_.push_back(bed.vip(s));
}

std::uint16_t traffic::write(std::byte* frame, std::uint64_t flow, std::uint8_t tcp_flags) const {
    auto& ether = *reinterpret_cast<ether_header*>(frame);
    ether.destination = testbed::port_mac();
    ether.source = testbed::client_mac();
    ether.type =
        be16::from_host(static_cast<std::uint16_t>(v6_ ? ether_type::ipv6 : ether_type::ipv4));
    if (v6_)
        write_v6(frame, flow, tcp_flags);
    else
        write_v4(frame, flow, tcp_flags);
    return length_;
}

void traffic::write_v4(std::byte* frame, std::uint64_t flow, std::uint8_t tcp_flags) const {
    const place from = place_of(flow);
    auto& ip = *reinterpret_cast<ipv4_header*>(frame + sizeof(ether_header));
    ip = {.version_ihl = 0x45,
          .tos = 0,
          .total_length =
              be16::from_host(static_cast<std::uint16_t>(length_ - sizeof(ether_header))),
          .id = {},
          .fragment = be16::from_host(ipv4_header::dont_fragment),
          .ttl = 64,
          .proto = static_cast<std::uint8_t>(protocol::tcp),
          .checksum = {},
          .source = be32::from_host(0x0a000000 + from.client),
          .destination = vips_[flow % vips_.size()].as_v4()};
    ip.checksum =
        checksum_finish(checksum_add({reinterpret_cast<const std::byte*>(&ip), sizeof ip}));
    write_tcp(*reinterpret_cast<tcp_header*>(&ip + 1), from.port, tcp_flags);
}

void traffic::write_v6(std::byte* frame, std::uint64_t flow, std::uint8_t tcp_flags) const {
    const place from = place_of(flow);
    auto& ip = *reinterpret_cast<ipv6_header*>(frame + sizeof(ether_header));
    ip.version_class_flow = be32::from_host(0x60000000);
    ip.payload_length = be16::from_host(
        static_cast<std::uint16_t>(length_ - sizeof(ether_header) - sizeof(ipv6_header)));
    ip.next_header = static_cast<std::uint8_t>(protocol::tcp);
    ip.hop_limit = 64;
    ip.source = {0x20, 0x01, 0x0d, 0xb8, 0xff};
    std::memcpy(&ip.source[12], &from.client, sizeof from.client);
    ip.destination = vips_[flow % vips_.size()].bytes();
    write_tcp(*reinterpret_cast<tcp_header*>(&ip + 1), from.port, tcp_flags);
}

flow_order::flow_order(std::uint64_t flows, bool zipf, std::uint64_t seed)
    : flows_(flows), state_(seed * 2 + 1) {
    if (!zipf) return;
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> uniform(0, 1);
    table_.resize(1 << 20);
    const double range = std::log(static_cast<double>(flows));
    for (std::uint32_t& flow : table_)
        flow = static_cast<std::uint32_t>(
            std::min(std::exp(uniform(random) * range) - 1, static_cast<double>(flows) - 1));
}

} // namespace weir::bench
