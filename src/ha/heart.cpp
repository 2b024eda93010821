#include "ha/heart.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace weir::ha {

namespace {

using namespace std::chrono_literals;

constexpr nanoseconds centisecond = 10ms;

/// So late a real-time thread is only when the process, or the machine, was stopped.
constexpr nanoseconds a_stop = 50ms;

constexpr std::size_t most_matched = 256; // routers of a group that a new plan may carry over

} // namespace

heart::heart(const surroundings& around)
    : around_(around), nanoseconds_per_tick_(1e9 / static_cast<double>(around.ticks_per_second)),
      seen_(around.boxes.size(), moment{0}), progress_(around.boxes.size()) {}

heart::~heart() {
    delete plan_;
    delete next_.load();
    delete used_.load();
}

void heart::publish(std::unique_ptr<plan> next) {
    delete used_.exchange(nullptr);
    delete next_.exchange(next.release());
}

bool heart::next_notice(notice& n) noexcept {
    delete used_.exchange(nullptr, std::memory_order_acquire);
    return notices_.take(n);
}

std::array<std::uint64_t, lateness_buckets> heart::lateness() const noexcept {
    std::array<std::uint64_t, lateness_buckets> all;
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i] = late_[i].get();
    return all;
}

/// From the counter's begin, and later than 0, which says "never".
moment heart::moment_of(std::uint64_t counter) const noexcept {
    const auto ticks = static_cast<double>(static_cast<std::int64_t>(counter - around_.begin));
    return 1h + moment{static_cast<std::int64_t>(ticks * nanoseconds_per_tick_)};
}

std::uint64_t heart::counter_of(moment m) const noexcept {
    const double ticks = static_cast<double>((m - 1h).count()) / nanoseconds_per_tick_;
    return around_.begin + static_cast<std::uint64_t>(static_cast<std::int64_t>(ticks));
}

bool heart::turn(std::uint64_t now) noexcept {
    now_ = now;
    noticed_ = false;
    note_lateness(now);
    const moment at = moment_of(now);
    take_plan(at);
    moment next = at + tick;
    if (plan_ != nullptr) {
        look_at_workers(at);
        look_at_progress(at);
        follow_orders();
        const bool preempts = around_.step == nullptr || around_.step->is_in();
        for (group_plan& g : plan_->groups) {
            g.machine.allow_preemption(preempts
                                       && g.orders->may_preempt.load(std::memory_order_relaxed));
            act(g, g.machine.wake(at));
        }
        take_letters();
        look_at_links(at);
        take_requests(at);
        hear_links(at);
        for (group_plan& g : plan_->groups) {
            act(g, g.machine.look(at));
            if (const moment due = g.machine.next(); due > at) next = std::min(next, due);
        }
        announce_some(at);
        end_successions(at);
        write_lease();
    }
    next_turn_ = counter_of(next);
    return noticed_;
}

void heart::note_lateness(std::uint64_t now) noexcept {
    if (next_turn_ == 0) return;
    const std::uint64_t ticks = now > next_turn_ ? now - next_turn_ : 0;
    const auto late =
        static_cast<std::uint64_t>(static_cast<double>(ticks) * nanoseconds_per_tick_);
    const auto bucket = static_cast<std::size_t>(std::bit_width(late / 1000));
    late_[std::min(bucket, lateness_buckets - 1)].add();
    if (late >= static_cast<std::uint64_t>(a_stop.count()) && around_.step != nullptr)
        around_.step->note_stop();
}

void heart::take_plan(moment now) noexcept {
    if (next_.load(std::memory_order_relaxed) == nullptr
        || used_.load(std::memory_order_relaxed) != nullptr)
        return;
    plan* const old = plan_;
    plan_ = next_.exchange(nullptr, std::memory_order_acquire);
    std::array<group_plan*, 256> before{};
    if (old != nullptr)
        for (group_plan& g : old->groups)
            before[g.id] = &g;
    for (group_plan& g : plan_->groups) {
        g.priority = g.machine.priority();
        group_plan* const was = std::exchange(before[g.id], nullptr);
        if (was == nullptr) {
            g.machine.wait(g.orders->waits.load(std::memory_order_relaxed));
            if (!leaves_) act(g, g.machine.start(now));
            continue;
        }
        std::array<int, most_matched> same;
        same.fill(-1);
        for (std::size_t i = 0; i < std::min(g.routers.size(), same.size()); ++i) {
            const auto match =
                std::find_if(was->routers.begin(), was->routers.end(),
                             [&](const router_plan& r) { return r.name == g.routers[i].name; });
            if (match == was->routers.end()) continue;
            same[i] = static_cast<int>(match - was->routers.begin());
            if (g.routers[i].learns_form) g.routers[i].form = match->form;
            g.routers[i].neighbour = match->neighbour;
            g.routers[i].neighbour_at = match->neighbour_at;
        }
        g.machine.take_over(was->machine, same);
        if (old->peers == plan_->peers) g.said = was->said;
        g.passes_until = was->passes_until;
        g.announcements.under_way = g.machine.holding(); // there may be new addresses
    }
    for (group_plan* const gone : before) {
        if (gone == nullptr) continue;
        if (gone->machine.holding()) advertise(*gone, vrrp_resigns);
        end_succession(*gone);
    }
    used_.store(old, std::memory_order_release);
}

