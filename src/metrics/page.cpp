#include "metrics/page.h"

#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "message/keys.h"
#include "message/message.h"
#include "message/services.h"
#include "net/drop_reason.h"

namespace weir::metrics {

namespace {

using nlohmann::json;
namespace key = message::key;
using message::figure;
using message::flag;
using message::number;
using message::text;

/// Seconds since 1970 of "2026-11-24T20:43:28Z".
double time_of(const std::string& text) {
    std::tm time{};
    const char* const end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time);
    if (end == nullptr) throw std::runtime_error("the director's answer makes no sense");
    return static_cast<double>(timegm(&time));
}

} // namespace

std::string label_value(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '\n') {
            result += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') result += '\\';
        result += c;
    }
    return result;
}

void page::add(const std::string& name, const char* type, const char* help, const labels& of,
               double value) {
    family& f = families_.try_emplace(name, family{type, help, ""}).first->second;
    f.samples += name;
    char before = '{';
    for (const auto& [label, label_text] : of) {
        f.samples += fmt::format("{}{}=\"{}\"", before, label, label_value(label_text));
        before = ',';
    }
    f.samples += fmt::format("{} {:.16g}\n", of.empty() ? "" : "}", value);
}

void page::counters(const char* prefix, std::span<const counter> all, const labels& of,
                    const json& figures) {
    for (const counter& c : all)
        add(prefix + std::string(c.name) + "_total", "counter", c.help, of,
            figure(figures, c.member));
}

/// What services and servers have alike.
void page::traffic(const char* prefix, const labels& of, const json& row) {
    constexpr std::array all{
        counter{key::connections, "connections", "Connections opened."},
        counter{key::in_packets, "receive_packets", "Packets from clients."},
        counter{key::out_packets, "transmit_packets", "Packets to clients; none with DR and TUN."},
        counter{key::in_bytes, "receive_bytes", "Bytes from clients, from the IP header on."},
        counter{key::out_bytes, "transmit_bytes", "Bytes to clients; none with DR and TUN."}};
    counters(prefix, all, of, row.at(key::totals));
    add(prefix + std::string("connections_per_second"), "gauge",
        "Connections opened per second, smoothed as LVS does.", of,
        figure(row.at(key::rates), key::connections));
}

void page::service(const json& service) {
    const labels of{{"service", text(service, key::name)}};
    traffic("weir_service_", of, service);
    add("weir_service_quorum_up", "gauge", "Whether a service has its quorum.", of,
        service.value(key::quorum_up, true) ? 1 : 0);
    for (const json& where : service.at(key::listen))
        add("weir_service_info", "gauge", "Where a service listens and who schedules it.",
            {of[0],
             {"listen", where.get<std::string>()},
             {"scheduler", text(service, key::scheduler)}},
            1);
}

page::labels page::of_server(std::string service, std::string server, std::string name) {
    labels of{{"service", std::move(service)}, {"server", std::move(server)}};
    if (!name.empty()) of.emplace_back("name", std::move(name));
    return of;
}

