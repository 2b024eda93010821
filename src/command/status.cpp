#include "command/status.h"
#include "command/time_text.h"

#include <cmath>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "message/keys.h"

namespace weir::command {

namespace {

using nlohmann::json;
namespace key = message::key;

json to_json(const books_info& books) {
    json drops = json::object();
    for (std::size_t i = 0; i < drop_reasons; ++i)
        if (books.dropped[i] != 0)
            drops[std::string(name_of(static_cast<drop_reason>(i)))] = books.dropped[i];
    return {{key::rx, books.received},
            {key::tx, books.transmitted},
            {key::twin, books.to_twin},
            {key::heard, books.heard},
            {key::drops, std::move(drops)},
            {key::from_linux, books.from_linux},
            {key::linux_sent, books.linux_sent},
            {key::linux_lost, books.linux_lost},
            {key::generated, books.generated},
            {key::generated_lost, books.generated_lost},
            {key::withheld, books.withheld},
            {key::claimed, books.claimed},
            {key::handed_over, books.handed_over},
            {key::table_full, books.table_full},
            {key::over_share, books.over_share},
            {key::displaced, books.displaced},
            {key::passed_over, books.passed_over}};
}

json to_json(const port_info::member& m) {
    return {{key::name, m.name}, {key::link, m.link}, {key::carries, m.carries}};
}

json to_json(const port_info& port) {
    const auto& stats = port.device_stats;
    json members = json::array();
    for (const port_info::member& member : port.members)
        members.push_back(to_json(member));
    json offloads = json::array();
    for (const port_info::offload& each : port.offloads)
        offloads.push_back({{key::name, each.name}, {key::used, each.used}});
    return {{key::name, port.name},
            {key::device, port.device},
            {key::twin, port.twin.empty() ? json() : json(port.twin)},
            {key::twin_trouble, port.twin_trouble.empty() ? json() : json(port.twin_trouble)},
            {key::link, port.link},
            {key::members, std::move(members)},
            {key::offloads, std::move(offloads)},
            {key::speed, port.speed},
            {key::mac, to_string(port.mac)},
            {key::mtu, port.mtu},
            {key::vlan, port.vlan},
            {key::rx_queues, port.rx_queues},
            {key::tx_queues, port.tx_queues},
            {key::device_stats,
             {{key::rx_packets, stats.rx_packets},
              {key::rx_bytes, stats.rx_bytes},
              {key::rx_missed, stats.rx_missed},
              {key::rx_errors, stats.rx_errors},
              {key::rx_no_buffer, stats.rx_no_buffer},
              {key::tx_packets, stats.tx_packets},
              {key::tx_bytes, stats.tx_bytes},
              {key::tx_errors, stats.tx_errors}}}};
}

/// "fault", "-50", "+20".
std::string effect_of(const tracked_info& t) {
    return t.priority == 0 ? "fault" : fmt::format("{:+}", t.priority);
}

json to_json(const tracked_info& t) {
    return {{key::name, t.name},
            {key::state, !t.proven ? "unknown"
                         : t.good  ? "up"
                                   : "down"},
            {key::effect, effect_of(t)},
            {key::why, t.why},
            {key::since, to_text(t.since)}};
}

json to_json(const std::vector<std::pair<std::string_view, std::uint64_t>>& by_fault) {
    json all = json::object();
    for (const auto& [fault, count] : by_fault)
        all[std::string(fault)] = count;
    return all;
}

json to_json(const link_info& link) {
    return {{key::name, link.name},
            {key::up, link.up},
            {key::silent_ms, link.silent ? json(*link.silent) : json()},
            {key::round_trip_us, link.round_trip},
            {key::sent, link.sent},
            {key::heard, link.heard},
            {key::refused, to_json(link.refused)},
            {key::trouble, link.trouble}};
}

json to_json(const vrrp_info& vrrp) {
    json addresses = json::array();
    for (const ip_address& address : vrrp.addresses)
        addresses.push_back(to_string(address));
    json tracked = json::array();
    for (const tracked_info& t : vrrp.tracked)
        tracked.push_back(to_json(t));
    return {{key::name, vrrp.name},
            {key::group, vrrp.group},
            {key::port, vrrp.port},
            {key::id, vrrp.id},
            {key::state, vrrp.state},
            {key::priority, vrrp.priority},
            {key::configured_priority, vrrp.configured_priority},
            {key::waits_for, vrrp.waits_for},
            {key::tracked, std::move(tracked)},
            {key::since, to_text(vrrp.since)},
            {key::why, vrrp.why},
            {key::addresses, std::move(addresses)},
            {key::transitions, vrrp.transitions},
            {key::splits, vrrp.splits},
            {key::sent, vrrp.sent},
            {key::unsent, vrrp.unsent},
            {key::heard, vrrp.heard},
            {key::announced, vrrp.announced},
            {key::other_addresses, vrrp.other_addresses},
            {key::refused, to_json(vrrp.refused)}};
}

json to_json(const peer_info& peer) {
    json links = json::array();
    for (const link_info& link : peer.links)
        links.push_back(to_json(link));
    return {{key::name, peer.name},
            {key::director, peer.director},
            {key::address, peer.address},
            {key::in_step, peer.in_step},
            {key::since, to_text(peer.since)},
            {key::why, peer.why},
            {key::tells, peer.tells},
            {key::listens, peer.listens},
            {key::filled, peer.filled},
            {key::lag, peer.lag},
            {key::told, peer.told},
            {key::adopted, peer.adopted},
            {key::no_room_there, peer.no_room_there},
            {key::no_room_here, peer.no_room_here},
            {key::unknown_there, peer.unknown_there},
            {key::unknown_here, peer.unknown_here},
            {key::first_unknown, peer.first_unknown},
            {key::files_differ, peer.files_differ},
            {key::losses, peer.losses},
            {key::heartbeat_links, std::move(links)}};
}

json to_json(const rival_info& rival) {
    return {{key::address, to_string(rival.address)},
            {key::mac, to_string(rival.mac)},
            {key::port, rival.port},
            {key::since, to_text(rival.since)},
            {key::seen, to_text(rival.seen)},
            {key::claims, rival.claims}};
}

books_info sum_of_books(const director_view& view, const std::vector<worker_info>& workers) {
    books_info sum = view.control_books();
    for (const worker_info& worker : workers)
        sum += worker.books;
    return sum;
}

/// What both kinds of status begin with.
json common_status(const director_view& view, const director_info& about,
                   const std::vector<worker_info>& workers) {
    const flow_table& flows = *view.connections().flows;
    return {{key::version, WEIR_VERSION},
            {key::name, about.name},
            {key::uptime, about.uptime.count()},
            {key::services, view.service_count()},
            {key::without_quorum, view.without_quorum()},
            {key::books, to_json(sum_of_books(view, workers))},
            {key::table,
             {{key::flows, flows.size()},
              {key::capacity, flows.entries()},
              {key::bytes, flows.bytes()},
              {key::page_size, flows.page_size()}}}};
}

} // namespace

void busy_meter::sample(const std::vector<worker_info>& workers) {
    workers_.resize(workers.size());
    for (const worker_info& worker : workers) {
        if (worker.number >= workers_.size()) continue;
        state& s = workers_[worker.number];
        const std::uint64_t cycles = worker.cycles - s.last.cycles;
        const std::uint64_t busy = worker.busy_cycles - s.last.busy;
        if (cycles != 0) s.share = static_cast<double>(busy) / static_cast<double>(cycles);
        s.last = {worker.cycles, worker.busy_cycles};
    }
}

double busy_meter::share(unsigned worker) const {
    return worker < workers_.size() ? workers_[worker].share : 0;
}

json full_status(const director_view& view, const busy_meter& busy) {
    const director_info about = view.about();
    const std::vector<worker_info> workers = view.workers();
    json status = common_status(view, about, workers);
    status[key::workers] = json::array();
    for (const worker_info& worker : workers)
        status[key::workers].push_back({{key::number, worker.number},
                                        {key::cpu, worker.cpu},
                                        {key::busy, busy.share(worker.number)},
                                        {key::inbox, worker.inbox},
                                        {key::inbox_size, worker.inbox_size},
                                        {key::timers_behind, worker.timers_behind},
                                        {key::books, to_json(worker.books)}});
    status[key::control] = {{key::books, to_json(view.control_books())}};
    status[key::ports] = json::array();
    for (const port_info& port : view.ports())
        status[key::ports].push_back(to_json(port));
    status[key::vrrp] = json::array();
    for (const vrrp_info& vrrp : view.vrrps())
        status[key::vrrp].push_back(to_json(vrrp));
    status[key::vrrp_lateness] = view.heart_lateness();
    status[key::peers] = json::array();
    for (const peer_info& peer : view.peers())
        status[key::peers].push_back(to_json(peer));
    status[key::rivals] = json::array();
    for (const rival_info& rival : view.rivals())
        status[key::rivals].push_back(to_json(rival));
    status[key::neighbours] = view.neighbours().size();
    status[key::config] = {
        {key::file, about.config_file},
        {key::loaded, to_text(about.loaded)},
        {key::reloads, about.reloads},
        {key::last_error, about.last_error.empty() ? json() : json(about.last_error)}};
    return status;
}

json short_status(const director_view& view, const busy_meter& busy) {
    const std::vector<worker_info> workers = view.workers();
    json status = common_status(view, view.about(), workers);
    for (const worker_info& worker : workers)
        status[key::workers][std::to_string(worker.number)] = {
            {key::cpu, worker.cpu},
            {key::busy_percent, std::lround(100 * busy.share(worker.number))}};
    return status;
}

} // namespace weir::command
