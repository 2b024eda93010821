#pragma once

// From answers to up and down: so many bad ones in a row make a server fall, so many good ones in a
// row make it rise again. And how long it must stay down: a server that flaps is held down longer
// with every fall. Values, no clock of their own.

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
    unsigned row() const { return row_; } ///< answers in a row against what it is

    /// One that is unknown takes the first answer; one that has never been up, the first good one.
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

/// One server. Times in milliseconds of a clock that only goes on.
class flap_hold {
public:
    using ms = std::chrono::milliseconds;

    /// It falls, at `now`.
    void fell(const config::flap_damping& rule, ms now) {
        if (falls_ > 0 && now - rose_ >= rule.max) falls_ = 0;
        ++falls_;
        ms hold = falls_ < 2 ? ms{0} : rule.base;
        for (unsigned n = 2; n < falls_ && hold < rule.max; ++n)
            hold *= 2;
        until_ = now + std::min(hold, rule.max);
    }
    void rose(ms now) { rose_ = now; }

    ms until() const { return until_; } ///< not to rise before
    unsigned falls() const { return falls_; }

private:
    unsigned falls_ = 0;
    ms rose_{0};
    ms until_{0};
};

/// A recovered server's part of its weight, this long after it came back: grows evenly to 1.
inline double ramp(std::chrono::milliseconds since, std::chrono::milliseconds whole) {
    constexpr double least = 0.01;
    if (since >= whole) return 1;
    return std::max(least, static_cast<double>(since.count()) / static_cast<double>(whole.count()));
}

} // namespace weir::health