void heart::take_requests(moment now) noexcept {
    request wish;
    while (requests_.take(wish)) {
        leaves_ |= wish.wish == request::what::leave;
        for (group_plan& g : plan_->groups) {
            if (wish.wish == request::what::leave)
                act(g, g.machine.leave(now));
            else if (g.id == wish.group)
                act(g, g.machine.yield(now));
        }
    }
}

void heart::follow_orders() noexcept {
    for (group_plan& g : plan_->groups) {
        const group_orders& o = *g.orders;
        g.machine.set_priority(adjusted(g.priority, o.adjustment.load(std::memory_order_relaxed)));
        g.machine.wait(o.waits.load(std::memory_order_relaxed));
    }
}

void heart::look_at_links(moment now) noexcept {
    for (group_plan& g : plan_->groups) {
        const bool connected = std::ranges::all_of(g.routers, [this](const router_plan& r) {
            return around_.links[r.device].load(std::memory_order_relaxed);
        });
        const bool broken =
            stalled() >= 0 || !connected || g.orders->fault.load(std::memory_order_relaxed)
            || std::ranges::any_of(g.routers,
                                   [](const router_plan& r) { return r.source.is_none(); });
        g.counts->has_links.store(connected, std::memory_order_relaxed);
        act(g, g.machine.set_broken(broken, now));
    }
}

void heart::take_letters() noexcept {
    for (letterbox* const box : around_.boxes) {
        while (const letter* const l = box->received.front()) {
            take_letter(*l);
            box->received.done();
        }
    }
}

void heart::take_letter(const letter& l) noexcept {
    const std::span<const std::byte> packet(l.bytes.data(), l.length);
    const std::uint8_t id = vrrp_id_of(packet);
    const bool v6 = !packet.empty() && std::to_integer<unsigned>(packet[0]) >> 4 == 6;
    for (group_plan& g : plan_->groups) {
        for (std::size_t i = 0; i < g.routers.size(); ++i) {
            router_plan& r = g.routers[i];
            if (r.port != l.port || r.id != id || r.v6() != v6) continue;
            vrrp_message m;
            const vrrp_fault fault =
                parse_vrrp(packet, g.machine.routers()[i].version, !r.unicast.empty(), m);
            if (fault != vrrp_fault::none)
                return r.counts->faults[static_cast<std::size_t>(fault)].add();
            if (m.version == vrrp_version::v2
                && m.interval * centisecond != g.machine.settings().interval)
                return r.counts->other_interval.add(); // RFC 3768 section 7.1
            if (!is_for(r, m)) return;
            const bool active = g.machine.now_in() == state::active;
            const moment came = std::min(moment_of(l.time), moment_of(now_));
            const outcome o = g.machine.hear(i, m, came);
            if (active && m.priority != vrrp_resigns && g.machine.now_in() == state::active)
                g.counts->splits.add();
            act(g, o);
            return note_neighbour(g, r, l, came);
        }
    }
}

/// Does a good advertisement concern this router? Counts it.
bool heart::is_for(router_plan& r, const vrrp_message& m) noexcept {
    const bool known = r.unicast.empty() ? m.destination == vrrp_group(m.source.is_v6())
                                         : std::find(r.unicast.begin(), r.unicast.end(), m.source)
                                               != r.unicast.end();
    if (!known || m.source == r.source) {
        r.counts->strangers.add();
        return false;
    }
    r.counts->heard.add();
    (m.form == vrrp_checksum::plain ? r.counts->plain : r.counts->pseudo).add();
    if (r.learns_form && m.version == vrrp_version::v3) r.form = m.form;
    bool same = m.count() == r.advertised.size();
    for (std::size_t i = 0; same && i < m.count(); ++i)
        same =
            std::find(r.advertised.begin(), r.advertised.end(), m.address(i)) != r.advertised.end();
    if (!same) r.counts->other_addresses.add();
    return true;
}

void heart::act(group_plan& g, const outcome& o) noexcept {
    if (o.moved) {
        g.counts->moves.add();
        noticed_ = true;
        if (!notices_.put({g.id, o.change})) lost_notices_.add();
        begin_succession(g, o.change);
    }
    g.counts->now.store(g.machine.now_in(), std::memory_order_relaxed);
    g.counts->priority.store(g.machine.priority(), std::memory_order_relaxed);
    if ((o.what & action::send) != 0) advertise(g, g.machine.priority());
    if ((o.what & resign) != 0) advertise(g, vrrp_resigns);
    if ((o.what & action::announce) != 0) g.announcements = {.under_way = true};
    if (!g.machine.holding()) g.announcements = {};
}

void heart::write_lease() noexcept {
    std::array<std::uint64_t, 4> held{};
    moment until = moment::max();
    for (const group_plan& g : plan_->groups) {
        if (!g.machine.holding()) continue;
        held[g.id / 64] |= std::uint64_t{1} << g.id % 64;
        until = std::min(until, g.machine.lease());
    }
    lease& l = *around_.held;
    for (std::size_t i = 0; i < held.size(); ++i)
        l.groups[i].store(held[i], std::memory_order_relaxed);
    l.until.store(until == moment::max() ? 0 : counter_of(until), std::memory_order_release);
}

} // namespace weir::ha
