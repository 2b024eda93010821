#include "director/stages.h"

#include <array>
#include <unordered_set>
#include <utility>

#include <net/if.h>

#include "action/program.h"
#include "director/use_log.h"
#include "log/log.h"
#include "port/packet_pool.h"

namespace weir::director {

namespace {

using namespace std::chrono_literals;

constexpr auto path_mtu_lifetime = 10min;
constexpr auto link_interval = 200ms;

/// The plane, once its packet buffers are there.
plane::data_plane& with_buffers(plane::data_plane& plane, const config::configuration& c) {
    plane.state().packets = port::make_packet_pool(c, note_size);
    return plane;
}

/// Has weir lost packets to or from this address in the time that has passed?
bool has_missed(const director_state& state, const ip_address& address,
                loop::clock::duration passed) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(passed).count() + 1;
    return state.missed_since(address, state.clock.now() - static_cast<std::uint32_t>(seconds));
}

void to_log(health::telling what, const std::string& line) {
    switch (what) {
    case health::telling::up:
        return log::info("{}", line);
    case health::telling::down:
        return log::warning("{}", line);
    case health::telling::unable: // thousands of checks may say this
        return log::limited(log::level::warning, "checks that cannot be made", "{}", line);
    }
}

} // namespace

void log_stage::commit(const config::configuration& now) {
    log::set_level(now.director.log);
    if (!action::run_as(now.director.script_user))
        log::warning("there is no user {} any more: programs run as nobody",
                     now.director.script_user);
}

void log_stage::tick() {
    log::settle();
}

ports_stage::ports_stage(const config::configuration& first, plane::data_plane& plane,
                         loop::event_loop& loop, const loop::clock& time)
    : plane_(plane), loop_(loop),
      ports_(first.ports, first.director.state_dir, with_buffers(plane, first), time),
      now_(first.ports), link_timer_(loop.every(link_interval, [this] { ports_.follow_links(); })) {
}

ports_stage::~ports_stage() {
    loop_.cancel(link_timer_);
}

/// Later stages ask the plane which addresses are this host's. Workers see the addresses only when
/// they are published.
void ports_stage::prepare(const config::configuration& wanted) {
    ports_.set_addresses_without_twin(wanted.ports);
}

void ports_stage::commit(const config::configuration& now) {
    now_ = now.ports;
    plane_.paths().set_static(now.ports);
    for (std::size_t port = 0; port < now.ports.size(); ++port)
        plane_.set_source_check(static_cast<port_id>(port), now.ports[port].check);
    if (!std::exchange(looked_at_links_, true)) ports_.follow_links();
}

neighbours_stage::neighbours_stage(plane::data_plane& plane, loop::event_loop& loop,
                                   const std::vector<port::twin*>& twins)
    : keeper_(plane.state(), loop, plane.bin(), twins) {
    plane.paths().use(
        {.pin = [this](port_id port, const ip_address& a) { return keeper_.pin(port, a); },
         .keep_only =
             [this](const std::unordered_set<neighbour_id>& ids) { keeper_.keep_pinned(ids); }});
}

services_stage::services_stage(plane::data_plane& plane, loop::event_loop& loop,
                               run_time_changes& changes)
    : plane_(plane), loop_(loop), changes_(changes),
      path_mtu_timer_(
          loop.every(path_mtu_lifetime, [this] { plane_.paths().forget_path_mtus(); })) {}

services_stage::~services_stage() {
    loop_.cancel(path_mtu_timer_);
}

void services_stage::prepare(const config::configuration& wanted) {
    plane_.require_room(wanted.services);
}

void services_stage::commit(const config::configuration& now) {
    plane_.apply(now.services);
    changes_.apply(plane_);
    drain_ = now.director.drain_timeout;
    plane_.state().min_path_mtu = now.director.min_path_mtu;
}

void services_stage::tick() {
    plane_.tend_removed(drain_);
    routes_.look();
}

twin_addresses_stage::twin_addresses_stage(const config::configuration& first,
                                           const plane::data_plane& plane,
                                           const std::vector<port::twin*>& twins)
    : plane_(plane), addresses_(twins) {
    prepare(first);
}

void twin_addresses_stage::prepare(const config::configuration& wanted) {
    try {
        addresses_.set(wanted, [this](const ip_address& a) { return plane_.is_own(a); });
    } catch (...) {
        addresses_.undo();
        throw;
    }
}

void twin_routes_stage::prepare(const config::configuration& wanted) {
    try {
        routes_.set(wanted);
    } catch (...) {
        routes_.undo();
        throw;
    }
}

