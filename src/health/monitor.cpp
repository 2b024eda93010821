#include "health/monitor.h"

#include <algorithm>
#include <cmath>

#include "health/monitor_parts.h"

namespace weir::health {

namespace {

using namespace std::chrono_literals;

constexpr double golden = 0.6180339887498949;

/// What a new check of a server begins with.
standing first_standing(fitness now, config::first_state wanted) {
    switch (now) {
    case fitness::good:
    case fitness::held:
        return standing::up;
    case fitness::bad:
    case fitness::withdrawn:
        return standing::down;
    case fitness::unproven:
        break;
    }
    return wanted == config::first_state::up     ? standing::up
           : wanted == config::first_state::down ? standing::down
                                                 : standing::unknown;
}

std::shared_ptr<const prepared_check>
find(const std::vector<std::shared_ptr<const prepared_check>>& all, const config::check& wanted) {
    const auto found =
        std::ranges::find_if(all, [&](const auto& each) { return each->wanted == wanted; });
    return found == all.end() ? nullptr : *found;
}

} // namespace

monitor::monitor(loop::event_loop& loop, detour_maker& detours, listener to)
    : loop_(loop), detours_(detours), to_(std::move(to)), pings_(loop), scripts_(loop) {}

monitor::~monitor() {
    if (ticking_ != 0) loop_.cancel(ticking_);
    services_.clear();
}

void monitor::prepare(const std::vector<config::service>& wanted) {
    ready_.clear();
    for (const config::service& s : wanted) {
        const auto known = services_.find(s.name);
        std::vector<std::shared_ptr<const prepared_check>> checks;
        const auto add = [&](const std::vector<config::check>& all) {
            for (const config::check& c : all) {
                if (find(checks, c) != nullptr) continue;
                auto before = known == services_.end() ? nullptr : find(known->second->checks, c);
                checks.push_back(before ? std::move(before) : health::prepare(c));
            }
        };
        add(s.checks);
        for (const config::server& r : s.servers)
            if (r.checks) add(*r.checks);
        if (!checks.empty()) ready_[s.name] = std::move(checks);
    }
}

void monitor::apply(const std::vector<service_to_check>& wanted) {
    auto ready = std::exchange(ready_, {});
    auto before = std::exchange(services_, {});
    for (const service_to_check& w : wanted) {
        const auto old = before.find(w.wanted->name);
        std::unordered_map<target_id, std::unique_ptr<server>> servers;
        if (old != before.end())
            for (auto& s : old->second->servers)
                servers.emplace(s->id, std::move(s));
        auto next = std::make_unique<service>();
        next->name = w.wanted->name;
        next->vip = w.wanted->listen.front().address;
        next->slow_start = w.wanted->slow_start;
        next->hold_down = w.wanted->hold_down;
        next->checks = std::move(ready[next->name]);
        for (server_to_check s : w.servers) {
            const auto found = servers.find(s.id);
            const auto& checks = s.checks ? *s.checks : w.wanted->checks;
            if (checks.empty()) {
                // It may have been down when it lost its checks.
                if (found != servers.end()) to_.on_change(s.id, condition{});
                continue;
            }
            if (s.port == 0) s.port = w.wanted->listen.front().port;
            next->servers.push_back(renew(
                *next, s, checks, found == servers.end() ? nullptr : std::move(found->second)));
        }
        if (!next->servers.empty()) services_.emplace(next->name, std::move(next));
    }
}

std::unique_ptr<monitor::server> monitor::renew(service& of, const server_to_check& wanted,
                                                const std::vector<config::check>& checks,
                                                std::unique_ptr<server> before) {
    const bool known = before != nullptr || !wanted.fresh;
    auto s = before ? std::move(before) : std::make_unique<server>(loop_);
    if (s->rule != of.hold_down) s->end_hold();
    s->in = &of;
    s->rule = of.hold_down;
    s->id = wanted.id;
    s->address = wanted.address;
    s->port = wanted.port;
    s->word = wanted.word;
    if (known && s->tasks.empty()) s->told = s->was_up = true; // it works, unchecked so far
    if (!known) s->fit = fitness::unproven;
    auto tasks = std::exchange(s->tasks, {});
    for (const config::check& each : checks) {
        const auto check = find(of.checks, each);
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
        const double phase = std::fmod(static_cast<double>(phases_++) * golden, 1);
        s->tasks.push_back(std::make_unique<task>(
            task_means{loop_, pings_, scripts_, detours_, figures_, to_}, check, target,
            wanted.weight, first_standing(s->fit, check->wanted.first), phase,
            [this, raw = s.get()] { changed(*raw); }));
    }
    if (!known && std::all_of(s->tasks.begin(), s->tasks.end(), [](const auto& t) {
            return t->now() == standing::up;
        }))
        s->fit = fitness::good; // the file says so: no news
    s->was_up |= s->fit == fitness::good;
    changed(*s);
    return s;
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
            info.server_up = s->fit == fitness::good;
            info.held = s->fit == fitness::held ? std::max(s->hold.until() - now(), 0ms) : 0ms;
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
