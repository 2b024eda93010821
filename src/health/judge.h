#pragma once

// From answers to up and down: a number of bad answers in a row takes a server down, a number of
// good ones brings it up again. Also how long it is held after that, where the file asks for it: a
// server that flaps is held longer with every fall. Values without a clock.

#include <algorithm>
#include <cstdint>

#include "config/check.h"

namespace weir::health {

enum class standing : std::uint8_t { unknown, up, down };

/// One check of one server.
class judge {
public:
    judge(unsigned fall, unsigned rise, standing begin) : fall_(fall), rise_(rise), now_(begin) {}

    standing now() const { return now_; }
    unsigned row() const { return row_; } ///< answers in a row that contradict the state

    /// An unknown server takes the state of its first answer; one that was never up rises with its
    /// first good answer.
    void take(bool good) {
        if (good == (now_ == standing::up) && now_ != standing::unknown) {
            row_ = 0;
            return;
        }
        ++row_;
        const unsigned needed = now_ == standing::unknown ? 1 : !good ? fall_ : fresh_ ? 1 : rise_;
        if (row_ < needed) return;
        fresh_ = now_ == standing::unknown && !good;
        now_ = good ? standing::up : standing::down;
        row_ = 0;
    }

private:
    unsigned fall_;
    unsigned rise_;
    standing now_;
    unsigned row_ = 0;
    bool fresh_ = false; ///< its first answer was bad, and no good one has come yet
};

/// The holds of one server. Times in milliseconds of a steady clock.
class flap_hold {
public:
    using ms = std::chrono::milliseconds;

    /// Call when it falls, at `now`.
    void fell(const config::flap_damping& rule, ms now) {
        if (falls_ > 0 && now - rose_ >= rule.max) falls_ = 0;
        ++falls_;
        ms hold = falls_ < 2 ? ms{0} : rule.base;
        for (unsigned n = 2; n < falls_ && hold < rule.max; ++n)
            hold *= 2;
        until_ = now + std::min(hold, rule.max);
    }
    void rose(ms now) { rose_ = now; }

    /// Forgets its falls.
    void lift() { *this = {}; }

    ms until() const { return until_; } ///< it must not rise earlier
    unsigned falls() const { return falls_; }

private:
    unsigned falls_ = 0;
    ms rose_{0};
    ms until_{0};
};

/// The share of its weight that a recovered server has after this time: grows evenly to 1.
inline double ramp(std::chrono::milliseconds since, std::chrono::milliseconds whole) {
    constexpr double least = 0.01;
    if (since >= whole) return 1;
    return std::max(least, static_cast<double>(since.count()) / static_cast<double>(whole.count()));
}

} // namespace weir::health
