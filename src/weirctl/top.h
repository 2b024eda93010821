#pragma once

// What `weirctl top` shows: services and servers by how much they do, the workers, the connection
// table, what was dropped. Two samples of a director give the rates, which are thus those of the
// time between them, not smoothed as those of `weirctl list --rate` are. A counter that went back,
// and a server that the first sample does not know, have no rate yet.
//
// Pure but for memory: answers to samples, two samples and a size to lines of text.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace weir::weirctl {

struct top_counts {
    std::uint64_t connections = 0;
    std::uint64_t in_packets = 0, out_packets = 0;
    std::uint64_t in_bytes = 0, out_bytes = 0;
};

/// A service or a server.
struct top_row {
    std::string name;
    std::string note; ///< a service: where and how; a server: its weight, or why it has no work
    top_counts totals;
    std::uint64_t active = 0, inactive = 0; ///< connections
};
struct top_service : top_row {
    std::vector<top_row> servers;
};

struct top_sample {
    double seconds = 0; ///< when, by a clock that never goes back
    nlohmann::json status;
    std::vector<top_service> services;

    /// A line of the answer to `list`.
    void take(const nlohmann::json& part);
};

enum class top_order { cps, packets, bytes, active };

struct top_view {
    top_order order = top_order::cps;
    bool servers = true;      ///< shown below their services
    bool keys = false;        ///< the last line says which there are
    std::size_t rows = 0;     ///< at most; 0 = as many as there are
    std::size_t columns = 80; ///< at most
};

struct top_frame {
    std::vector<std::string> lines;
    std::size_t title = 0; ///< the line with the names of the columns
};

top_frame draw(const top_sample& before, const top_sample& now, const top_view& view);

/// The same as JSON, with all services and servers: status, and what each did per second.
nlohmann::json frame_as_json(const top_sample& before, const top_sample& now, top_order order);

/// At most 6 characters: "0", "0.5", "9999", "12.3k", "1.2M".
std::string short_number(double value);

/// "[####    ]": `share` from 0 to 1 of `width` characters, brackets included.
std::string bar(double share, std::size_t width);

} // namespace weir::weirctl
