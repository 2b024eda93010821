#include "plane/data_plane.h"

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <string>
#include <utility>

#include <rte_launch.h>

namespace weir::plane {

namespace {

int run_worker(void* worker) {
    static_cast<worker_core*>(worker)->run();
    return 0;
}

} // namespace

data_plane::data_plane(const state_sizes& sizes) : state_(sizes) {
    state_.rules.replace(std::make_shared<const rule_set>(rule_set::contents{}), bin_);
}

data_plane::~data_plane() {
    stop_workers();
}

port_id data_plane::add_port(port_rule rule) {
    assert(workers_.empty() && ports_.size() < max_ports);
    ports_.push_back(std::move(rule));
    const auto port = static_cast<port_id>(ports_.size() - 1);
    set_addresses(port, std::exchange(ports_.back().addresses, {}));
    rules_changed_ = true;
    return port;
}

void data_plane::set_addresses(port_id port, std::vector<prefix> addresses) {
    port_rule& rule = ports_.at(port);
    if (rule.addresses == addresses) return;
    rule.v4 = rule.v6 = {};
    for (const prefix& p : addresses) {
        ip_address& first = p.address.is_v4() ? rule.v4 : rule.v6;
        if (first.is_none()) first = p.address;
    }
    rule.addresses = std::move(addresses);
    rules_changed_ = true;
}

void data_plane::set_source_check(port_id port, source_check check) {
    if (std::exchange(ports_.at(port).check, check) != check) rules_changed_ = true;
}

void data_plane::share(std::vector<shared_address> addresses, std::vector<shared_router> routers) {
    shared_ = std::move(addresses);
    routers_ = std::move(routers);
    std::ranges::sort(routers_);
    rules_changed_ = true;
}

void data_plane::set_peers(std::vector<ip_address> peers) {
    peers_ = std::move(peers);
    rules_changed_ = true;
}

bool data_plane::is_own(const ip_address& address) const {
    return std::any_of(ports_.begin(), ports_.end(), [&](const port_rule& rule) {
        return std::any_of(rule.addresses.begin(), rule.addresses.end(),
                           [&](const prefix& p) { return p.address == address; });
    });
}

void data_plane::require_room(const std::vector<config::service>& wanted) const {
    services_.require_room(wanted);
}

void data_plane::apply(const std::vector<config::service>& wanted) {
    services_.apply(wanted, [this](const ip_address& address) { return is_own(address); });
    rules_changed_ = true;
    paths_.servers_changed();
}

void data_plane::set_weight(known_service& service, known_server& server, std::int32_t weight) {
    services_.set_weight(service, server, weight);
    rules_changed_ = true;
}

void data_plane::set_disabled(known_service& service, known_server& server, bool disabled) {
    services_.set_disabled(service, server, disabled);
    rules_changed_ = true;
}

void data_plane::take_setting(known_service& service, known_server& server,
                              std::optional<std::int32_t> weight, bool disabled, std::uint64_t at) {
    services_.take_setting(service, server, weight, disabled, at);
    rules_changed_ = true;
}

void data_plane::set_condition(target_id id, const health::condition& condition) {
    rules_changed_ |= services_.set_condition(id, condition);
}

void data_plane::tend_removed(const config::drain& drain) {
    if (services_.tend_removed(drain)) paths_.servers_changed();
}

bool data_plane::is_flow(const flow_key& key) const {
    return static_cast<bool>(state_.flows->find(key, state_.flows->hash(key), state_.clock.now()));
}

bool data_plane::publish() {
    bin_.poll();
    if (paths_.publish()) rules_changed_ |= services_.set_off_link(paths_.off_link());
    if (std::exchange(rules_changed_, false)) publish_rules();
    return services_.renew_slots();
}

void data_plane::publish_rules() {
    for (const auto& [service, before] : services_.catch_up())
        tell_of_use_(*service, before);
    rule_set::contents rules = rules_now();
    if (is_published(rules)) return;
    state_.rules.replace(std::make_shared<const rule_set>(std::move(rules)), bin_);
    ++publications_;
}

rule_set::contents data_plane::rules_now() const {
    return {services_.rules(), ports_, shared_, routers_, peers_};
}

/// Unchanged services keep the same rule object, so comparing pointers is enough.
bool data_plane::is_published(const rule_set::contents& rules) const {
    const rule_set& now = *state_.rules.read();
    return std::ranges::equal(rules.services, now.services())
           && std::ranges::equal(rules.ports, now.ports())
           && std::ranges::equal(rules.shared, now.shared())
           && std::ranges::equal(rules.routers, now.routers())
           && std::ranges::equal(rules.peers, now.peers());
}

std::shared_ptr<watch::watch> data_plane::add_watch(watch::order wanted) {
    if (watches_.size() == watch::watch_set::most) return nullptr;
    watches_.push_back(std::make_shared<watch::watch>(std::move(wanted), state_.workers + 1));
    publish_watches();
    return watches_.back();
}

void data_plane::end_watch(const watch::watch& which) {
    std::erase_if(watches_, [&](const auto& w) { return w.get() == &which; });
    publish_watches();
}

void data_plane::publish_watches() {
    state_.watches.replace(
        watches_.empty() ? nullptr : std::make_shared<const watch::watch_set>(watches_), bin_);
}

void data_plane::make_workers(bool adaptive) {
    assert(workers_.empty());
    for (unsigned w = 0; w < state_.workers; ++w) {
        worker_settings settings{.number = w, .adaptive = adaptive, .devices = {}};
        for (const device_queues& device : devices_)
            settings.devices.push_back(wire(device, w, state_.workers));
        workers_.push_back(std::make_unique<worker_core>(state_, settings));
    }
}

void data_plane::launch_workers() {
    assert(!by_hand_);
    launched_ = true;
    for (unsigned w = 0; w < workers_.size(); ++w)
        if (rte_eal_remote_launch(run_worker, workers_[w].get(), w + 1) != 0)
            throw std::runtime_error("cannot start worker " + std::to_string(w));
}

void data_plane::drive_by_hand() {
    assert(!launched_);
    by_hand_ = true;
    for (const auto& worker : workers_)
        worker->go_online();
}

void data_plane::leave_device(std::uint16_t device, std::function<void()> left) {
    state_.link_up[device] = false; // they send nothing then
    for (const auto& worker : workers_)
        worker->leave_device(device);
    bin_.later(std::move(left));
}

void data_plane::stop_workers() {
    if (std::exchange(launched_, false)) {
        state_.stop = true;
        rte_eal_mp_wait_lcore();
    }
    if (std::exchange(by_hand_, false))
        for (const auto& worker : workers_)
            worker->go_offline();
    workers_.clear();
    bin_.poll();
}

} // namespace weir::plane
