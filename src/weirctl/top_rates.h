#pragma once

// Two samples of a director measured: what each service and server did per second between them, the
// busiest first. For a frame of `weirctl top`, as text or as JSON. Pure.

#include <algorithm>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "message/keys.h"
#include "message/message.h"
#include "weirctl/top.h"

namespace weir::weirctl {

/// What happened in a second, between two samples.
struct top_rates {
    double connections = 0;
    double in_packets = 0, out_packets = 0;
    double in_bytes = 0, out_bytes = 0;
};

inline double rate(std::uint64_t before, std::uint64_t now, double seconds) {
    return now < before || seconds <= 0 ? 0 : static_cast<double>(now - before) / seconds;
}

inline top_rates rates_of(const top_counts& before, const top_counts& now, double seconds) {
    return {rate(before.connections, now.connections, seconds),
            rate(before.in_packets, now.in_packets, seconds),
            rate(before.out_packets, now.out_packets, seconds),
            rate(before.in_bytes, now.in_bytes, seconds),
            rate(before.out_bytes, now.out_bytes, seconds)};
}

/// A row with its rates, and what it is sorted by.
struct measured {
    const top_row* row = nullptr;
    const top_service* service = nullptr; ///< when it is one
    top_rates speed;
    double rank = 0;
};

inline double rank_of(const top_row& row, const top_rates& speed, top_order order) {
    switch (order) {
    case top_order::packets:
        return speed.in_packets + speed.out_packets;
    case top_order::bytes:
        return speed.in_bytes + speed.out_bytes;
    case top_order::active:
        return static_cast<double>(row.active);
    default:
        return speed.connections;
    }
}

/// The rows with what they did since they were `before`, the busiest first.
template <typename Row>
std::vector<measured> measure(const std::vector<Row>& before, const std::vector<Row>& now,
                              double seconds, top_order order) {
    std::unordered_map<std::string_view, const top_row*> known;
    for (const Row& row : before)
        known.emplace(row.name, &row);
    std::vector<measured> all;
    all.reserve(now.size());
    for (const Row& row : now) {
        measured m{&row, nullptr, {}, 0};
        if constexpr (std::is_same_v<Row, top_service>) m.service = &row;
        if (const auto was = known.find(row.name); was != known.end())
            m.speed = rates_of(was->second->totals, row.totals, seconds);
        m.rank = rank_of(row, m.speed, order);
        all.push_back(m);
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const measured& a, const measured& b) { return a.rank > b.rank; });
    return all;
}

/// The time between two samples; 0 without a first one. A director that has restarted counts from
/// zero.
inline double seconds_between(const top_sample& before, const top_sample& now) {
    const bool same = !before.status.is_null()
                      && message::number(now.status, message::key::uptime)
                             >= message::number(before.status, message::key::uptime);
    return same ? now.seconds - before.seconds : 0;
}

} // namespace weir::weirctl
