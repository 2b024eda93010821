// From all checks of a server to what its service hears of it, and what the log hears.

#include <algorithm>

#include <fmt/format.h>

#include "health/monitor_parts.h"
#include "net/names.h"

namespace weir::health {

namespace {

using namespace std::chrono_literals;

constexpr auto ramp_step = 200ms;

} // namespace

std::chrono::milliseconds monitor::now() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now().time_since_epoch());
}

/// Re-evaluates all checks of a server after one has changed.
void monitor::changed(server& of) {
    const task* against = nullptr;
    bool unknown = false;
    bool withdrawn = false;
    for (const auto& t : of.tasks) {
        if (t->now() == standing::down && against == nullptr) against = t.get();
        unknown |= t->now() == standing::unknown;
        withdrawn |= t->withdrawn();
    }
    const task& says = against != nullptr ? *against : *of.tasks.back();
    const config::check& c = says.check()->wanted;
    const fitness fit = withdrawn            ? fitness::withdrawn
                        : against != nullptr ? fitness::bad
                        : unknown            ? fitness::unproven
                        : is_held(of)        ? fitness::held
                                             : fitness::good;
    settle(of, fit,
           fmt::format("{}{}: {}", config::to_string(c.type),
                       c.to == config::destination::vip ? " to the VIP" : "", says.answer()));
    report(of);
}

/// Does it stay held although its checks are good? Then it is looked at again when that is over.
bool monitor::is_held(server& of) {
    const auto left = of.hold.until() - now();
    if (of.fit == fitness::good || left <= 0ms) return false;
    if (of.hold_timer == 0)
        of.hold_timer = loop_.after(left, [this, &of] {
            of.hold_timer = 0;
            changed(of);
        });
    return true;
}

void monitor::settle(server& of, fitness fit, const std::string& why) {
    const fitness before = std::exchange(of.fit, fit);
    const std::string which = with_word(of.word, to_string(of.address, of.port));
    const std::string name = fmt::format("service {}: {}", of.in->name, which);
    switch (fit) {
    case fitness::unproven:
        return;
    case fitness::held:
        if (before != fitness::held)
            to_.tell(telling::up, fmt::format("{} is good again, but held for {} ms: {}", name,
                                              (of.hold.until() - now()).count(), why));
        return;
    case fitness::good:
        if (before == fitness::good) return;
        of.told = true;
        of.hold.rose(now());
        if (of.was_up && of.in->slow_start > 0ms) {
            of.ramp_from = now();
            if (ticking_ == 0) ticking_ = loop_.every(ramp_step, [this] { tick(); });
        }
        of.was_up = true;
        to_.tell(telling::up, fmt::format("{} is up: {}", name, why));
        if (std::exchange(of.turned, false)) to_.turned({of.in->name, which, true, why});
        return;
    case fitness::bad:
    case fitness::withdrawn:
        break;
    }
    of.ramp_from = 0ms;
    std::string held;
    if (before == fitness::good) {
        of.hold.fell(of.in->hold_down, now());
        const auto left = of.hold.until() - now();
        if (left > 0ms)
            held =
                fmt::format(" (fall {}, held for {} ms at least)", of.hold.falls(), left.count());
    }
    const bool was_out = before == fitness::bad || before == fitness::withdrawn;
    if (std::exchange(of.told, true) && was_out) return;
    to_.tell(telling::down, fmt::format("{} is down: {}{}", name, why, held));
    of.turned = true;
    to_.turned({of.in->name, which, false, why});
}

void monitor::lift_hold(target_id id) {
    for (const auto& [name, of] : services_)
        for (const auto& s : of->servers)
            if (s->id == id) {
                s->end_hold();
                changed(*s);
            }
}

void monitor::report(server& of) {
    condition sum{.fit = of.fit};
    for (const auto& t : of.tasks)
        sum.share *= t->share();
    if (of.ramp_from > 0ms) {
        const double part = ramp(now() - of.ramp_from, of.in->slow_start);
        if (part >= 1) of.ramp_from = 0ms;
        sum.share *= part;
    }
    to_.on_change(of.id, sum);
}

/// Raises the weights of recovered servers step by step.
void monitor::tick() {
    bool any = false;
    for (const auto& [name, of] : services_) {
        if (of->slow_start == 0ms) continue;
        for (const auto& s : of->servers) {
            if (s->ramp_from == 0ms) continue;
            report(*s);
            any = true;
        }
    }
    if (!any) loop_.cancel(std::exchange(ticking_, 0));
}

} // namespace weir::health
