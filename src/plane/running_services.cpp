#include "plane/running_services.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "config/bounds.h"
#include "plane/rule_builder.h"
#include "service/scheduler_registry.h"

namespace weir::plane {

namespace {

/// A flow that ended early leaves the timer wheel a little after it leaves the counts, and names
/// its server's slot until then.
constexpr std::uint32_t rest_before_reuse = 2 * timer_wheel::furthest;

bool has_connections(const std::unique_ptr<known_service>& ended) {
    return std::ranges::any_of(ended->removed,
                               [](const known_server& s) { return s.empty_since == 0; });
}

} // namespace

std::vector<std::shared_ptr<const service_rule>> running_services::rules() const {
    std::vector<std::shared_ptr<const service_rule>> rules;
    rules.reserve(services_.size());
    for (const auto& service : services_)
        rules.push_back(service->rule);
    return rules;
}

std::span<const std::unique_ptr<known_service>> running_services::ended() const {
    return {ended_.begin(), std::ranges::partition_point(ended_, has_connections)};
}

void running_services::sort_ended() {
    std::ranges::stable_partition(ended_, has_connections);
}

known_service* running_services::find(const std::string& name_or_listener) const {
    const auto by_name = std::find_if(services_.begin(), services_.end(), [&](const auto& s) {
        return s->wanted.name == name_or_listener;
    });
    if (by_name != services_.end()) return by_name->get();
    const auto where = parse_listener(name_or_listener);
    if (!where) return nullptr;
    const auto by_listener = std::find_if(services_.begin(), services_.end(), [&](const auto& s) {
        return std::find(s->wanted.listen.begin(), s->wanted.listen.end(), *where)
               != s->wanted.listen.end();
    });
    return by_listener == services_.end() ? nullptr : by_listener->get();
}

known_server* running_services::find_server(known_service& service, const std::string& address) {
    const auto bare = parse_address(address);
    const auto with_port = parse_endpoint(address);
    const std::uint16_t default_port = service.wanted.listen.front().port;
    const auto found =
        std::find_if(service.servers.begin(), service.servers.end(), [&](const known_server& s) {
            if (bare) return s.address == *bare;
            return with_port && s.address == with_port->address
                   && (s.port != 0 ? s.port : default_port) == with_port->port;
        });
    return found == service.servers.end() ? nullptr : &*found;
}

running_services::spot running_services::at(target_id id) const {
    const auto found = places_.find(id);
    if (found == places_.end()) return {};
    return {found->second.service, &found->second.service->servers[found->second.server]};
}

/// Later than what was set before, even where a peer's clock is ahead.
void running_services::note_set(known_server& server) {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    server.set_at = std::max(static_cast<std::uint64_t>(now.count()), server.set_at + 1);
    ++settings_version_;
}

void running_services::take_setting(known_service& service, known_server& server,
                                    std::optional<std::int32_t> weight, bool disabled,
                                    std::uint64_t at) {
    set_weight(service, server, weight.value_or(server.configured_weight));
    set_disabled(service, server, disabled);
    server.set_at = at;
}

void running_services::set_weight(known_service& service, known_server& server,
                                  std::int32_t weight) {
    note_set(server);
    server.base_weight = weight;
    weigh(service, server);
    slots_.note_change(service);
    service.undecided = service.stale = true;
}

/// Sets the weight that schedulers see: base weight times share, and never 0 unless one of them is.
/// True: it changed.
bool running_services::weigh(const known_service& service, known_server& server) {
    constexpr double most = config::most_weight;
    std::int32_t weight = 0;
    if (server.base_weight > 0 && server.share > 0) {
        server.last_weight = std::min(server.base_weight * server.share, most);
        weight = service.seen(server.last_weight);
    }
    auto& seen = state_.servers->load(server.id).weight;
    return seen.exchange(weight) != weight;
}

void running_services::set_disabled(known_service& service, known_server& server, bool disabled) {
    note_set(server);
    state_.servers->load(server.id).set(server_load::disabled, disabled);
    slots_.note_change(service);
    service.undecided = true;
}

bool running_services::tend_removed(const config::drain& drain) {
    drain_ = drain;
    const std::size_t free_before = state_.servers->free_slots();
    for (const auto& service : services_)
        tend(*service);
    for (const auto& service : ended_)
        tend(*service);
    std::erase_if(ended_, [](const auto& service) { return service->removed.empty(); });
    sort_ended();
    return state_.servers->free_slots() != free_before;
}

/// Which connections of a removed server end, by the settings in force now.
void running_services::judge_removed(const known_service& service, const known_server& server) {
    const std::chrono::seconds ago(state_.clock.now() - server.removed_at);
    const auto is_over = [&](std::chrono::seconds time) {
        return time.count() != 0 && ago >= time;
    };
    state_.servers->target(server.id).lost =
        service.wanted.expire_nodest || is_over(drain_.others) ? lost_flows::all
        : is_over(drain_.udp) ? std::max(server.lost, lost_flows::udp)
                              : server.lost;
}

void running_services::count_entries(const known_service& service) const {
    if (!service.entries) return;
    std::uint32_t entries = 0;
    const auto count = [&](const known_server& server) {
        const server_load& load = state_.servers->load(server.id);
        entries += load.active + load.inactive + state_.servers->templates(server.id);
    };
    std::ranges::for_each(service.servers, count);
    std::ranges::for_each(service.removed, count);
    if (service.fallback) count(*service.fallback);
    service.entries->correct(entries);
}

void running_services::tend(known_service& service) {
    count_entries(service);
    const std::uint32_t now = state_.clock.now();
    std::erase_if(service.removed, [&](known_server& server) {
        judge_removed(service, server);
        const server_load& load = state_.servers->load(server.id);
        if (load.active + load.inactive + state_.servers->templates(server.id) != 0) {
            server.empty_since = 0;
            return false;
        }
        if (server.empty_since == 0) server.empty_since = now;
        if (now - server.empty_since < rest_before_reuse) return false;
        service.retired += state_.servers->totals(server.id);
        words_.erase(server.id);
        checks_.erase(server.id);
        state_.servers->free(server.id);
        return true;
    });
}

void running_services::for_each_server(
    const std::function<void(const known_server&)>& visit) const {
    for_each_server_of([&](const known_service&, const known_server& server) { visit(server); });
}

void running_services::for_each_server_of(
    const std::function<void(const known_service&, const known_server&)>& visit) const {
    for (const auto* list : {&services_, &ended_}) {
        for (const auto& service : *list) {
            for (const known_server& server : service->servers)
                visit(*service, server);
            if (service->fallback) visit(*service, *service->fallback);
            for (const known_server& server : service->removed)
                visit(*service, server);
        }
    }
}

std::string_view running_services::word_of(target_id id) const {
    const auto found = words_.find(id);
    return found == words_.end() ? std::string_view{} : std::string_view(found->second);
}

std::optional<std::vector<config::check>> running_services::own_checks_of(target_id id) const {
    const auto found = checks_.find(id);
    if (found == checks_.end()) return std::nullopt;
    return found->second;
}

server_totals running_services::totals(const known_service& service) const {
    server_totals sum = service.retired;
    for (const auto* list : {&service.servers, &service.removed})
        for (const known_server& server : *list)
            sum += state_.servers->totals(server.id);
    if (service.fallback) sum += state_.servers->totals(service.fallback->id);
    return sum;
}

} // namespace weir::plane
