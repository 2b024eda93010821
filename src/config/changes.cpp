#include "config/changes.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/succession.h"
#include "net/names.h"

namespace weir::config {

namespace {

std::string name_of(const server& s) {
    return with_word(s.word, s.port == 0 ? to_string(s.address) : to_string(s.address, s.port));
}

bool same_name(const server& a, const server& b) {
    return a.address == b.address && a.port == b.port;
}

/// "weight 1 to 3, upper 0 to 100"; "" if nothing differs.
std::string difference(const server& before, const server& now) {
    std::vector<std::string> parts;
    const auto note = [&](const char* what, auto was, auto is) {
        if (was != is) parts.push_back(fmt::format("{} {} to {}", what, was, is));
    };
    note("weight", before.weight, now.weight);
    note("upper", before.upper, now.upper);
    note("lower", before.lower, now.lower);
    if (before.checks != now.checks) parts.emplace_back("check");
    if (before.word != now.word) parts.emplace_back("name");
    return fmt::format("{}", fmt::join(parts, ", "));
}

/// The keys of a service that differ, servers aside.
std::vector<std::string> different_keys(const service& before, const service& now) {
    std::vector<std::string> keys;
    const auto note = [&](const char* key, bool same) {
        if (!same) keys.emplace_back(key);
    };
    note("listen", before.listen == now.listen);
    note("forward", before.forward == now.forward);
    note("scheduler",
         before.scheduler == now.scheduler && before.scheduler_options == now.scheduler_options);
    note("persistence", before.persistence == now.persistence);
    note("one-packet", before.one_packet == now.one_packet);
    note("share", before.share == now.share);
    note("expire-quiescent", before.expire_quiescent == now.expire_quiescent);
    note("timeout", before.timeout == now.timeout);
    note("expire-nodest", before.expire_nodest == now.expire_nodest);
    note("conn-reuse", before.conn_reuse == now.conn_reuse);
    note("check", before.checks == now.checks);
    note("on-down", before.on_down == now.on_down);
    note("slow-start", before.slow_start == now.slow_start);
    note("hold-down", before.hold_down == now.hold_down);
    note("min-up", before.min_up == now.min_up);
    note("quorum", before.quorum.weight == now.quorum.weight);
    note("hysteresis", before.quorum.hysteresis == now.quorum.hysteresis);
    note("on-quorum", before.on_quorum == now.on_quorum);
    note("announce", before.announce_route == now.announce_route);
    const bool both = before.fallback && now.fallback;
    note("fallback", both ? same_name(*before.fallback, *now.fallback)
                                && difference(*before.fallback, *now.fallback).empty()
                          : !before.fallback && !now.fallback);
    return keys;
}

class change_list {
public:
    std::vector<std::string> take() { return std::move(lines_); }

    void services(const service& before, const service& now) {
        if (before.name != now.name)
            lines_.push_back(fmt::format("service {} was {}", now.name, before.name));
        if (const auto keys = different_keys(before, now); !keys.empty())
            add(now, fmt::format("{} changed", fmt::join(keys, ", ")));
        for (const server& s : now.servers) {
            const auto was = find(before, s);
            if (was == before.servers.end())
                add(now, fmt::format("server {} is new", name_of(s)));
            else if (const std::string how = difference(*was, s); !how.empty())
                add(now, fmt::format("server {}: {}", name_of(s), how));
        }
        for (const server& s : before.servers)
            if (find(now, s) == now.servers.end())
                add(now, fmt::format("server {} is gone", name_of(s)));
    }
    void service_alone(const service& s, const char* what) {
        lines_.push_back(fmt::format("service {} {}", s.name, what));
    }

private:
    static std::vector<server>::const_iterator find(const service& in, const server& s) {
        return std::ranges::find_if(in.servers,
                                    [&](const server& each) { return same_name(each, s); });
    }
    void add(const service& s, const std::string& what) {
        lines_.push_back(fmt::format("service {}: {}", s.name, what));
    }

    std::vector<std::string> lines_;
};

std::vector<called> called_of(const std::vector<service>& services) {
    std::vector<called> all;
    all.reserve(services.size());
    for (const service& s : services)
        all.push_back(config::called_of(s));
    return all;
}

} // namespace

bool same(const server& one, const server& other) {
    return same_name(one, other) && difference(one, other).empty();
}

std::vector<std::string> changes(const configuration& running, const configuration& wanted) {
    change_list all;
    std::vector<bool> goes_on(running.services.size());
    const auto before = predecessors(called_of(running.services), called_of(wanted.services));
    for (std::size_t i = 0; i < wanted.services.size(); ++i) {
        if (before[i]) {
            goes_on[*before[i]] = true;
            all.services(running.services[*before[i]], wanted.services[i]);
        } else {
            all.service_alone(wanted.services[i], "is new");
        }
    }
    for (std::size_t i = 0; i < running.services.size(); ++i)
        if (!goes_on[i]) all.service_alone(running.services[i], "is gone");
    auto lines = changes_beside_services(running, wanted);
    std::ranges::move(all.take(), std::back_inserter(lines));
    return lines;
}

} // namespace weir::config
