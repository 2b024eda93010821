// Whether the `[vrrp]` sections fit together, and to the ports.

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "config/bounds.h"
#include "config/validate.h"

namespace weir::config {

namespace {

using namespace std::chrono_literals;

const char* family_of(const ip_address& a) {
    return a.is_v4() ? "IPv4" : "IPv6";
}

class vrrp_validator {
public:
    vrrp_validator(const configuration& c, const unread_keys& unread,
                   std::vector<problem>& problems)
        : config_(c), unread_(unread), problems_(problems) {}

    void all() {
        std::size_t groups = 0;
        for (const vrrp& v : config_.vrrps) {
            const port* const at = port_of(v);
            addresses(v, at);
            intervals(v);
            tracks(v);
            if (at != nullptr) same_router(v);
            if (const auto [first, fresh] = groups_.try_emplace(v.group, &v);
                v.group.empty() || fresh)
                ++groups;
            else
                same_in_group(*first->second, v);
            if (groups == most_groups + 1) {
                wrong(v.where, fmt::format("[vrrp {}] is one group too many: at most {}; `group =` "
                                           "makes one of several",
                                           v.name, most_groups));
                ++groups;
            }
        }
    }

private:
    void wrong(const place& where, std::string text) {
        problems_.push_back({where, std::move(text)});
    }
    bool read(const vrrp& v, const char* key) const { return !unread_.contains({v.where, key}); }

    const port* port_of(const vrrp& v) {
        if (v.port.empty()) return nullptr;
        std::vector<std::string> names;
        for (const port& p : config_.ports) {
            if (p.name == v.port) return &p;
            names.push_back(p.name);
        }
        if (!names.empty())
            wrong(place_of(v, "port"), fmt::format("port: there is no [port {}]; {}", v.port,
                                                   suggestion(v.port, names)));
        return nullptr;
    }

    void addresses(const vrrp& v, const port* at) {
        for (std::size_t i = 0; i < v.addresses.size(); ++i)
            one_address(v, v.addresses[i], place_of(v, "address", i));
        for (std::size_t i = 0; i < v.unadvertised.size(); ++i)
            one_address(v, v.unadvertised[i], place_of(v, "unadvertised", i));
        if (v.addresses.empty()) return;

        const ip_address& first = v.addresses.front();
        for (std::size_t i = 1; i < v.addresses.size(); ++i)
            if (v.addresses[i].is_v4() != first.is_v4())
                wrong(place_of(v, "address", i),
                      fmt::format("address: {} is not {} as {} is, and an advertisement has one "
                                  "family: give it as `unadvertised`, or make a [vrrp] of its own "
                                  "for it",
                                  to_string(v.addresses[i]), family_of(first), to_string(first)));
        const std::size_t most = first.is_v4() ? most_vrrp_addresses_v4 : most_vrrp_addresses_v6;
        if (v.addresses.size() > most)
            wrong(place_of(v, "address", most),
                  fmt::format("address: one too many for an advertisement, which has room for {}: "
                              "give the others as `unadvertised`",
                              most));
        if (v.version == vrrp_version::v2 && first.is_v6())
            wrong(place_of(v, "version"), "version: VRRP version 2 has no IPv6: use `version = 3`");
        for (std::size_t i = 0; i < v.unicast.size(); ++i)
            other_family(v, v.unicast[i], "unicast", i);
        if (v.source)
            other_family(v, *v.source, "source", 0);
        else if (at != nullptr && !at->twin && !has_own(*at, first.is_v6(), v.unicast.empty()))
            wrong(place_of(v, "port"),
                  fmt::format("port: [port {}] has no {} address to send advertisements from: give "
                              "it one, or give `source`",
                              at->name,
                              first.is_v4()       ? "IPv4"
                              : v.unicast.empty() ? "link-local"
                                                  : "IPv6"));
    }

    /// IPv6 speaks to the group from a link-local address (RFC 9568 section 5.1.2.1).
    static bool has_own(const port& at, bool v6, bool to_group) {
        return std::any_of(at.addresses.begin(), at.addresses.end(), [&](const prefix& own) {
            if (!v6) return own.address.is_v4();
            const bool local = (own.address.high & 0xc0ff) == 0x80fe; // fe80::/10
            return own.address.is_v6() && (local || !to_group);
        });
    }

    void other_family(const vrrp& v, const ip_address& a, const char* key, std::size_t nth) {
        const ip_address& first = v.addresses.front();
        if (a.is_v4() == first.is_v4()) return;
        wrong(place_of(v, key, nth),
              fmt::format("{}: {} is not {} as `address = {}` is: give an {} address", key,
                          to_string(a), family_of(first), to_string(first), family_of(first)));
    }

    void one_address(const vrrp& v, const ip_address& a, const place& line) {
        const auto [other, fresh] = holders_.try_emplace(a, &v);
        if (!fresh)
            wrong(line, fmt::format("{} is already an address of [vrrp {}] {}: give it to "
                                    "one",
                                    to_string(a), other->second->name,
                                    seen_from(line, other->second->where)));
        for (const port& p : config_.ports)
            if (std::any_of(p.addresses.begin(), p.addresses.end(),
                            [&](const prefix& own) { return own.address == a; }))
                wrong(line, fmt::format("{} is also an address of [port {}], which it has whoever "
                                        "is active: take it away there",
                                        to_string(a), p.name));
    }

