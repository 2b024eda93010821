#include "service/idle.h"

namespace weir::inline service {

std::vector<idle_reason> why_idle(const server_load& load, const flow_target& target,
                                  idle_reason by_checks, way_there way) {
    std::vector<idle_reason> reasons;
    const auto add_if = [&](bool holds, idle_reason reason) {
        if (holds) reasons.push_back(reason);
    };
    add_if(load.is(server_load::removed), idle_reason::removed);
    add_if(load.is(server_load::disabled), idle_reason::disabled);
    add_if(load.is(server_load::down), by_checks);
    add_if(load.weight.load(std::memory_order_relaxed) <= 0, idle_reason::drained);
    add_if(load.is(server_load::overloaded), idle_reason::overloaded);
    add_if(by_checks != idle_reason::not_on_link && target.forward.facts().needs_route
               && target.hop.load(std::memory_order_relaxed) == 0,
           idle_reason::no_route);
    add_if(!way.linked, idle_reason::no_link);
    add_if(way.silent, idle_reason::no_neighbour);
    return reasons;
}

std::vector<std::string_view> words_of(const std::vector<idle_reason>& reasons) {
    std::vector<std::string_view> words;
    for (const idle_reason reason : reasons)
        words.push_back(name_of(reason));
    return words;
}

std::string_view state_of(const std::vector<idle_reason>& reasons) noexcept {
    if (reasons.empty() || reasons.front() > idle_reason::drained) return "up";
    return name_of(reasons.front());
}

} // namespace weir::inline service
