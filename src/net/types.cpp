#include "net/types.h"

#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace weir::inline net {

// flow_key::set_transport() writes them as one word.
static_assert(offsetof(flow_key, source_port) == 2 * sizeof(ip_address));
static_assert(offsetof(flow_key, destination_port) == offsetof(flow_key, source_port) + 2);
static_assert(offsetof(flow_key, proto) == offsetof(flow_key, source_port) + 4);

namespace {

/// A decimal number that spans all of `text`, at most `limit`.
std::optional<unsigned> parse_number(std::string_view text, unsigned limit) {
    unsigned value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stopped != end || value > limit) return std::nullopt;
    return value;
}

/// The bits of a 16-byte address after the first `length`, as an address.
ip_address host_bits(unsigned length) noexcept {
    const auto word = [](unsigned kept) {
        return kept >= 64 ? 0 : __builtin_bswap64(~std::uint64_t{0} >> kept);
    };
    return {word(length), word(length > 64 ? length - 64 : 0)};
}

/// How many leading bits of the 16 bytes are fixed: IPv4 comes after 96 bits of marker.
unsigned fixed_bits(const prefix& block) noexcept {
    return block.address.is_v4() ? 96u + block.length : block.length;
}

} // namespace

bool prefix::contains(const ip_address& other) const noexcept {
    if (other.is_v4() != address.is_v4()) return false;
    const ip_address free = host_bits(fixed_bits(*this));
    return ((address.high ^ other.high) & ~free.high) == 0
           && ((address.low ^ other.low) & ~free.low) == 0;
}

ip_address prefix::first() const noexcept {
    const ip_address free = host_bits(fixed_bits(*this));
    return {address.high & ~free.high, address.low & ~free.low};
}

ip_address prefix::last() const noexcept {
    const ip_address free = host_bits(fixed_bits(*this));
    return {address.high | free.high, address.low | free.low};
}

std::optional<ip_address> parse_address(std::string_view text) {
    const std::string terminated{text};
    if (terminated.size() != std::char_traits<char>::length(terminated.c_str()))
        return std::nullopt;
    be32 v4;
    if (inet_pton(AF_INET, terminated.c_str(), &v4) == 1) return ip_address::v4(v4);
    std::array<std::uint8_t, 16> v6;
    if (inet_pton(AF_INET6, terminated.c_str(), v6.data()) != 1) return std::nullopt;
    const ip_address address = ip_address::v6(v6.data());
    if (address.is_v4()) return std::nullopt; // ::ffff:192.0.2.1: write it as IPv4
    return address;
}

std::optional<prefix> parse_prefix(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) return std::nullopt;
    const prefix host = prefix::of(*address);
    if (slash == std::string_view::npos) return host;
    const auto length = parse_number(text.substr(slash + 1), host.length);
    if (!length) return std::nullopt;
    return prefix{*address, static_cast<std::uint8_t>(*length)};
}

std::optional<mac_address> parse_mac(std::string_view text) {
    mac_address mac;
    if (text.size() != 17) return std::nullopt;
    for (std::size_t i = 0; i < mac.bytes.size(); ++i) {
        if (i > 0 && text[3 * i - 1] != ':') return std::nullopt;
        const char* const digits = text.data() + 3 * i;
        if (std::from_chars(digits, digits + 2, mac.bytes[i], 16).ptr != digits + 2)
            return std::nullopt;
    }
    return mac;
}

std::optional<endpoint> parse_endpoint(std::string_view text) {
    endpoint where;
    if (const std::size_t slash = text.rfind('/'); slash != std::string_view::npos) {
        const std::string_view name = text.substr(slash + 1);
        if (name == "udp")
            where.proto = protocol::udp;
        else if (name == "sctp")
            where.proto = protocol::sctp;
        else if (name != "tcp")
            return std::nullopt;
        text = text.substr(0, slash);
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_number(text.substr(colon + 1), 65535);
    if (!port) return std::nullopt;
    where.port = static_cast<std::uint16_t>(*port);
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    const auto address = parse_address(host);
    if (!address || address->is_v6() != bracketed) return std::nullopt;
    where.address = *address;
    return where;
}

std::optional<endpoint> parse_listener(std::string_view text) {
    const std::size_t end = text.rfind('/');
    const std::string_view protocol_name =
        end == std::string_view::npos ? std::string_view{} : text.substr(end);
    const std::string_view place = text.substr(0, end);
    const std::size_t dash = place.rfind('-');
    if (dash == std::string_view::npos) return parse_endpoint(text);
    auto where = parse_endpoint(std::string(place.substr(0, dash)) + std::string(protocol_name));
    const auto last = parse_number(place.substr(dash + 1), 65535);
    if (!where || !last || where->port == 0 || *last <= where->port) return std::nullopt;
    where->last = static_cast<std::uint16_t>(*last);
    return where;
}

std::string to_string(const ip_address& address) {
    const std::array<std::uint8_t, 16> b = address.bytes();
    if (address.is_v4()) return fmt::format("{}.{}.{}.{}", b[12], b[13], b[14], b[15]);
    std::array<char, INET6_ADDRSTRLEN> text;
    return inet_ntop(AF_INET6, b.data(), text.data(), text.size());
}

std::string to_string(const mac_address& mac) {
    return fmt::format("{:02x}", fmt::join(mac.bytes, ":"));
}

std::string to_string(const prefix& block) {
    return fmt::format("{}/{}", to_string(block.address), block.length);
}

std::string to_string(const ip_address& address, std::uint16_t port) {
    const std::string host = to_string(address);
    return address.is_v4() ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

std::string to_string(const endpoint& where) {
    const std::string first = to_string(where.address, where.port);
    if (where.is_range()) return fmt::format("{}-{}/{}", first, where.last, to_string(where.proto));
    return fmt::format("{}/{}", first, to_string(where.proto));
}

std::string to_string(protocol proto) {
    switch (proto) {
    case protocol::tcp:
        return "tcp";
    case protocol::udp:
        return "udp";
    case protocol::sctp:
        return "sctp";
    default:
        return std::to_string(static_cast<unsigned>(proto));
    }
}

} // namespace weir::inline net
