#pragma once

// The control core of `weir-bench soak`, on its own thread. It reloads with servers drained,
// undrained, reweighed, removed with a drain time, replaced, with other schedulers, or unchanged;
// it drains by command; and it does the director's periodic work. It records what clients may
// expect of a server: before the workers can know if that is more, after all of them know if it is
// less.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <random>
#include <thread>
#include <vector>

#include "soak_rules.h"
#include "testbed.h"

namespace weir::bench {

class soak_operator {
public:
    static constexpr std::chrono::seconds drain_timeout{2}; ///< for removed servers

    /// Servers from number `servers` on, `spare` of them, replace removed ones.
    soak_operator(testbed& bed, soak_rules& rules, unsigned servers, unsigned spare);
    ~soak_operator();
    soak_operator(const soak_operator&) = delete;
    soak_operator& operator=(const soak_operator&) = delete;

    /// Ends the thread; rethrows what ended it.
    void stop();

    std::uint64_t reloads() const { return reloads_; }
    std::uint64_t drains() const { return drains_; }
    std::uint64_t removed() const { return removed_; }

private:
    void run();
    void change();
    void reload();
    void open(config::server& server, std::int32_t weight);
    void close(server_tag server) { pending_.push_back(server); }
    void drain_by_hand(const config::service& service, const config::server& server);
    void replace(config::server& server);
    bool take_unused(unsigned& number);
    void tend();
    bool is_known(const ip_address& address) const;

    testbed& bed_;
    soak_rules& rules_;
    std::vector<config::service> wanted_;
    std::vector<server_tag> pending_; ///< to be closed once the workers know
    std::deque<unsigned> left_;       ///< numbers of removed servers, oldest first
    unsigned next_;                   ///< next unused server
    unsigned end_;                    ///< end of the numbers
    std::mt19937 random_{1};
    std::atomic<std::uint64_t> reloads_{0};
    std::atomic<std::uint64_t> drains_{0};
    std::atomic<std::uint64_t> removed_{0};
    std::atomic<bool> stop_{false};
    std::exception_ptr broken_;
    std::thread thread_;
};

} // namespace weir::bench
