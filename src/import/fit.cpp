#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "config/bounds.h"
#include "config/problem.h"
#include "config/values.h"
#include "import/common_checks.h"
#include "import/draft.h"

namespace weir::importer {

namespace {

using config::longest_name;
using config::longest_persistence;
using config::most_connections;
using config::most_weight;

class fitter {
public:
    fitter(draft& d, findings& notes) : draft_(d), notes_(notes) {}

    void run() {
        std::vector<draft_service> all;
        for (draft_service& s : draft_.services)
            for (draft_service& one : by_family(std::move(s)))
                all.push_back(std::move(one));
        draft_.services = std::move(all);
        for (draft_service& s : draft_.services) {
            listeners(s);
            servers(s);
            fallback(s);
            one_packet(s);
            persistence(s);
            share_checks(s, notes_);
            s.name = name_for(s);
            if (s.obstacles.empty())
                notes_.imported(s.where, fmt::format("{} as [service {}]", s.title, s.name));
        }
    }

private:
    /// A service of weir listens in one address family; the other family makes a second service.
    std::vector<draft_service> by_family(draft_service s) {
        const auto v4 = [](const endpoint& where) { return where.address.is_v4(); };
        const auto middle = std::stable_partition(s.listen.begin(), s.listen.end(), v4);
        if (middle == s.listen.begin() || middle == s.listen.end()) return {std::move(s)};
        draft_service six = s;
        const bool across = s.forward && s.forward->facts().crosses_families;
        if (s.fallback && !across) (s.fallback->address.is_v4() ? six : s).fallback.reset();
        six.listen.assign(middle, s.listen.end());
        s.listen.erase(middle, s.listen.end());
        if (!six.name.empty()) six.name += "-v6";
        if (!across) {
            keep_servers(s, true);
            keep_servers(six, false);
        }
        const bool quorum = std::ranges::any_of(
            s.settings, [](const std::string& line) { return line.starts_with("quorum "); });
        if (quorum) {
            const std::string why = "the servers of each address family have a quorum of their own";
            notes_.decision(s.where, why);
            s.comments.push_back(why);
            six.comments.push_back(why);
        }
        return {std::move(s), std::move(six)};
    }

    /// Servers go to the service of their family; those without one stay and appear in the report.
    static void keep_servers(draft_service& s, bool v4) {
        const auto other = [&](const draft_server& r) { return r.address.is_v4() != v4; };
        if (!std::all_of(s.servers.begin(), s.servers.end(), other))
            std::erase_if(s.servers, other);
    }

    void hinder(draft_service& s, const place& where, const std::string& why) {
        s.obstacles.push_back(printable(why));
        notes_.decision(where, why);
    }
    void hinder(draft_server& r, const std::string& why) {
        r.obstacle = printable(why);
        notes_.decision(r.where, why);
    }

    void listeners(draft_service& s) {
        std::vector<endpoint> kept;
        for (const endpoint& where : s.listen) {
            const std::string text = to_string(where);
            if (!config::is_host(where.address)) {
                hinder(s, s.where, fmt::format("{} is not an address clients can reach", text));
            } else if (where.port == 0
                       && (s.persistence == 0 || s.persistence > longest_persistence)) {
                hinder(
                    s, s.where,
                    fmt::format("{} listens on all ports, which needs persistence (of at most {} "
                                "s): give it, or a `listen` for each port",
                                to_string(where.address), longest_persistence));
            } else if (s.obstacles.empty() && !taken_.insert(text).second) {
                const std::string why =
                    fmt::format("listener {} is there already: it stays with the first", text);
                notes_.decision(s.where, why);
                s.comments.push_back(why);
                continue;
            }
            kept.push_back(where);
        }
        s.listen = std::move(kept);
        if (s.listen.empty() && s.obstacles.empty())
            hinder(s, s.where, fmt::format("{} has no listener of its own", s.title));
    }

    void servers(draft_service& s) {
        std::set<std::string> seen;
        for (draft_server& r : s.servers) {
            if (!r.obstacle.empty()) continue;
            address(s, r);
            if (!r.obstacle.empty()) continue;
            port(s, r);
            limits(r);
            if (!r.obstacle.empty()) continue;
            for (const std::uint16_t p : ports_of(s, r))
                if (!seen.insert(weir::to_string(r.address, p)).second && r.obstacle.empty())
                    hinder(r, fmt::format("server {} is there already: weir has each server once, "
                                          "with its whole weight",
                                          weir::to_string(r.address)));
        }
    }

    /// As in keepalived, and unlike in ipvsadm: only UDP has it.
    void one_packet(draft_service& s) {
        if (!s.one_packet) return;
        const bool udp = std::all_of(s.listen.begin(), s.listen.end(), [](const endpoint& where) {
            return where.proto == protocol::udp;
        });
        if (udp && !s.no_protocol) return s.settings.emplace_back("one-packet = yes"), void();
        const std::string why = "one-packet scheduling is left out: it is for UDP only";
        notes_.decision(s.where, why);
        s.comments.push_back(why);
    }

