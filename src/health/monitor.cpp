#include "health/monitor.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "health/task.h"
#include "net/names.h"

namespace weir::health {

namespace {

using namespace std::chrono_literals;

constexpr auto ramp_step = 200ms;
constexpr double golden = 0.6180339887498949;

constexpr lost_flows lost_by(config::down_rule rule) noexcept {
    switch (rule) {
    case config::down_rule::keep:
        return lost_flows::none;
    case config::down_rule::expire:
        return lost_flows::all;
    case config::down_rule::expire_udp:
        return lost_flows::udp;
    }
    return lost_flows::none;
}

} // namespace

struct monitor::server {
    explicit server(loop::event_loop& shared) : loop(shared) {}
    ~server() {
        if (hold_timer != 0) loop.cancel(hold_timer);
    }
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    loop::event_loop& loop;
    const service* in = nullptr;
    target_id id = 0;
    ip_address address;
    std::uint16_t port = 0;
    std::string word; ///< what the operator calls it; "" = nothing
    std::vector<std::unique_ptr<task>> tasks;
    bool up = true;
    bool told = false;   ///< a first verdict has been logged
    bool was_up = false; ///< at any time, so that an up now is a recovery
    flap_hold hold;
    loop::event_loop::timer_id hold_timer = 0;
    std::chrono::milliseconds ramp_from{0}; ///< 0 = no ramp
};

struct monitor::service {
    std::string name;
    ip_address vip; ///< the first listener's address
    config::down_rule on_down = config::down_rule::expire_udp;
    std::chrono::milliseconds slow_start{0};
    config::flap_damping hold_down;
    std::vector<std::shared_ptr<const prepared_check>> checks;
    std::vector<std::unique_ptr<server>> servers; ///< in the order of the file
};

std::chrono::milliseconds monitor::now() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now().time_since_epoch());
}

monitor::monitor(loop::event_loop& loop, detour_maker& detours, listener to)
    : loop_(loop), detours_(detours), to_(std::move(to)), pings_(loop), scripts_(loop) {}

monitor::~monitor() {
    if (ticking_ != 0) loop_.cancel(ticking_);
    services_.clear();
}

void monitor::prepare(const std::vector<config::service>& wanted) {
    ready_.clear();
    for (const config::service& s : wanted) {
        if (s.checks.empty()) continue;
        const auto known = services_.find(s.name);
        auto& checks = ready_[s.name];
        for (const config::check& c : s.checks) {
            std::shared_ptr<const prepared_check> found;
            if (known != services_.end())
                for (const auto& before : known->second->checks)
                    if (before->wanted == c
                        && std::find(checks.begin(), checks.end(), before) == checks.end())
                        found = before;
            checks.push_back(found ? found : health::prepare(c));
        }
    }
}

void monitor::apply(const std::vector<service_to_check>& wanted) {
    const auto ready = std::exchange(ready_, {});
    auto before = std::exchange(services_, {});
    for (const service_to_check& w : wanted) {
        const auto old = before.find(w.wanted->name);
        std::unordered_map<target_id, std::unique_ptr<server>> servers;
        if (old != before.end())
            for (auto& s : old->second->servers)
                servers.emplace(s->id, std::move(s));
        if (w.wanted->checks.empty()) {
            // Servers may have been down when they lost their checks.
            for (const auto& known : w.servers)
                if (servers.contains(known.id)) to_.on_change(known.id, condition{});
            continue;
        }
        auto next = std::make_unique<service>();
        next->name = w.wanted->name;
        next->vip = w.wanted->listen.front().address;
        next->on_down = w.wanted->on_down;
        next->slow_start = w.wanted->slow_start;
        next->hold_down = w.wanted->hold_down;
        next->checks = ready.at(next->name);
        for (server_to_check s : w.servers) {
            if (s.port == 0) s.port = w.wanted->listen.front().port;
            const auto found = servers.find(s.id);
            next->servers.push_back(
                renew(*next, s, found == servers.end() ? nullptr : std::move(found->second)));
        }
        services_.emplace(next->name, std::move(next));
    }
}

