#include "director/quorum_watch.h"

#include <algorithm>

#include <fmt/format.h>

#include "log/log.h"

namespace weir::director {

void quorum_watch::look(const plane::known_service& service) {
    const plane::usage& now = *service.use;
    const config::service& wanted = service.wanted;
    const auto [at, fresh] = told_.try_emplace(wanted.name);
    const bool changed = fresh || at->second.up != now.quorate;
    at->second = {now.quorate, wanted.on_quorum};
    if (!changed) return;
    // Without a quorum of its own, the log says that no server is left (use_log.h).
    if (wanted.quorum.weight > 1 && !(fresh && now.quorate)) {
        if (now.quorate)
            log::info("service {}: has its quorum of {} again: servers of weight {} are up",
                      wanted.name, wanted.quorum.weight, now.weight);
        else
            log::warning("service {}: has lost its quorum of {}: servers of weight {} are up",
                         wanted.name, wanted.quorum.weight, now.weight);
    }
    tell(wanted.name, at->second,
         fmt::format("servers of weight {} are up, the quorum is {}", now.weight,
                     wanted.quorum.weight));
}

void quorum_watch::keep(const std::vector<config::service>& services) {
    std::erase_if(told_, [&](const auto& each) {
        const auto& [name, state] = each;
        const auto found = std::ranges::find(services, name, &config::service::name);
        if (found != services.end()) return false;
        if (state.up) tell(name, {false, state.command}, "the service is gone");
        return true;
    });
    for (const config::service& s : services)
        if (const auto found = told_.find(s.name); found != told_.end())
            found->second.command = s.on_quorum;
}

void quorum_watch::leave() {
    for (const auto& [name, state] : told_)
        if (state.up) tell(name, {false, state.command}, "weir stops");
    told_.clear();
}

void quorum_watch::tell(const std::string& name, const told& state, const std::string& reason) {
    if (state.command.empty()) return;
    to_.run("service " + name, state.command, {"quorum", name, state.up ? "up" : "down", reason});
}

} // namespace weir::director
