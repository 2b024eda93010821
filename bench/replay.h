#pragma once

// `weir-bench replay`: established traffic through the production worker, and the floor beside it;
// or, with a full table, packets whose flows have no entry and are placed without state.

#include <cstdint>
#include <string>

#include "config/model.h"
#include "output.h"

namespace weir::bench {

struct replay_case {
    std::string mode = "dr"; ///< dr, tun, gre, nat, floor
    bool v6 = false;
    std::uint64_t flows = 1000;
    unsigned servers = 10;
    unsigned services = 1;
    unsigned workers = 1; ///< at most EAL's cores
    std::size_t packet_size = 64;
    bool zipf = false;
    std::string scheduler = "rr";
    bool full = false; ///< other flows fill the table; those measured have no entry
    double seconds = 1;
};

/// Runs one case on as many EAL cores as it has workers, including the calling one.
json replay(const replay_case& c);

/// The result as a line of text.
std::string replay_text(const json& result);

forwarding mode_named(const std::string& mode);

} // namespace weir::bench
