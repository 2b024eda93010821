#include "director/view.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "config/bounds.h"

namespace weir::director {

namespace {

/// What an operator has changed about it, and since when.
void add_changes(command::server_info& info, const server_changes* changes) {
    if (changes == nullptr) return;
    info.in_file = !changes->added || changes->removed;
    info.other_in_file = changes->added && changes->removed;
    if (changes->disabled)
        info.since = changes->disabled;
    else if (changes->weight && info.base_weight == 0)
        info.since = changes->weight->since;
}

/// Local servers, and those without a route, have no next hop.
way_there way_to(const director_state& state, const flow_target& target,
                 const std::vector<port_rule>& ports) {
    const neighbour_id hop = target.hop.load(std::memory_order_relaxed);
    if (hop == 0) return {};
    const port_rule& through = ports[state.neighbours->port(hop)];
    return {.linked = state.link_up[through.device], .silent = state.neighbours->is_silent(hop)};
}

command::server_info describe(const plane::data_plane& plane, const plane::known_service& service,
                              const plane::known_server& server) {
    const director_state& state = plane.state();
    const server_load& load = state.servers->load(server.id);
    const flow_target& target = state.servers->target(server.id);
    const server_limits& limits = state.servers->limits(server.id);
    command::server_info info;
    info.id = server.id;
    info.address = server.address;
    info.port = server.removed_at != 0 ? server.last_port : server.port;
    info.word = plane.services().word_of(server.id);
    info.forward = server.forward;
    info.weight = plane::running_services::shown_weight(service, load.weight);
    info.base_weight = server.base_weight;
    info.share = server.share;
    info.configured_weight = server.configured_weight;
    info.doubt = plane.services().is_off_link(server.id) ? idle_reason::not_on_link
                                                         : plane::doubt_of(server.fit);
    info.why = why_idle(load, target, info.doubt.value_or(idle_reason::down),
                        way_to(state, target, plane.ports()));
    info.active = load.active;
    info.inactive = load.inactive;
    info.templates = state.servers->templates(server.id);
    info.upper = limits.upper;
    info.lower = limits.lower;
    info.totals = state.servers->totals(server.id);
    return info;
}

} // namespace

command::director_info view::about() const {
    const load_history& history = from_.history;
    return {.name = from_.configuration.director.name,
            .config_file = from_.configuration.file,
            .uptime = std::chrono::duration_cast<std::chrono::seconds>(from_.time.now()
                                                                       - history.started),
            .loaded = history.loaded,
            .reloads = history.reloads,
            .last_error = history.last_error};
}

std::size_t view::service_count() const {
    return services().services().size();
}

std::size_t view::removed_count() const {
    return services().ended().size();
}

std::vector<std::string> view::without_quorum() const {
    std::vector<std::string> names;
    for (const auto& service : services().services())
        if (service->use && !service->use->quorate) names.push_back(service->wanted.name);
    return names;
}

void view::service(std::size_t index, command::service_info& info) const {
    info.removed = index >= service_count();
    const plane::known_service& service =
        info.removed ? *services().ended()[index - service_count()] : *services().services()[index];
    info.name = service.wanted.name;
    info.listen = service.wanted.listen;
    info.scheduler = service.wanted.scheduler;
    info.scheduler_options = service.wanted.scheduler_options;
    const config::persistence& persistence = service.wanted.persistence;
    info.persistence = static_cast<std::uint32_t>(persistence.timeout.count());
    info.one_packet = service.wanted.one_packet;
    info.prefix = persistence.prefix.value_or(0);
    info.quorum = service.wanted.quorum.weight;
    info.quorum_weight = service.use ? service.use->weight : 0;
    info.quorum_up = info.removed || !service.use || service.use->quorate;
    info.servers.clear();
    for (const plane::known_server& server : service.servers) {
        info.servers.push_back(describe(from_.plane, service, server));
        add_changes(info.servers.back(), from_.changes.find(info.name, server));
    }
    if (service.fallback) {
        info.servers.push_back(describe(from_.plane, service, *service.fallback));
        info.servers.back().fallback = true;
    }
    // Show a removed server as long as it has connections.
    for (const plane::known_server& server : service.removed)
        if (server.empty_since == 0) info.servers.push_back(describe(from_.plane, service, server));
    info.totals = services().totals(service);
}

std::string_view view::server_word(target_id id) const {
    return services().word_of(id);
}

std::vector<command::check_info> view::checks(std::size_t service) const {
    if (service >= service_count()) return {};
    return from_.checks.checks(services().services()[service]->wanted.name);
}

health::punctuality view::check_figures() const {
    return from_.checks.how_punctual();
}

std::optional<std::size_t> view::find_service(const std::string& name) const {
    const plane::known_service* const found = services().find(name);
    const auto& all = services().services();
    const auto at = std::find_if(all.begin(), all.end(),
                                 [&](const auto& service) { return service.get() == found; });
    if (at != all.end()) return static_cast<std::size_t>(at - all.begin());
    const auto& ended = services().ended();
    const auto removed = std::find_if(ended.begin(), ended.end(), [&](const auto& service) {
        return service->wanted.name == name;
    });
    if (removed == ended.end()) return std::nullopt;
    return service_count() + static_cast<std::size_t>(removed - ended.begin());
}

std::vector<command::worker_info> view::workers() const {
    std::vector<command::worker_info> all;
    const director_state& shared = state();
    for (unsigned w = 0; w < shared.workers; ++w) {
        command::worker_info info;
        info.number = w;
        info.cpu = from_.configuration.director.workers[w];
        info.cycles = shared.times[w].cycles.get();
        info.busy_cycles = shared.times[w].busy_cycles.get();
        info.inbox = rte_ring_count(shared.rings[w].inbox);
        info.inbox_size = rte_ring_get_capacity(shared.rings[w].inbox);
        info.timers_behind = shared.times[w].timers_behind;
        info.books = command::books_info(shared.books[w]);
        all.push_back(info);
    }
    return all;
}

command::books_info view::control_books() const {
    return command::books_info(state().books.back());
}

std::vector<command::port_info> view::ports() const {
    return from_.ports.describe();
}

std::vector<command::neighbour_info> view::neighbours() const {
    std::vector<command::neighbour_info> all;
    const neighbour_table& table = *state().neighbours;
    for (neighbour_id id = 1; id < table.end(); ++id) {
        if (!table.exists(id)) continue;
        const link_address link = table.at(id);
        const std::uint32_t used = table.last_used(id);
        all.push_back({.address = table.address(id),
                       .port = from_.plane.ports()[table.port(id)].name,
                       .mac = link.resolved() ? std::optional(link.mac()) : std::nullopt,
                       .idle = used == 0 ? 0 : now() - used});
    }
    return all;
}

command::connection_source view::connections() const {
    const director_state& shared = state();
    return {shared.flows.get(), shared.servers->targets(), &shared.grace, shared.control_reader()};
}

command::cycle_clock view::cycles() const {
    return {rte_rdtsc(), rte_get_tsc_hz(), std::chrono::system_clock::now()};
}

std::string
view::with_server(const std::string& service, const std::string& server,
                  const std::function<void(plane::known_service&, plane::known_server&)>& change) {
    plane::known_service* const s = services().find(service);
    if (s == nullptr) return "no service " + service;
    plane::known_server* const r = plane::running_services::find_server(*s, server);
    if (r == nullptr) return "no server " + server + " in service " + s->wanted.name;
    change(*s, *r);
    return "";
}

std::string view::set_weight(const std::string& service, const std::string& server,
                             std::int32_t weight) {
    if (weight < 0 || weight > config::most_weight)
        return fmt::format("a weight is 0 to {}", config::most_weight);
    return with_server(service, server, [&](plane::known_service& s, plane::known_server& r) {
        from_.plane.set_weight(s, r, weight);
        from_.changes.note_weight(s.wanted, r);
    });
}

std::string view::set_disabled(const std::string& service, const std::string& server,
                               bool disabled) {
    return with_server(service, server, [&](plane::known_service& s, plane::known_server& r) {
        from_.plane.set_disabled(s, r, disabled);
        from_.changes.note_disabled(s.wanted, r, disabled);
        if (!disabled) from_.checks.lift_hold(r.id);
    });
}

std::string view::remove_server(const std::string& service, const std::string& server) {
    std::string error;
    std::string name;
    server_name which;
    error = with_server(service, server, [&](plane::known_service& s, plane::known_server& r) {
        name = s.wanted.name;
        which = r;
    });
    return error.empty() ? from_.remove_server(name, which) : error;
}

std::vector<command::change_info> view::changed_servers() const {
    std::vector<command::change_info> all;
    for (const auto& [name, change] : from_.changes.all()) {
        command::change_info info{.service = name.first, .server = name.second};
        if (change.weight) {
            info.weight = change.weight->now;
            info.weight_in_file = change.weight->in_file;
            info.weight_since = change.weight->since;
        }
        info.disabled = change.disabled;
        if (change.added) {
            info.line = change.added->line;
            info.added = change.added->since;
        }
        info.removed = change.removed;
        all.push_back(std::move(info));
    }
    return all;
}

} // namespace weir::director
