#include "config/difference.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weir::config {

namespace {

class comparison {
public:
    std::vector<problem> take() { return std::move(problems_); }

    void directors(const director& running, const director& wanted) {
        const std::size_t named = problems_.size();
        key(wanted, "control", running.control, wanted.control);
        key(wanted, "workers", fmt::format("{}", fmt::join(running.workers, ",")),
            fmt::format("{}", fmt::join(wanted.workers, ",")));
        key(wanted, "idle", word(running.idle), word(wanted.idle));
        key(wanted, "memory", running.memory, wanted.memory);
        key(wanted, "connections", running.connections, wanted.connections);
        key(wanted, "keep-connections", word(running.keep_connections),
            word(wanted.keep_connections));
        key(wanted, "run-dir", running.run_dir, wanted.run_dir);
        key(wanted, "state-dir", running.state_dir, wanted.state_dir);
        key(wanted, "key", word(running.key), word(wanted.key));
        all_named<director_frame>(running, wanted, named,
                                  {wanted.where, "[director]: this change needs a restart"});
        for (const std::string& plugin : running.plugins)
            if (std::find(wanted.plugins.begin(), wanted.plugins.end(), plugin)
                == wanted.plugins.end())
                problems_.push_back({place_of(wanted, "plugin"),
                                     fmt::format("plugin: {} is gone; it stays loaded until a "
                                                 "restart",
                                                 in_quotes(plugin))});
    }

    /// Names identify ports. Workers know them by their order.
    void ports(const configuration& running, const configuration& wanted) {
        std::map<std::string, const port*> before;
        for (const port& p : running.ports)
            before.emplace(p.name, &p);
        bool same_names = true;
        for (const port& p : wanted.ports) {
            const auto found = before.find(p.name);
            if (found == before.end()) {
                same_names = false;
                problems_.push_back(
                    {p.where, fmt::format("[port {}] is new: that needs a restart", p.name)});
                continue;
            }
            one_port(*found->second, p);
            before.erase(found);
        }
        for (const auto& [name, gone] : before) {
            same_names = false;
            problems_.push_back({wanted.director.where,
                                 fmt::format("[port {}] is gone: that needs a restart", name)});
        }
        if (!same_names) return;
        for (std::size_t i = 0; i < wanted.ports.size(); ++i) {
            if (wanted.ports[i].name == running.ports[i].name) continue;
            problems_.push_back(
                {wanted.ports[i].where,
                 fmt::format("[port {}] has changed places with [port {}]: that needs a restart",
                             wanted.ports[i].name, running.ports[i].name)});
            return;
        }
    }

private:
    template <typename T, typename V>
    void key(const T& wanted, const char* name, const V& before, const V& now) {
        if (before != now)
            problems_.push_back(
                {place_of(wanted, name),
                 fmt::format("{}: from {} to {} needs a restart", name, before, now)});
    }

    static std::string word(bool yes) { return yes ? "yes" : "no"; }
    static std::string word(const std::string& file) { return file.empty() ? "none" : file; }
    /// A difference that no key since `named` problems tells of needs a restart all the same.
    template <typename Fixed>
    void all_named(const Fixed& running, const Fixed& wanted, std::size_t named,
                   problem otherwise) {
        if (problems_.size() == named && running != wanted)
            problems_.push_back(std::move(otherwise));
    }

    static std::string word(idle_mode mode) {
        return mode == idle_mode::poll ? "poll" : "adaptive";
    }

    void one_port(const port& running, const port& wanted) {
        const std::size_t named = problems_.size();
        key(wanted, "device", running.device, wanted.device);
        key(wanted, "twin", running.twin.value_or("none"), wanted.twin.value_or("none"));
        key(wanted, "vlan", running.vlan, wanted.vlan);
        key(wanted, "mtu", running.mtu, wanted.mtu);
        key(wanted, "queues", running.queues, wanted.queues);
        key(wanted, "descriptors", running.descriptors, wanted.descriptors);
        key(wanted, "promiscuous", running.promiscuous, wanted.promiscuous);
        all_named<port_device>(
            running, wanted, named,
            {wanted.where, fmt::format("[port {}]: this change needs a restart", wanted.name)});
    }

    std::vector<problem> problems_;
};

} // namespace

std::vector<problem> needs_restart(const configuration& running, const configuration& wanted) {
    comparison c;
    c.directors(running.director, wanted.director);
    c.ports(running, wanted);
    return c.take();
}

} // namespace weir::config
