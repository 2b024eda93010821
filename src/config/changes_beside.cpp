// What another configuration changes beside services: the director's own keys, and sections of
// ports, [vrrp] and [peer], by name and key. What needs a restart is not here (difference.h).

#include <algorithm>
#include <functional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/changes.h"

namespace weir::config {

namespace {

/// A key, and whether two objects have the same under it.
template <typename T>
struct compared_key {
    std::string_view name;
    std::function<bool(const T&, const T&)> same;
};

template <typename T, typename Field>
compared_key<T> of(std::string_view name, Field field) {
    return {name, [field](const T& a, const T& b) {
                return std::invoke(field, a) == std::invoke(field, b);
            }};
}

bool same_routes(const port& a, const port& b, std::string_view key) {
    const auto of_key = [&](const port& p) {
        std::vector<static_route> some;
        std::ranges::copy_if(p.routes, std::back_inserter(some),
                             [&](const static_route& r) { return r.key == key; });
        return some;
    };
    return std::ranges::equal(of_key(a), of_key(b),
                              [](const auto& one, const auto& other) { return one.is(other); });
}

const std::vector<compared_key<director>>& keys_of(const director&) {
    static const std::vector<compared_key<director>> keys{
        of<director>("name", &director::name),
        of<director>("log", &director::log),
        of<director>("drain-timeout", &director::drain_timeout),
        of<director>("watchdog", &director::watchdog),
        of<director>("worker-deadline", &director::worker_deadline),
        of<director>("route-table", &director::route_table),
        of<director>("min-path-mtu", &director::min_path_mtu),
        of<director>("script-user", &director::script_user),
        of<director>("scripts", &director::scripts),
        of<director>("metrics", &director::metrics),
        of<director>("plugin", &director::plugins),
        of<director>("notify", &director::notify),
        of<director>("timeout", &director::timeout)};
    return keys;
}

const std::vector<compared_key<port>>& keys_of(const port&) {
    static const std::vector<compared_key<port>> keys{
        of<port>("address", &port::addresses),
        of<port>("neighbour", &port::neighbours),
        of<port>("source-check", &port::check),
        {"gateway", [](const port& a, const port& b) { return same_routes(a, b, "gateway"); }},
        {"route", [](const port& a, const port& b) { return same_routes(a, b, "route"); }}};
    return keys;
}

const std::vector<compared_key<vrrp>>& keys_of(const vrrp&) {
    static const std::vector<compared_key<vrrp>> keys{
        of<vrrp>("port", &vrrp::port),
        of<vrrp>("id", &vrrp::id),
        of<vrrp>("address", &vrrp::addresses),
        of<vrrp>("unadvertised", &vrrp::unadvertised),
        of<vrrp>("version", &vrrp::version),
        of<vrrp>("interval", &vrrp::interval),
        of<vrrp>("priority", &vrrp::priority),
        of<vrrp>("preempt", &vrrp::preempt),
        of<vrrp>("preempt-delay", &vrrp::preempt_delay),
        of<vrrp>("group", &vrrp::group),
        of<vrrp>("unicast", &vrrp::unicast),
        of<vrrp>("source", &vrrp::source),
        of<vrrp>("checksum", &vrrp::checksum),
        of<vrrp>("linger", &vrrp::linger),
        of<vrrp>("start-hold", &vrrp::start_hold),
        of<vrrp>("track", &vrrp::tracks),
        of<vrrp>("notify", &vrrp::notify)};
    return keys;
}

const std::vector<compared_key<peer>>& keys_of(const peer&) {
    static const std::vector<compared_key<peer>> keys{
        of<peer>("address", &peer::address), of<peer>("port", &peer::port),
        of<peer>("source", &peer::source),   of<peer>("key", &peer::key),
        of<peer>("link", &peer::links),      of<peer>("fence", &peer::fence)};
    return keys;
}

class list {
public:
    template <typename T>
    void same_section(const std::string& title, const T& before, const T& now) {
        std::vector<std::string_view> differ;
        for (const compared_key<T>& key : keys_of(now))
            if (!key.same(before, now)) differ.push_back(key.name);
        if (!differ.empty())
            lines_.push_back(fmt::format("{}: {} changed", title, fmt::join(differ, ", ")));
    }

    /// Sections go by name.
    template <typename T>
    void sections(const char* kind, const std::vector<T>& before, const std::vector<T>& now) {
        const auto in = [](const std::vector<T>& all, const T& one) {
            return std::ranges::find(all, one.name, &T::name);
        };
        for (const T& each : now) {
            const auto was = in(before, each);
            const std::string title = fmt::format("{} {}", kind, each.name);
            if (was == before.end())
                lines_.push_back(title + " is new");
            else
                same_section(title, *was, each);
        }
        for (const T& each : before)
            if (in(now, each) == now.end())
                lines_.push_back(fmt::format("{} {} is gone", kind, each.name));
    }

    std::vector<std::string> take() { return std::move(lines_); }

private:
    std::vector<std::string> lines_;
};

} // namespace

std::vector<std::string> changes_beside_services(const configuration& running,
                                                 const configuration& wanted) {
    list all;
    all.same_section("director", running.director, wanted.director);
    all.sections("port", running.ports, wanted.ports);
    all.sections("vrrp", running.vrrps, wanted.vrrps);
    all.sections("peer", running.peers, wanted.peers);
    return all.take();
}

} // namespace weir::config