void page::server(const json& service, const json& server) {
    const labels of =
        of_server(text(service, key::name), message::name_of(server), server.value(key::name, ""));
    // One that was removed may have come back another way (`forward`): the page has a name once,
    // and the service's figures count both.
    if (!servers_.emplace(of[0].second, of[1].second).second) return;
    traffic("weir_server_", of, server);
    add("weir_server_weight", "gauge", "Share of new connections.", of,
        figure(server, key::weight));
    add("weir_server_active_connections", "gauge", "Open connections.", of,
        figure(server, key::active));
    add("weir_server_inactive_connections", "gauge", "Connections being closed, and all of UDP.",
        of, figure(server, key::inactive));
    add("weir_server_connections_limit", "gauge", "Upper threshold of connections; 0 is none.", of,
        figure(server, key::upper));
    const auto why = message::words(server, key::why);
    const auto idle = [&](const char* reason) {
        return std::find(why.begin(), why.end(), reason) == why.end() ? 0 : 1;
    };
    add("weir_server_overloaded", "gauge", "1 when it has reached its upper threshold.", of,
        idle("overloaded"));
    add("weir_server_no_route", "gauge", "1 when no route leads there: its packets are dropped.",
        of, idle("no_route"));
    add("weir_server_no_neighbour", "gauge",
        "1 when its next hop does not answer: its packets are dropped.", of, idle("no_neighbour"));
    add("weir_server_used", "gauge",
        "1 when a server takes new connections as far as its checks count: some that are not up "
        "do.",
        of, flag(server, key::used) ? 1 : 0);
    for (const char* state :
         {"up", "drained", "disabled", "down", "removed", "held", "unproven", "not_on_link"}) {
        labels in_state = of;
        in_state.emplace_back("state", state);
        add("weir_server_state", "gauge", "1 for the state a server is in.", in_state,
            text(server, key::state) == state ? 1 : 0);
    }
}

void page::workers(const json& all) {
    constexpr std::array taken{
        counter{key::rx, "receive_packets", "Packets a worker took from ports."},
        counter{key::tx, "transmit_packets", "Of those, sent on."}};
    for (const json& worker : all) {
        const labels of{{"worker", std::to_string(number(worker, key::number))}};
        add("weir_worker_busy_ratio", "gauge",
            "Share of a worker's time in turns that found work, in the last second.", of,
            worker.at(key::busy).get<double>());
        counters("weir_worker_", taken, of, worker.at(key::books));
        add("weir_worker_inbox_packets", "gauge", "Packets that wait for a worker.", of,
            figure(worker, key::inbox));
        add("weir_worker_inbox_capacity_packets", "gauge", "Packets that can wait for a worker.",
            of, figure(worker, key::inbox_size));
        add("weir_worker_timers_behind_seconds", "gauge", "How late connections end.", of,
            figure(worker, key::timers_behind));
    }
}

void page::books(const json& books) {
    constexpr std::array all{
        counter{key::rx, "receive_packets", "Packets received from ports."},
        counter{key::tx, "transmit_packets", "Packets received and sent on."},
        counter{key::twin, "linux_receive_packets", "Packets received and given to Linux."},
        counter{key::heard, "vrrp_receive_packets", "Packets received that were VRRP for weir."},
        counter{key::from_linux, "linux_packets", "Packets that Linux gave to weir."},
        counter{key::linux_sent, "linux_transmit_packets", "Packets of Linux that were sent."},
        counter{key::linux_lost, "linux_lost_packets", "Packets of Linux that were not sent."},
        counter{key::generated, "generated_packets", "Packets that weir made itself."},
        counter{key::generated_lost, "generated_lost_packets",
                "Packets that weir made itself and could not send."},
        counter{key::withheld, "withheld_packets",
                "ICMP errors and resets left out, over the limit."},
        counter{key::claimed, "claims",
                "ARP and neighbour advertisements in which another host claims a VIP."},
        counter{key::handed_over, "handed_over_packets",
                "Packets passed on to the worker that handles them."},
        counter{key::table_full, "table_full_connections",
                "Connections placed without state, the table being full."},
        counter{key::over_share, "over_share_connections",
                "Connections placed without state, their service having its share of the table."},
        counter{key::displaced, "displaced_connections",
                "Half-open connections ended for new ones, their server being full."},
        counter{key::passed_over, "passed_over_packets",
                "Packets passed to another director while VIPs changed hands."}};
    counters("weir_", all, {}, books);
    const json& drops = books.at(key::drops);
    for (std::size_t i = 1; i < drop_reasons; ++i) {
        const std::string reason(weir::name_of(static_cast<drop_reason>(i)));
        add("weir_drop_packets_total", "counter", "Packets received and dropped, by reason.",
            {{"reason", reason}}, static_cast<double>(drops.value(reason, std::uint64_t{0})));
    }
}

