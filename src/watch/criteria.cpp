#include "watch/criteria.h"

#include <algorithm>
#include <charconv>

#include <sys/types.h>

#include <pcap/bpf.h>

#include "net/headers.h"

namespace weir::watch {

namespace {

static_assert(sizeof(filter_step) == sizeof(bpf_insn)
              && offsetof(filter_step, jump_else) == offsetof(bpf_insn, jf)
              && offsetof(filter_step, k) == offsetof(bpf_insn, k));

const bpf_insn* instructions_of(std::span<const filter_step> program) noexcept {
    return reinterpret_cast<const bpf_insn*>(program.data());
}

constexpr std::size_t most_steps = 4096; ///< as in kernels

bool is_tag(std::uint16_t type) noexcept {
    constexpr std::uint16_t service_tag = 0x88a8;
    return type == static_cast<std::uint16_t>(ether_type::vlan) || type == service_tag;
}

void read_ports(std::span<const std::byte> frame, std::size_t at, flow_key& key) noexcept {
    const bool has_ports = key.proto == static_cast<std::uint8_t>(protocol::tcp)
                           || key.proto == static_cast<std::uint8_t>(protocol::udp)
                           || key.proto == static_cast<std::uint8_t>(protocol::sctp);
    if (!has_ports || at + 4 > frame.size()) return;
    std::memcpy(&key.source_port, frame.data() + at, 2);
    std::memcpy(&key.destination_port, frame.data() + at + 2, 2);
}

/// An IP packet at `at`; `depth` headers may still be around it.
void read_ip(std::span<const std::byte> frame, std::size_t at, unsigned depth,
             flow_key& key) noexcept {
    if (at >= frame.size()) return;
    const unsigned version = std::to_integer<unsigned>(frame[at]) >> 4;
    std::size_t next = 0;
    if (version == 4 && at + sizeof(ipv4_header) <= frame.size()) {
        const auto& ip = header_at<ipv4_header>(frame.data(), at);
        key.source = ip_address::v4(ip.source);
        key.destination = ip_address::v4(ip.destination);
        key.proto = std::to_integer<std::uint8_t>(frame[at + 9]);
        const unsigned offset = (std::to_integer<unsigned>(frame[at + 6]) & 0x1f) << 8
                                | std::to_integer<unsigned>(frame[at + 7]);
        if (offset != 0) return;
        next = at + (std::to_integer<std::size_t>(frame[at]) & 15) * 4;
    } else if (version == 6 && at + sizeof(ipv6_header) <= frame.size()) {
        const auto& ip = header_at<ipv6_header>(frame.data(), at);
        key.source = ip_address::v6(ip.source.data());
        key.destination = ip_address::v6(ip.destination.data());
        key.proto = std::to_integer<std::uint8_t>(frame[at + 6]);
        next = at + sizeof(ipv6_header);
    } else {
        return;
    }
    const bool tunnel = key.proto == static_cast<std::uint8_t>(protocol::ipv4)
                        || key.proto == static_cast<std::uint8_t>(protocol::ipv6);
    if (tunnel && depth > 0) return read_ip(frame, next, depth - 1, key);
    read_ports(frame, next, key);
}

} // namespace

std::optional<party> parse_party(std::string_view text) {
    if (const auto block = parse_prefix(text)) return party{*block, 0};
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos) return std::nullopt;
    std::string_view address = text.substr(0, colon);
    if (address.starts_with('[') && address.ends_with(']'))
        address = address.substr(1, address.size() - 2);
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const auto block = parse_prefix(address);
    if (!block || error != std::errc{} || end != digits.data() + digits.size() || port == 0)
        return std::nullopt;
    return party{*block, port};
}

bool criteria::match(const subject& s, bool final) const noexcept {
    if (port && *port != s.port) return false;
    if (client && !client->is_in(s.key)
        && !(s.has_flow && client->is(s.client_key.source, s.client_key.source_port)))
        return false;
    if (vip && !vip->is_in(s.key)
        && !(s.has_flow && vip->is(s.client_key.destination, s.client_key.destination_port)))
        return false;
    if (server && !server->is_in(s.key)) {
        if (s.has_server ? !server->is(s.server, s.server_port) : final) return false;
    }
    return program.empty()
           || bpf_filter(instructions_of(program), reinterpret_cast<const u_char*>(s.frame.data()),
                         static_cast<u_int>(s.frame.size()), static_cast<u_int>(s.frame.size()))
                  != 0;
}

bool is_sound(std::span<const filter_step> program) {
    if (program.empty() || program.size() > most_steps) return false;
    // Jumps lead forwards only: libpcap's own check leaves that to kernels.
    for (std::size_t i = 0; i < program.size(); ++i) {
        const filter_step& now = program[i];
        if (BPF_CLASS(now.code) == BPF_JMP && BPF_OP(now.code) == BPF_JA
            && now.k >= program.size() - i)
            return false;
    }
    return bpf_validate(instructions_of(program), static_cast<int>(program.size())) != 0;
}

flow_key key_of(std::span<const std::byte> frame, unsigned tunnels) noexcept {
    flow_key key;
    if (frame.size() < sizeof(ether_header)) return key;
    std::size_t at = sizeof(ether_header) - 2;
    const auto type_at = [&](std::size_t where) {
        return static_cast<std::uint16_t>(std::to_integer<unsigned>(frame[where]) << 8
                                          | std::to_integer<unsigned>(frame[where + 1]));
    };
    for (unsigned tags = 0; tags < 2 && at + 6 <= frame.size() && is_tag(type_at(at)); ++tags)
        at += sizeof(vlan_header);
    const std::uint16_t type = type_at(at);
    if (type == static_cast<std::uint16_t>(ether_type::ipv4)
        || type == static_cast<std::uint16_t>(ether_type::ipv6))
        read_ip(frame, at + 2, tunnels, key);
    return key;
}

} // namespace weir::watch
