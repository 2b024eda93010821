#pragma once

// Who is meant on a link: a MAC address and the logical port behind which it is, a neighbour's or a
// port's own. Plain values: any thread.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "net/types.h"

namespace weir::inline service {

/// The number of a logical port: its place in the configuration.
using port_id = std::uint8_t;
inline constexpr unsigned max_ports = 32;

/// Six bytes of MAC, the port, and whether they are known, in one word, so that it is read and
/// changed whole, and compared and written as a frame has it.
class link_address {
public:
    link_address() = default; ///< not known
    explicit link_address(std::uint64_t word) noexcept : word_(word) {}
    link_address(const mac_address& mac, port_id port) noexcept {
        std::memcpy(&word_, mac.bytes.data(), mac.bytes.size());
        word_ |= std::uint64_t{port} << port_shift | resolved_bit;
    }
    static link_address unresolved(port_id port) noexcept {
        return link_address{std::uint64_t{port} << port_shift};
    }
    /// The null address, of no port: only broadcasts match it.
    static link_address none() noexcept { return {mac_address::broadcast(), port_id{max_ports}}; }

    bool resolved() const noexcept { return (word_ & resolved_bit) != 0; }
    port_id port() const noexcept { return static_cast<port_id>(word_ >> port_shift); }
    mac_address mac() const noexcept {
        mac_address mac;
        std::memcpy(mac.bytes.data(), &word_, mac.bytes.size());
        return mac;
    }
    std::uint64_t word() const noexcept { return word_; }
    /// Does an Ethernet frame, of which there are at least 8 bytes, go there?
    bool is_destination_of(const std::byte* frame) const noexcept {
        std::uint64_t begin;
        std::memcpy(&begin, frame, sizeof begin);
        return (begin ^ word_) << 16 == 0;
    }
    /// Begins an Ethernet frame that goes there: its addresses.
    void write(std::byte* frame, link_address from) const noexcept {
        const std::uint64_t begin = (word_ & mac_bits) | from.word_ << port_shift;
        const auto rest = static_cast<std::uint32_t>(from.word_ >> 16);
        std::memcpy(frame, &begin, sizeof begin);
        std::memcpy(frame + sizeof begin, &rest, sizeof rest);
    }

private:
    static constexpr unsigned port_shift = 48;
    static constexpr std::uint64_t mac_bits = (std::uint64_t{1} << port_shift) - 1;
    static constexpr std::uint64_t resolved_bit = std::uint64_t{1} << 56;
    std::uint64_t word_ = 0;
};

} // namespace weir::inline service
