#pragma once

// A director for the tests of its commands: services as plain values that a test may change, and a
// real connection table that nobody sends packets through.

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "command/views.h"

namespace weir::command {

class fake_director : public director_view {
public:
    explicit fake_director(std::uint32_t capacity = 1024) : targets_(64) {
        flows = std::make_unique<flow_table>(flow_table::settings{.capacity = capacity,
                                                                  .workers = 1,
                                                                  .grace = &grace_,
                                                                  .targets = targets_.data(),
                                                                  .hasher = flow_hasher{{}},
                                                                  .now = time});
    }

    /// A service on 192.0.2.N:80/tcp with servers 10.N.0.1, 10.N.0.2, ..., N counted from 1.
    service_info& add_service(const std::string& name, unsigned servers) {
        const auto n = static_cast<std::uint8_t>(services.size() + 1);
        service_info service;
        service.name = name;
        service.listen = {{ip_address::v4(192, 0, 2, n), 80, protocol::tcp}};
        service.scheduler = "wlc";
        for (unsigned i = 1; i <= servers; ++i) {
            server_info server;
            server.id = ++last_id_;
            server.address = ip_address::v4(10, n, 0, static_cast<std::uint8_t>(i));
            service.servers.push_back(server);
        }
        services.push_back(service);
        return services.back();
    }
    flow_target& target(target_id id) { return targets_[id]; }

    /// Opens a flow; false when the table is full.
    bool open(const flow_key& key, target_id id, flow_state state, std::uint16_t timeout) {
        const flow_table::opening opening{key, id, state, timeout};
        return flows->insert(0, opening, flows->hash(key), time).ours;
    }

    director_info about() const override { return info; }
    std::size_t service_count() const override { return services.size() - removed_services; }
    std::size_t removed_count() const override { return removed_services; }
    std::vector<std::string> without_quorum() const override {
        std::vector<std::string> names;
        for (const service_info& s : services)
            if (!s.quorum_up) names.push_back(s.name);
        return names;
    }
    void service(std::size_t index, service_info& into) const override {
        into = services[index];
        into.removed = index >= service_count();
    }
    std::optional<std::size_t> find_service(const std::string& name) const override {
        for (std::size_t i = 0; i < services.size(); ++i) {
            if (services[i].name == name) return i;
            for (const endpoint& where : services[i].listen)
                if (parse_endpoint(name) == where) return i;
        }
        return std::nullopt;
    }
    std::string_view server_word(target_id id) const override {
        for (const service_info& service : services)
            for (const server_info& server : service.servers)
                if (server.id == id) return server.word;
        return {};
    }
    std::vector<worker_info> workers() const override { return workers_now; }
    books_info control_books() const override { return books; }
    std::vector<port_info> ports() const override { return ports_now; }
    std::vector<neighbour_info> neighbours() const override { return neighbours_now; }
    connection_source connections() const override {
        return {flows.get(), targets_.data(), &grace_, 1};
    }
    std::uint32_t now() const override { return time; }
    std::shared_ptr<watch::watch> add_watch(watch::order wanted) override {
        if (watches.size() == watch::watch_set::most) return nullptr;
        watches.push_back(std::make_shared<watch::watch>(std::move(wanted), 2));
        return watches.back();
    }
    void end_watch(const watch::watch& which) override {
        std::erase_if(watches, [&](const auto& w) { return w.get() == &which; });
    }
    cycle_clock cycles() const override { return {}; }
    std::vector<check_info> checks(std::size_t service) const override {
        std::vector<check_info> all;
        for (const check_info& check : checks_now)
            if (check.service == services[service].name) all.push_back(check);
        return all;
    }
    health::punctuality check_figures() const override { return {.checks = checks_now.size()}; }

    std::vector<vrrp_info> vrrps() const override { return vrrps_now; }
    std::vector<peer_info> peers() const override { return peers_now; }
    std::vector<rival_info> rivals() const override { return rivals_now; }
    std::vector<std::uint64_t> heart_lateness() const override { return {}; }
    std::string hand_over(const std::string& vrrp) override {
        changes.push_back("failover " + vrrp);
        return change_error;
    }

    std::string set_weight(const std::string& service, const std::string& server,
                           std::int32_t weight) override {
        changes.push_back(fmt::format("weight {} {} {}", service, server, weight));
        return change_error;
    }
    std::string set_disabled(const std::string& service, const std::string& server,
                             bool disabled) override {
        changes.push_back(
            fmt::format("{} {} {}", disabled ? "disable" : "enable", service, server));
        return change_error;
    }
    std::vector<config::problem> add_server(const std::string& service,
                                            const std::string& line) override {
        changes.push_back(fmt::format("add {} {}", service, line));
        if (!problems.empty()) return problems;
        server_info server;
        server.id = ++last_id_;
        server.address = *parse_address(line.substr(0, line.find(' ')));
        server.in_file = false;
        services[*find_service(service)].servers.push_back(server);
        return {};
    }
    std::string remove_server(const std::string& service, const std::string& server) override {
        changes.push_back(fmt::format("remove {} {}", service, server));
        return change_error;
    }
    std::vector<change_info> changes_now;
    std::vector<change_info> changed_servers() const override { return changes_now; }
    config::reload_outlook outlook{};
    config::reload_outlook would_reload() override { return outlook; }
    config::reload_outlook reload() override {
        changes.push_back("reload");
        return {.mistakes = problems, .changes = outlook.changes};
    }

    std::vector<std::shared_ptr<watch::watch>> watches;
    std::vector<service_info> services;
    std::size_t removed_services = 0; ///< the last of them
    std::vector<worker_info> workers_now;
    std::vector<port_info> ports_now;
    std::vector<neighbour_info> neighbours_now;
    std::vector<check_info> checks_now;
    std::vector<vrrp_info> vrrps_now;
    std::vector<peer_info> peers_now;
    std::vector<rival_info> rivals_now;
    books_info books;
    director_info info;
    std::uint32_t time = 1000;
    std::string change_error;
    std::vector<config::problem> problems;
    std::vector<std::string> changes; ///< that were asked for
    std::unique_ptr<flow_table> flows;

private:
    grace_periods grace_{2};
    std::vector<flow_target> targets_;
    target_id last_id_ = 0;
};

} // namespace weir::command
