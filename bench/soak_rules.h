#pragma once

// The rules of `weir-bench soak`: what clients may expect of each server now, and the violations so
// far. Times are time stamp counts; 0 = never. The operator writes the expectations, the clients
// read them; only the clients' thread records violations.

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "net/types.h"

namespace weir::bench {

/// Identifies a server in packets; see testbed::server_tag.
using server_tag = std::uint16_t;

inline server_tag tag_of(const ip_address& server) {
    const auto bytes = server.bytes();
    return static_cast<server_tag>(bytes[14] << 8 | bytes[15]);
}

struct server_expectation {
    std::atomic<std::uint64_t> closed_since{0};  ///< drained or removed, and every worker knows
    std::atomic<std::uint64_t> removed_since{0}; ///< its drain time is running or over
    std::atomic<std::uint64_t> gone_since{0};    ///< its drain time is over
};

class soak_rules {
public:
    server_expectation& expected_of(server_tag server) { return servers_[server]; }

    void violation(const std::string& kind, const std::string& what) {
        if (++violations_[kind] <= examples_of_a_kind) examples_.push_back(kind + ": " + what);
    }
    /// Count by kind.
    const std::map<std::string, std::uint64_t>& violations() const { return violations_; }
    std::uint64_t count() const {
        std::uint64_t sum = 0;
        for (const auto& [kind, times] : violations_)
            sum += times;
        return sum;
    }
    /// The first of each kind.
    const std::vector<std::string>& examples() const { return examples_; }

private:
    static constexpr std::uint64_t examples_of_a_kind = 5;

    std::vector<server_expectation> servers_ = std::vector<server_expectation>(65536);
    std::map<std::string, std::uint64_t> violations_;
    std::vector<std::string> examples_;
};

} // namespace weir::bench