    void intervals(const vrrp& v) {
        if (!read(v, "interval") || !read(v, "version")) return;
        if (v.version == vrrp_version::v2 && v.interval % 1s != 0ms)
            wrong(place_of(v, "interval"),
                  fmt::format("interval: VRRP version 2 counts whole seconds, and {} ms are none: "
                              "use 1s or more, or `version = 3`",
                              v.interval.count()));
        if (v.version == vrrp_version::v3 && v.interval % 10ms != 0ms)
            wrong(place_of(v, "interval"),
                  fmt::format("interval: VRRP counts hundredths of a second, and {} ms are none: "
                              "use a multiple of 10ms",
                              v.interval.count()));
        if (v.version == vrrp_version::v3 && v.interval / 10ms > longest_vrrp_interval)
            wrong(place_of(v, "interval"),
                  fmt::format("interval: {} ms are more than version 3 can say: at most 40950ms",
                              v.interval.count()));
    }

    /// The line of the nth of `tracks`, which are in the order of the file for each key.
    static place place_of_track(const vrrp& v, std::size_t nth) {
        const tracked what = v.tracks[nth].what;
        std::size_t of_kind = 0;
        for (std::size_t i = 0; i < nth; ++i)
            of_kind += v.tracks[i].what == what ? 1 : 0;
        return place_of(v, fmt::format("track-{}", to_string(what)), of_kind);
    }

    void tracks(const vrrp& v) {
        for (std::size_t i = 0; i < v.tracks.size(); ++i) {
            const track& t = v.tracks[i];
            const place line = place_of_track(v, i);
            const std::string key = fmt::format("track-{}", to_string(t.what));
            if (v.priority == vrrp_owner && t.priority != 0)
                wrong(line, fmt::format("{}: the priority of the owner is never adjusted: leave "
                                        "priority= out, or give `priority = 254`",
                                        key));
            if (t.what == tracked::port) exists(config_.ports, t, "port", line);
            if (t.what == tracked::service) {
                exists(config_.services, t, "service", line);
                continue;
            }
            for (const ip_address& target : t.targets)
                if (t.check.from && t.check.from->is_v4() != target.is_v4())
                    wrong(line, fmt::format("{}: from={} is not {} as {} is", key,
                                            to_string(*t.check.from), family_of(target),
                                            to_string(target)));
            track same = t;
            const auto [other, fresh] = tracks_.try_emplace({t.what, t.name}, std::pair{&v, &t});
            same.priority = other->second.second->priority;
            same.least = other->second.second->least;
            if (!fresh && same != *other->second.second)
                wrong(line, fmt::format("{}: [vrrp {}] has another one called {}: give this one "
                                        "name=WORD",
                                        key, other->second.first->name, t.name));
        }
    }
    template <typename T>
    void exists(const std::vector<T>& all, const track& t, const char* kind, const place& line) {
        std::vector<std::string> names;
        for (const T& each : all)
            names.push_back(each.name);
        if (std::ranges::find(names, t.name) != names.end()) return;
        wrong(line, fmt::format("track-{0}: there is no [{0} {1}]{2}", kind, t.name,
                                names.empty() ? "" : "; " + suggestion(t.name, names)));
    }

    void same_router(const vrrp& v) {
        if (v.addresses.empty() || v.id == 0) return;
        const auto [other, fresh] =
            routers_.try_emplace({v.port, v.id, v.addresses.front().is_v6()}, &v);
        if (!fresh)
            wrong(place_of(v, "id"),
                  fmt::format("id: {} is already the {} router of [vrrp {}] {} there: give "
                              "each on a port its own",
                              v.id, family_of(v.addresses.front()), other->second->name,
                              seen_from(v.where, other->second->where)));
    }

    void same_in_group(const vrrp& first, const vrrp& v) {
        const auto differs = [&](const char* key, bool same) {
            if (same || !read(v, key) || !read(first, key)) return;
            wrong(place_of(v, key),
                  fmt::format("{}: differs from that of [vrrp {}] {}, with which it moves "
                              "as one: give both the same",
                              key, first.name, seen_from(v.where, first.where)));
        };
        differs("priority", v.priority == first.priority);
        differs("interval", v.interval == first.interval);
        differs("preempt", v.preempt == first.preempt);
        differs("preempt-delay", v.preempt_delay == first.preempt_delay);
        differs("linger", v.linger == first.linger);
        differs("start-hold", v.start_hold == first.start_hold);
    }

    const configuration& config_;
    const unread_keys& unread_;
    std::vector<problem>& problems_;
    std::unordered_map<ip_address, const vrrp*> holders_;
    std::map<std::tuple<std::string, std::uint8_t, bool>, const vrrp*> routers_;
    std::map<std::string, const vrrp*> groups_; ///< their first
    std::map<std::pair<tracked, std::string>, std::pair<const vrrp*, const track*>> tracks_;
};

} // namespace

void validate_vrrp(const configuration& c, const unread_keys& unread,
                   std::vector<problem>& problems) {
    vrrp_validator(c, unread, problems).all();
}

} // namespace weir::config
