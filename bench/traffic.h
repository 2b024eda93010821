#pragma once

// Frames of many flows: flow i always has the same five-tuple. Clients are spread over addresses
// and ports like those of a large site.

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "net/headers.h"
#include "testbed.h"

namespace weir::bench {

class traffic {
public:
    /// `packet_size`: bytes on the wire without the checksum, 64 to 1500 (IPv6: at least 78).
    traffic(const testbed& bed, bool v6, unsigned services, std::size_t packet_size);

    /// Writes the frame of a flow; returns its length.
    std::uint16_t write(std::byte* frame, std::uint64_t flow, std::uint8_t tcp_flags) const;

    static constexpr std::uint64_t clients_per_port = 1 << 14;

private:
    void write_v4(std::byte* frame, std::uint64_t flow, std::uint8_t tcp_flags) const;
    void write_v6(std::byte* frame, std::uint64_t flow, std::uint8_t tcp_flags) const;

    bool v6_;
    std::uint16_t length_;
    std::vector<ip_address> vips_;
};

/// Flow numbers in the order of their packets.
class flow_order {
public:
    /// Uniform, or by Zipf's law with exponent 1 (a few flows carry most packets).
    flow_order(std::uint64_t flows, bool zipf, std::uint64_t seed);

    std::uint64_t next() {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        const std::uint64_t random = state_ >> 32;
        if (table_.empty()) return random * flows_ >> 32;
        return table_[random * table_.size() >> 32];
    }

private:
    std::uint64_t flows_;
    std::uint64_t state_;
    std::vector<std::uint32_t> table_; ///< zipf: drawn in advance
};

} // namespace weir::bench
