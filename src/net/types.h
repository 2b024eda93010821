#pragma once

// The values in packets and configurations beyond addresses: MACs, prefixes, protocols, endpoints
// and the key of a flow. Parsing text yields a value or nothing, never a half-filled struct;
// `to_string` prints. Pure values: any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "weir/address.h"

namespace weir::inline net {

/// The IP protocol numbers that weir knows (IANA "Assigned Internet Protocol Numbers").
enum class protocol : std::uint8_t {
    icmp = 1,
    ipv4 = 4,
    tcp = 6,
    udp = 17,
    ipv6 = 41,
    icmpv6 = 58,
    vrrp = 112,
    sctp = 132,
};

/// An IEEE 802 MAC address.
struct mac_address {
    std::array<std::uint8_t, 6> bytes{};

    constexpr bool is_multicast() const noexcept { return (bytes[0] & 1) != 0; }
    friend constexpr auto operator<=>(const mac_address&, const mac_address&) noexcept = default;
    /// Two loads and no call: every packet compares MAC addresses.
    friend bool operator==(const mac_address& a, const mac_address& b) noexcept {
        std::uint32_t a4, b4;
        std::uint16_t a2, b2;
        std::memcpy(&a4, a.bytes.data(), 4);
        std::memcpy(&b4, b.bytes.data(), 4);
        std::memcpy(&a2, a.bytes.data() + 4, 2);
        std::memcpy(&b2, b.bytes.data() + 4, 2);
        return ((a4 ^ b4) | static_cast<std::uint32_t>(a2 ^ b2)) == 0;
    }

    static constexpr mac_address broadcast() noexcept {
        return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
    }
};
static_assert(sizeof(mac_address) == 6);

/// An address block. `length` counts from the family's own first bit: 0..32 or 0..128.
struct prefix {
    ip_address address; ///< as written; host bits may be set (an interface address)
    std::uint8_t length = 0;

    /// The block of a single address.
    static constexpr prefix of(const ip_address& one) noexcept {
        return {one, static_cast<std::uint8_t>(one.is_v4() ? 32 : 128)};
    }
    bool contains(const ip_address& other) const noexcept;
    /// The first and last address of the block.
    ip_address first() const noexcept;
    ip_address last() const noexcept;
    friend bool operator==(const prefix&, const prefix&) noexcept = default;
};

/// An address and port of one transport protocol, where a service listens.
struct endpoint {
    ip_address address;
    std::uint16_t port = 0; ///< host order; 0 = all ports
    protocol proto = protocol::tcp;
    std::uint16_t last = 0; ///< last port of a range that starts with `port`; 0 = no range

    constexpr bool is_range() const noexcept { return last != 0; }
    /// True if it covers exactly one port.
    constexpr bool is_exact() const noexcept { return port != 0 && last == 0; }
    constexpr bool covers(std::uint16_t one) const noexcept {
        return port == 0 || one == port || (one > port && one <= last);
    }
    friend constexpr bool operator==(const endpoint&, const endpoint&) noexcept = default;
};

/// Identifies a flow as a packet presents it: the packet's own source and destination. 40 bytes
/// without padding, to be hashed and compared as five words. Same for IPv4 and IPv6.
struct flow_key {
    ip_address source;
    ip_address destination;
    be16 source_port;
    be16 destination_port;
    std::uint32_t proto = 0; ///< IP protocol number

    /// Sets the protocol and the ports, passed as they follow one another in a header. Writes one
    /// word, because the hash soon reads them as one word.
    void set_transport(std::uint32_t ports, std::uint8_t number) noexcept {
        const std::uint64_t word = ports | std::uint64_t{number} << 32;
        std::memcpy(reinterpret_cast<std::byte*>(this) + 2 * sizeof(ip_address), &word,
                    sizeof word);
    }
    friend constexpr bool operator==(const flow_key&, const flow_key&) noexcept = default;
    constexpr flow_key reversed() const noexcept {
        return {destination, source, destination_port, source_port, proto};
    }
};
static_assert(sizeof(flow_key) == 40 && offsetof(flow_key, source_port) == 32);

/// "192.0.2.1", "2001:db8::1". No brackets, no zone.
std::optional<ip_address> parse_address(std::string_view text);
/// "192.0.2.0/24", "2001:db8::/32"; the length is optional (default: a host).
std::optional<prefix> parse_prefix(std::string_view text);
/// "02:00:00:00:00:01".
std::optional<mac_address> parse_mac(std::string_view text);
/// "192.0.2.1:80/tcp", "[2001:db8::1]:80/udp", ".../sctp"; the protocol is optional (default: tcp),
/// the port is not.
std::optional<endpoint> parse_endpoint(std::string_view text);

/// The same, or a range of ports, "192.0.2.1:8000-8100/tcp".
std::optional<endpoint> parse_listener(std::string_view text);

std::string to_string(const ip_address& address);
std::string to_string(const mac_address& mac);
std::string to_string(const prefix& block);
/// "192.0.2.1:80", "[2001:db8::1]:80", without the protocol.
std::string to_string(const ip_address& address, std::uint16_t port);
/// "192.0.2.1:80/tcp", "192.0.2.1:8000-8100/tcp".
std::string to_string(const endpoint& where);
/// "tcp", "udp", "sctp", else the number.
std::string to_string(protocol proto);

} // namespace weir::inline net