std::unique_ptr<monitor::server> monitor::renew(service& of, const server_to_check& wanted,
                                                std::unique_ptr<server> before) {
    const bool known = before != nullptr || !wanted.fresh;
    auto s = before ? std::move(before) : std::make_unique<server>(loop_);
    s->in = &of;
    s->id = wanted.id;
    s->address = wanted.address;
    s->port = wanted.port;
    s->word = wanted.word;
    if (known && s->tasks.empty()) s->told = s->was_up = true; // it works, unchecked so far
    auto tasks = std::exchange(s->tasks, {});
    for (const auto& check : of.checks) {
        probe_target target{of.name, wanted.address, wanted.port, wanted.word};
        if (check->wanted.to == config::destination::vip)
            target.vip = vip_there{of.vip, wanted.forward};
        const auto same = std::find_if(tasks.begin(), tasks.end(), [&](const auto& t) {
            return t && t->check() == check && t->is_for(target);
        });
        if (same != tasks.end()) {
            (*same)->set_weight(wanted.weight);
            s->tasks.push_back(std::move(*same));
            continue;
        }
        const standing first = known ? (s->up ? standing::up : standing::down)
                               : check->wanted.first == config::first_state::up ? standing::up
                               : check->wanted.first == config::first_state::down
                                   ? standing::down
                                   : standing::unknown;
        const double phase = std::fmod(static_cast<double>(phases_++) * golden, 1);
        s->tasks.push_back(std::make_unique<task>(
            task_means{loop_, pings_, scripts_, detours_, figures_, to_.tell}, check, target,
            wanted.weight, first, phase, [this, raw = s.get()] { changed(*raw); }));
    }
    // A removed check no longer counts, and a new server starts in the state of its checks.
    s->up = s->up && std::all_of(s->tasks.begin(), s->tasks.end(), [](const auto& t) {
                return t->now() == standing::up;
            });
    s->was_up |= s->up;
    if (!s->up) changed(*s);
    report(*s);
    return s;
}

/// Re-evaluates all checks of a server after one has changed.
void monitor::changed(server& of) {
    const task* against = nullptr;
    bool unknown = false;
    for (const auto& t : of.tasks) {
        if (t->now() == standing::down && against == nullptr) against = t.get();
        unknown |= t->now() == standing::unknown;
    }
    const auto words = [](const task& t) {
        const config::check& c = t.check()->wanted;
        return fmt::format("{}{}: {}", config::to_string(c.type),
                           c.to == config::destination::vip ? " to the VIP" : "", t.answer());
    };
    if (against != nullptr) {
        settle(of, false, words(*against));
    } else if (!unknown && !of.up) {
        const auto left = of.hold.until() - now();
        if (left > 0ms) {
            if (of.hold_timer == 0)
                of.hold_timer = loop_.after(left, [this, &of] {
                    of.hold_timer = 0;
                    changed(of);
                });
        } else {
            settle(of, true, words(*of.tasks.back()));
        }
    }
    report(of);
}

void monitor::settle(server& of, bool up, const std::string& why) {
    if (of.up == up && (of.told || up)) return;
    const bool first = !std::exchange(of.told, true);
    of.up = up;
    const std::string name = with_word(of.word, to_string(of.address, of.port));
    if (up) {
        of.hold.rose(now());
        if (of.was_up && of.in->slow_start > 0ms) {
            of.ramp_from = now();
            if (ticking_ == 0) ticking_ = loop_.every(ramp_step, [this] { tick(); });
        }
        of.was_up = true;
        to_.tell(telling::up, fmt::format("service {}: {} is up: {}", of.in->name, name, why));
        return;
    }
    of.ramp_from = 0ms;
    std::string held;
    if (!first || of.was_up) {
        of.hold.fell(of.in->hold_down, now());
        const auto left = of.hold.until() - now();
        if (of.in->hold_down.base > 0ms && left > 0ms)
            held = fmt::format(" (fall {}, held down for {} ms at least)", of.hold.falls(),
                               left.count());
    }
    to_.tell(telling::down,
             fmt::format("service {}: {} is down: {}{}", of.in->name, name, why, held));
}

void monitor::report(server& of) {
    condition sum;
    sum.up = of.up;
    if (!of.up) sum.lost = lost_by(of.in->on_down);
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

std::vector<check_info> monitor::checks(const std::string& name) const {
    std::vector<check_info> all;
    const auto found = services_.find(name);
    if (found == services_.end()) return all;
    for (const auto& s : found->second->servers) {
        for (const auto& t : s->tasks) {
            check_info info;
            info.service = name;
            info.address = s->address;
            info.server_port = s->port;
            info.word = s->word;
            info.server_up = s->up;
            info.held = s->hold_timer != 0 ? std::max(s->hold.until() - now(), 0ms) : 0ms;
            t->show(info);
            all.push_back(std::move(info));
        }
    }
    return all;
}

punctuality monitor::how_punctual() const {
    punctuality now = figures_;
    now.programs = scripts_.running();
    now.waiting = scripts_.waiting();
    return now;
}

} // namespace weir::health