mirror_stage::mirror_stage(plane::data_plane& plane, loop::event_loop& loop,
                           linux::neighbour_keeper& keeper, const linux::twin_routes& own,
                           const std::vector<port::twin*>& twins)
    : vips_(plane),
      mirror_(
          loop, keeper, twins,
          [&plane](std::vector<route_table::item> routes) {
              plane.paths().set_routes(std::move(routes));
          },
          [&own](const std::vector<linux::static_hop>& present) { own.look(present); },
          [&plane](port_id port, std::vector<prefix> addresses) {
              plane.set_addresses(port, std::move(addresses));
          },
          [this](const std::vector<std::pair<int, ip_address>>& all) {
              std::vector<config::address_of_linux> named;
              for (const auto& [interface, address] : all) {
                  std::array<char, IF_NAMESIZE> name{};
                  if (if_indextoname(static_cast<unsigned>(interface), name.data()) != nullptr)
                      named.push_back({name.data(), address});
              }
              vips_.has(std::move(named));
          }) {}

exceptions_stage::exceptions_stage(plane::data_plane& plane, loop::event_loop& loop,
                                   const loop::clock& time, linux::neighbour_keeper& keeper,
                                   const std::vector<port::twin*>& twins)
    : detours_(time, [&plane](const flow_key& key) { return plane.is_flow(key); }),
      path_(plane.state(), loop, keeper, detours_, twins) {}

checks_stage::checks_stage(plane::data_plane& plane, loop::event_loop& loop,
                           const loop::clock& time, exceptions_stage& exceptions,
                           const port_set& ports, events& to)
    : plane_(plane),
      asker_(
          time, plane.ports(),
          [&plane](const ip_address& server) { return plane.paths().hop_to(server); },
          [&exceptions](port_id port, std::span<const std::byte> frame) {
              exceptions.path().send(port, frame);
          }),
      quorums_(to),
      monitor_(loop, exceptions.detours(),
               {.on_change =
                    [&plane](target_id id, const health::condition& condition) {
                        plane.set_condition(id, condition);
                    },
                .tell = to_log,
                .own_fault =
                    [&plane, &ports](const ip_address& server, loop::clock::time_point begun) {
                        const auto port = plane.paths().port_to(server);
                        return port ? ports.link_trouble(*port, begun) : "";
                    },
                .unheard =
                    [&plane, &time](const ip_address& asked, loop::clock::time_point begun) {
                        return has_missed(plane.state(), asked, time.now() - begun)
                                   ? "weir has dropped packets of this check: too much traffic "
                                     "for Linux"
                                   : "";
                    },
                .silent = [this](const ip_address& server) { asker_.ask_for(server); },
                .turned =
                    [&to](const health::turnabout& t) {
                        to.tell({"server",
                                 t.service + " " + t.server,
                                 t.up ? "up" : "down",
                                 t.why,
                                 {{"service", t.service}, {"server", t.server}}});
                    }}) {
    plane_.on_change_of_use([this, &to](const plane::known_service& service,
                                        const std::optional<plane::usage>& before) {
        log_use(service, before);
        notify_use(to, service, before);
        quorums_.look(service);
    });
}

void checks_stage::prepare(const config::configuration& wanted) {
    monitor_.prepare(wanted.services);
}

void checks_stage::commit(const config::configuration& now) {
    std::vector<health::service_to_check> wanted;
    for (const auto& service : plane_.services().services()) {
        auto& w = wanted.emplace_back(health::service_to_check{&service->wanted});
        for (const plane::known_server& s : service->servers)
            w.servers.push_back({s.id, s.address, s.port, s.configured_weight, s.fresh, s.forward,
                                 std::string(plane_.services().word_of(s.id)),
                                 plane_.services().own_checks_of(s.id)});
    }
    monitor_.apply(wanted);
    quorums_.keep(now.services);
    monitor_.allow_programs(now.director.scripts);
}

void workers_stage::commit(const config::configuration& now) {
    if (std::exchange(started_, true)) return;
    plane_.publish(); // their first packet finds the services
    plane_.make_workers(now.director.idle == config::idle_mode::adaptive);
    plane_.launch_workers();
}

announcer_stage::announcer_stage(loop::event_loop& loop, port_set& ports,
                                 linux::exception_path& path, const failover& shared)
    : ports_(ports), shared_(shared),
      announcer_(loop, ports.macs(), [&path](port_id port, std::span<const std::byte> frame) {
          path.send(port, frame);
      }) {
    ports_.on_link_up([this](port_id port) { announcer_.announce_on(port); });
}

void announcer_stage::commit(const config::configuration& now) {
    // What routers find by a route, several directors serve at once: none claims it on the link.
    std::unordered_set<ip_address> routed;
    for (const config::service& service : now.services)
        if (service.announce_route)
            for (const endpoint& where : service.listen)
                routed.insert(where.address);
    announcer_.announce(now.services, [&](const ip_address& vip) {
        return shared_.is_shared(vip) || routed.contains(vip);
    });
}

} // namespace weir::director