    /// `persistence = SECONDS [mask=|prefix=]`.
    void persistence(draft_service& s) {
        if (s.persistence == 0) return;
        if (s.persistence > longest_persistence) {
            const std::string why = fmt::format("persistence for {} s is left out: weir's longest "
                                                "is {} s",
                                                s.persistence, longest_persistence);
            notes_.decision(s.mask_where, why);
            s.comments.push_back(why);
            return;
        }
        std::string setting = fmt::format("persistence = {}", s.persistence);
        if (!s.mask.empty()) {
            const std::string pair = mask(s);
            if (pair.empty())
                notes_.decision(s.mask_where,
                                fmt::format("{} is no network mask here: persistence is by whole "
                                            "addresses",
                                            config::in_quotes(s.mask)));
            setting += pair;
        }
        s.settings.push_back(setting);
    }
    /// " mask=255.255.255.0", " prefix=64"; "" for anything else.
    static std::string mask(const draft_service& s) {
        // A service of a firewall mark has no listener; its servers have its family.
        const bool v4 = !s.listen.empty() ? s.listen.front().address.is_v4()
                                          : s.servers.empty() || s.servers.front().address.is_v4();
        const auto address = parse_address(s.mask);
        const std::uint32_t bits = address && address->is_v4() ? address->as_v4().host() : 0;
        if (v4 && bits != 0 && (~bits & (~bits + 1)) == 0) return " mask=" + s.mask;
        const bool number =
            s.mask.size() <= 3 && s.mask.find_first_not_of("0123456789") == s.mask.npos;
        const unsigned long length = number ? std::stoul(s.mask) : 0;
        return length >= 1 && length <= (v4 ? 32 : 128) ? " prefix=" + s.mask : "";
    }

    /// Like a server, but without weight and limits. It is not one of the servers.
    void fallback(draft_service& s) {
        if (!s.fallback) return;
        draft_server& r = *s.fallback;
        address(s, r);
        if (!r.obstacle.empty()) return;
        port(s, r);
        if (std::any_of(s.servers.begin(), s.servers.end(), [&](const draft_server& other) {
                return other.obstacle.empty() && other.address == r.address;
            }))
            hinder(r, fmt::format("{} is a server and cannot be the fallback too",
                                  weir::to_string(r.address)));
    }

    void address(const draft_service& s, draft_server& r) {
        if (!config::is_host(r.address))
            return hinder(r, fmt::format("{} is no address of a server: for one on the director "
                                         "itself give an address of the director",
                                         weir::to_string(r.address)));
        if (s.listen.empty() || (s.forward && s.forward->facts().crosses_families)
            || r.address.is_v4() == s.listen.front().address.is_v4())
            return;
        hinder(r, fmt::format("{} is of the other address family than its service: only "
                              "`forward = tun` goes across",
                              weir::to_string(r.address)));
    }

    /// DR and TUN keep the port that the client addressed.
    void port(const draft_service& s, draft_server& r) {
        if (!s.forward || s.forward->facts().changes_port) { // not known: it may be NAT
            if (s.listen.size() == 1 && s.listen.front().port == r.port) r.port = 0;
            return;
        }
        const bool kept = r.port == 0 || s.listen.empty()
                          || std::any_of(s.listen.begin(), s.listen.end(),
                                         [&](const endpoint& l) { return l.port == r.port; });
        for (draft_check& c : r.checks) // in keepalived it has the service's port too
            if (!kept && !c.own_port) c.port = 0;
        if (!kept)
            notes_.decision(r.where, fmt::format("port {} of server {} is left out: DR and TUN "
                                                 "keep the port the client asked for",
                                                 r.port, weir::to_string(r.address)));
        r.port = 0;
    }

    void limits(draft_server& r) {
        if (r.weight > most_weight)
            return hinder(r, fmt::format("weight {} of server {} is above weir's most, {}: divide "
                                         "all weights of the service",
                                         r.weight, weir::to_string(r.address), most_weight));
        if (r.upper > most_connections)
            return hinder(r, fmt::format("upper threshold {} is above weir's most, {}", r.upper,
                                         most_connections));
        if (r.lower > r.upper) {
            notes_.decision(r.where, fmt::format("lower threshold {} is left out: the upper one is "
                                                 "{}",
                                                 r.lower, r.upper));
            r.lower = 0;
        }
    }

    static std::vector<std::uint16_t> ports_of(const draft_service& s, const draft_server& r) {
        if (r.port != 0) return {r.port};
        std::set<std::uint16_t> ports;
        for (const endpoint& where : s.listen)
            ports.insert(where.port);
        if (ports.empty()) return {0};
        return {ports.begin(), ports.end()};
    }

    std::string name_for(const draft_service& s) {
        std::string wish = s.name;
        if (wish.empty() && !s.listen.empty()) {
            const endpoint& first = s.listen.front();
            wish = fmt::format("{}-{}", weir::to_string(first.address), first.port);
            if (first.proto != protocol::tcp && !s.no_protocol)
                wish += '-' + weir::to_string(first.proto);
        }
        for (char& c : wish)
            if (!config::is_name({&c, 1}, 1)) c = '-';
        if (wish.empty() || wish.size() > longest_name) wish = "service";
        std::string name = wish;
        for (unsigned n = 2; !names_.insert(name).second; ++n) {
            const std::string suffix = fmt::format("-{}", n);
            name = wish.substr(0, longest_name - suffix.size()) + suffix;
        }
        return name;
    }

    draft& draft_;
    findings& notes_;
    std::set<std::string> taken_; ///< listeners
    std::set<std::string> names_;
};

} // namespace

void fit(draft& d, findings& notes) {
    fitter(d, notes).run();
    notes.decision({"ports", 0}, "the director's own addresses: without one on the twin, by Linux "
                                 "or by `address`, no server is reached");
}

} // namespace weir::importer
