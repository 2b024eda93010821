#pragma once

// Logs when limits bite that a flood runs into: what weir leaves unanswered, ends early or drops
// because there is too much of it. All of them are counters of packet_books, so a limit with a
// counter needs one row in `limits()`. tick() reads the counters once a second. A limit has a line
// in the second in which it begins to bite, and another each minute for as long as it goes on.
// Control core only.

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "director/stage.h"
#include "loop/clock.h"
#include "plane/data_plane.h"

namespace weir::director {

struct limit {
    const char* what; ///< is counted, as in "12 WHAT"
    const char* why;  ///< and what to look at
    std::uint64_t (*of)(const packet_books& books);
    const char* one; ///< WHAT, of a single one
};

/// All limits that the log knows.
std::span<const limit> limits();

class limit_watch {
public:
    using time_point = loop::clock::time_point;

    static constexpr std::chrono::seconds again{60}; ///< between two lines about one limit

    explicit limit_watch(std::span<const limit> all) : all_(all), seen_(all.size()) {}

    /// `counts`: of each limit, since start. Returns the lines to write. Once a second.
    std::vector<std::string> look(std::span<const std::uint64_t> counts, time_point now);

private:
    struct seen {
        std::uint64_t at = 0; ///< the count when the last line was written
        time_point told;      ///< when that was
        bool biting = false;  ///< `told` is not a minute ago
    };

    std::span<const limit> all_;
    std::vector<seen> seen_;
};

class limits_stage final : public stage {
public:
    limits_stage(const plane::data_plane& plane, const loop::clock& time)
        : plane_(plane), time_(time) {}

    void tick() override;

private:
    const plane::data_plane& plane_;
    const loop::clock& time_;
    limit_watch watch_{limits()};
};

} // namespace weir::director
