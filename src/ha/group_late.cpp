// What a group does that could not advertise in time (group.h): it stops holding, and asks others
// to be waited for longer.

#include <algorithm>
#include <utility>

#include "ha/group.h"

namespace weir::ha {

namespace {

using namespace std::chrono_literals;

/// An interval that was stretched is no longer than this, unless the configured one is.
constexpr nanoseconds longest_stretched = 1s;
constexpr nanoseconds calm = 60s; ///< without a lapse, until it is half as long again

} // namespace

/// After a second lapse within a minute.
void group::stretch(moment now) noexcept {
    const moment before = std::exchange(lapsed_, now);
    const bool followed = std::ranges::all_of(
        routers_, [](const router& r) { return r.version == vrrp_version::v3; });
    if (before == 0ns || now - before > calm || !followed || 2 * advertised() > longest_stretched)
        return;
    ++stretch_;
    stretched_ = now;
}

outcome group::wake(moment now) noexcept {
    if (stretch_ > 0 && now - std::max(stretched_, lapsed_) > calm) {
        --stretch_;
        stretched_ = now;
    }
    if (!holding() || now <= lease()) return {};
    stretch(now);
    return apply(event::lapsed, now, {.silence = now - std::min(sent_, proved_)});
}

} // namespace weir::ha
