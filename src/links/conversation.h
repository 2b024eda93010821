#pragma once

// Whether a heartbeat with a good code is what the peer says now, or an old one that somebody sends
// again. Within one run of the peer the sequence grows on each link. A run that is new to us must
// name our own run, which is random: so an old run's heartbeats are refused even by a director that
// has just started and knows nothing. A run that another has replaced never comes back.
//
//     a, boot 1                      b, boot 2 (just started)
//     {1, echo 0}  ───────────────►  not proven: b notes boot 1
//     a takes it   ◄───────────────  {2, echo 1}
//     {1, echo 2}  ───────────────►  b takes it
//
// Pure, one thread.

#include <array>
#include <cstddef>
#include <cstdint>

#include "links/frame.h"

namespace weir::links {

class conversation {
public:
    explicit conversation(std::uint64_t own_boot) : own_(own_boot) {}

    enum class verdict : std::uint8_t {
        good,     ///< it counts
        fresh,    ///< and begins a new run of the peer
        unproven, ///< from a run that we do not know yet
        old,      ///< said again, or by ourselves
    };
    /// A heartbeat with a good code that came on a link. `alive`: the known run has been heard of
    /// late, so that none but a proven one takes its place.
    verdict hear(const heartbeat& h, std::size_t link, bool alive) noexcept {
        if (h.boot == own_ || is_over(h.boot)) return verdict::old;
        if (h.boot == boot_) {
            std::uint64_t& last = sequences_[link];
            if (h.sequence <= last) return verdict::old;
            last = h.sequence;
            if (h.sequence > newest_) {
                newest_ = h.sequence;
                is_newest_ = true;
            } else {
                is_newest_ = false;
            }
            return verdict::good;
        }
        if (h.echo != own_) {
            if (!alive) candidate_ = h.boot;
            return verdict::unproven;
        }
        if (boot_ != 0) over_[overs_++ % over_.size()] = boot_;
        boot_ = candidate_ = h.boot;
        sequences_.fill(0);
        sequences_[link] = newest_ = h.sequence;
        is_newest_ = true;
        return verdict::fresh;
    }
    /// Is the last good one newer than all of other links?
    bool newest() const noexcept { return is_newest_; }
    /// What to say as `echo`.
    std::uint64_t echo() const noexcept { return candidate_; }

private:
    bool is_over(std::uint64_t boot) const noexcept {
        for (const std::uint64_t each : over_)
            if (each == boot) return true;
        return false;
    }

    std::uint64_t own_;
    std::uint64_t boot_ = 0;      ///< the peer's, proven
    std::uint64_t candidate_ = 0; ///< to be asked for a proof
    std::uint64_t newest_ = 0;
    bool is_newest_ = false;
    std::array<std::uint64_t, ha::most_links> sequences_{}; ///< the last, by link
    std::array<std::uint64_t, 1024> over_{};
    std::size_t overs_ = 0;
};

} // namespace weir::links