void page::vrrps(const json& all) {
    constexpr std::array counts{
        counter{key::transitions, "transitions", "Changes of the state of its group."},
        counter{key::splits, "splits",
                "Advertisements of a worse router while its group was active."},
        counter{key::sent, "advertisements_sent", "Advertisements sent."},
        counter{key::unsent, "advertisements_unsent", "Advertisements that could not be sent."},
        counter{key::heard, "advertisements_heard", "Good advertisements received."},
        counter{key::other_addresses, "other_addresses",
                "Good advertisements with another list of addresses."},
        counter{key::announced, "announcements", "Addresses announced to the link."}};
    for (const json& vrrp : all) {
        const labels of{{"vrrp", text(vrrp, key::name)}};
        counters("weir_vrrp_", counts, of, vrrp);
        for (const auto& [fault, count] : vrrp.at(key::refused).items())
            add("weir_vrrp_refused_total", "counter", "Advertisements refused, by fault.",
                {of[0], {"fault", fault}}, count.get<double>());
        for (const char* state : {"initialize", "backup", "active", "leaving", "yielding", "fault"})
            add("weir_vrrp_state", "gauge", "1 for the state the group is in.",
                {of[0], {"state", state}}, text(vrrp, key::state) == state ? 1 : 0);
        add("weir_vrrp_priority", "gauge", "Its priority, as tracked things adjust it.", of,
            static_cast<double>(number(vrrp, key::priority)));
        for (const json& t : vrrp.at(key::tracked))
            add("weir_vrrp_tracked_good", "gauge", "0 while something that it tracks is down.",
                {of[0], {"tracked", text(t, key::name)}}, text(t, key::state) == "down" ? 0 : 1);
        add("weir_vrrp_since_timestamp_seconds", "gauge", "When it came into its state.", of,
            time_of(text(vrrp, key::since)));
    }
}

void page::status(const json& status) {
    add("weir_build_info", "gauge", "The director's version and name.",
        {{"version", text(status, key::version)}, {"director", text(status, key::name)}}, 1);
    add("weir_uptime_seconds", "gauge", "Time since the director started.", {},
        figure(status, key::uptime));
    add("weir_services", "gauge", "Services.", {}, figure(status, key::services));
    add("weir_neighbours", "gauge", "Neighbours known on the links.", {},
        figure(status, key::neighbours));
    const json& table = status.at(key::table);
    add("weir_table_connections", "gauge", "Entries in use in the connection table.", {},
        figure(table, key::flows));
    add("weir_table_capacity_connections", "gauge", "Entries the connection table has.", {},
        figure(table, key::capacity));
    add("weir_table_bytes", "gauge", "Memory of the connection table.", {},
        figure(table, key::bytes));
    const json& config = status.at(key::config);
    add("weir_config_reloads_total", "counter", "Reloads that were applied.", {},
        figure(config, key::reloads));
    add("weir_config_last_reload_successful", "gauge",
        "0 when the last reload was refused for mistakes in the file.", {},
        config.at(key::last_error).is_null() ? 1 : 0);
    add("weir_config_last_reload_success_timestamp_seconds", "gauge",
        "When the configuration in force was read.", {}, time_of(text(config, key::loaded)));
    books(status.at(key::books));
    workers(status.at(key::workers));
    ports(status.at(key::ports));
    vrrps(status.at(key::vrrp));
    peers(status.at(key::peers));
}

std::string page::whole() const {
    std::string all;
    for (const auto& [name, f] : families_)
        all += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{3}", name, f.help, f.type, f.samples);
    return all;
}

std::string whole_page(message::client& director) {
    page all;
    director.ask_parsed(message::request("status"), [&](const json& line) { all.status(line); });
    message::ask_services(director, [&](const json& service, const std::vector<json>& servers) {
        all.service(service);
        for (const json& server : servers)
            all.server(service, server);
    });
    director.ask_parsed(message::request("checks"), [&](const json& line) { all.check(line); });
    return all.whole();
}

} // namespace weir::metrics
