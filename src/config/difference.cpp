#include "config/difference.h"

#include <fmt/format.h>

namespace weir::config {

std::vector<problem> needs_restart(const configuration& running, const configuration& wanted) {
    std::vector<problem> problems;
    const auto differs = [&](const place& where, std::string_view what, bool different) {
        if (different)
            problems.push_back(
                {where, fmt::format("`{}` has changed: that needs a restart", what)});
    };
    const director& old = running.director;
    const director& now = wanted.director;
    differs(now.where, "control", old.control != now.control);
    differs(now.where, "workers", old.workers != now.workers);
    differs(now.where, "idle", old.idle != now.idle);
    differs(now.where, "memory", old.memory != now.memory);
    differs(now.where, "connections", old.connections != now.connections);
    differs(now.where, "run-dir", old.run_dir != now.run_dir);
    if (running.ports.size() != wanted.ports.size()) {
        problems.push_back({{wanted.file, 0}, "ports were added or removed: that needs a restart"});
        return problems;
    }
    for (std::size_t i = 0; i < wanted.ports.size(); ++i) {
        const port& before = running.ports[i];
        const port& after = wanted.ports[i];
        differs(after.where, "[port] name", before.name != after.name);
        differs(after.where, "device", before.device != after.device);
        differs(after.where, "twin", before.twin != after.twin);
        differs(after.where, "vlan", before.vlan != after.vlan);
        differs(after.where, "mtu", before.mtu != after.mtu);
        differs(after.where, "queues", before.queues != after.queues);
        differs(after.where, "descriptors", before.descriptors != after.descriptors);
        differs(after.where, "promiscuous", before.promiscuous != after.promiscuous);
    }
    return problems;
}

} // namespace weir::config
