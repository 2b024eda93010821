#pragma once

// The growth rates of counters, by LVS's estimator (net/netfilter/ipvs/ip_vs_est.c), so that
// `weirctl list --rate` and `ipvsadm -Ln --rate` mean the same. Every 2 seconds a rate moves a
// quarter of the way to the rate of those 2 seconds. Rates are fixed point, with 10 binary places
// for connections and packets, 5 for bytes.
//
// Services take turns: a fiftieth of them every 40 ms, each at its place in the round, so that ten
// thousand services never hold up the control core for long. Control core only.

#include <cstdint>
#include <string>
#include <unordered_map>

#include "command/views.h"
#include "loop/event_loop.h"

namespace weir::command {

/// Per second.
struct rate_info {
    std::uint64_t connections = 0;
    std::uint64_t in_packets = 0;
    std::uint64_t out_packets = 0;
    std::uint64_t in_bytes = 0;
    std::uint64_t out_bytes = 0;
    friend bool operator==(const rate_info&, const rate_info&) = default;
};

/// The estimator of one set of counters.
class estimator {
public:
    /// Takes the current counters, 2 seconds after the last time. Counters that went back belong to
    /// a new owner, so the estimate starts afresh.
    void sample(const server_totals& now) noexcept;
    rate_info read() const noexcept;

private:
    server_totals last_;
    std::uint64_t connections_ = 0; ///< per second, times 2^10
    std::uint64_t in_packets_ = 0;
    std::uint64_t out_packets_ = 0;
    std::uint64_t in_bytes_ = 0; ///< per second, times 2^5
    std::uint64_t out_bytes_ = 0;
};

class rates {
public:
    /// Samples by a timer of `loop`. Both must outlive this.
    rates(loop::event_loop& loop, const director_view& view);
    ~rates();
    rates(const rates&) = delete;
    rates& operator=(const rates&) = delete;

    /// Zero for services never sampled.
    rate_info of_service(const std::string& name) const;
    rate_info of_server(target_id id) const;

    static constexpr std::chrono::milliseconds period{2000};
    static constexpr unsigned turns = 50; ///< in a round

private:
    struct entry {
        estimator estimate;
        std::uint32_t round = 0; ///< the round that last saw it
    };
    void turn();
    void forget_gone();

    loop::event_loop& loop_;
    const director_view& view_;
    loop::event_loop::timer_id timer_;
    unsigned turn_ = 0;
    std::uint32_t round_ = 1;
    service_info buffer_;
    std::unordered_map<std::string, entry> services_; ///< by name
    std::unordered_map<target_id, entry> servers_;
};

} // namespace weir::command
