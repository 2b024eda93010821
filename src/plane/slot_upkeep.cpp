#include "plane/slot_upkeep.h"

#include "plane/rule_builder.h"

namespace weir::plane {

namespace {

/// Scores worked out in one turn: about 5 ms.
constexpr std::int64_t effort_per_turn = 1'000'000;

} // namespace

void slot_upkeep::give(known_service& service, const known_service* before) const {
    std::vector<slot_server> servers;
    servers.reserve(service.servers.size());
    for (const known_server& server : service.servers) {
        const std::uint16_t port = port_of(service.wanted, server);
        servers.push_back({server.id,
                           state_.slot_hasher({{}, server.address, {}, be16::from_host(port), {}}),
                           &state_.servers->load(server.id)});
    }
    if (before == nullptr || !before->slots)
        service.slots = std::make_shared<slot_keeper>(servers);
    else if (before->slots->is_of(servers))
        service.slots = before->slots;
    else
        service.slots = std::make_shared<slot_keeper>(*before->slots, servers);
}

void slot_upkeep::follow(const std::vector<std::unique_ptr<known_service>>& services) {
    due_.clear();
    for (const auto& service : services) {
        service->slots_due = false;
        note_change(*service);
    }
}

void slot_upkeep::note_change(known_service& service) {
    if (std::exchange(service.slots_due, true)) return;
    due_.push_back(&service);
}

bool slot_upkeep::run() {
    std::int64_t effort = effort_per_turn;
    while (!due_.empty() && effort > 0) {
        known_service& service = *due_.back();
        if (service.slots->renew(effort)) break;
        --effort; // for looking
        service.slots_due = false;
        due_.pop_back();
    }
    return !due_.empty();
}

} // namespace weir::plane
