#include "director/port_set.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "config/bounds.h"
#include "log/log.h"

namespace weir::director {

port_set::port_set(const std::vector<config::port>& wanted, director_state& state) : state_(state) {
    const auto warn = [](const std::string& text) { log::warning("{}", text); };
    std::map<std::string, port::device*> opened;    // ports on one device differ by VLAN
    static_assert(config::most_ports == max_ports); // arrays by port_id have so many places
    for (const config::port& port : wanted) {
        port::device*& device = opened[port.device];
        if (device == nullptr) {
            devices_.push_back(std::make_unique<port::device>(
                port::together(wanted, port), static_cast<unsigned>(devices_.size()),
                state_.workers, state_.packets, warn));
            device = devices_.back().get();
        }
        open(port, *device);
    }
}

void port_set::open(const config::port& wanted, port::device& device) {
    port_rule rule;
    rule.name = wanted.name;
    rule.device = device.id();
    rule.vlan = wanted.vlan;
    rule.mtu = wanted.mtu;
    rule.mac = device.mac();
    rule.twin = wanted.twin.has_value();
    rules_.push_back(rule);
    device_of_.push_back(&device);
    twins_.push_back(wanted.twin
                         ? std::make_unique<port::twin>(*wanted.twin, device.mac(), wanted.mtu)
                         : nullptr);
    set_addresses(static_cast<port_id>(rules_.size() - 1), wanted.addresses);
}

std::vector<port::twin*> port_set::twins() const {
    std::vector<port::twin*> all;
    for (const auto& twin : twins_)
        all.push_back(twin.get());
    return all;
}

std::vector<mac_address> port_set::macs() const {
    std::vector<mac_address> all;
    for (const port_rule& rule : rules_)
        all.push_back(rule.mac);
    return all;
}

std::vector<device_wiring> port_set::wiring_of(unsigned worker) const {
    const auto queue_of = [worker](unsigned queues) {
        return worker < queues ? static_cast<int>(worker) : -1;
    };
    std::vector<device_wiring> all;
    for (const auto& device : devices_)
        all.push_back({.device = device->id(),
                       .rx_queue = queue_of(device->rx_queues()),
                       .tx_queue = queue_of(device->tx_queues()),
                       .tx_worker = worker % device->tx_queues(),
                       .spread = device->rx_queues() < state_.workers});
    return all;
}

bool port_set::is_own(const ip_address& address) const {
    return std::any_of(rules_.begin(), rules_.end(), [&](const port_rule& rule) {
        return std::any_of(rule.addresses.begin(), rule.addresses.end(),
                           [&](const prefix& p) { return p.address == address; });
    });
}

bool port_set::set_addresses(port_id port, std::vector<prefix> addresses) {
    port_rule& rule = rules_[port];
    if (rule.addresses == addresses) return false;
    rule.v4 = rule.v6 = {};
    for (const prefix& p : addresses) {
        ip_address& first = p.address.is_v4() ? rule.v4 : rule.v6;
        if (first.is_none()) first = p.address;
    }
    rule.addresses = std::move(addresses);
    return true;
}

void port_set::set_addresses_without_twin(const std::vector<config::port>& wanted) {
    for (std::size_t port = 0; port < size(); ++port)
        if (!twins_[port]) set_addresses(static_cast<port_id>(port), wanted[port].addresses);
}

void port_set::follow_links() {
    const bool first_look = !std::exchange(looked_, true);
    for (const auto& device : devices_) {
        const bool up = device->link_is_up();
        const bool before = state_.link_up[device->id()].exchange(up);
        if (up == before && !first_look) continue;
        for (std::size_t port = 0; port < size(); ++port) {
            if (device_of_[port] != device.get()) continue;
            if (!first_look)
                log::warning("port {}: link is {}", rules_[port].name, up ? "up" : "down");
            if (twins_[port]) twins_[port]->set_carrier(up);
        }
    }
}

std::vector<command::port_info> port_set::describe() const {
    std::vector<command::port_info> all;
    for (std::size_t port = 0; port < size(); ++port) {
        const port_rule& rule = rules_[port];
        const port::device& device = *device_of_[port];
        const port::device_counters counters = device.counters();
        command::port_info info;
        info.name = rule.name;
        info.device = device.configured_as();
        info.twin = twins_[port] ? twins_[port]->name() : "";
        info.link = state_.link_up[rule.device];
        info.speed = device.speed();
        info.mac = rule.mac;
        info.mtu = rule.mtu;
        info.vlan = rule.vlan;
        info.rx_queues = device.rx_queues();
        info.tx_queues = device.tx_queues();
        info.device_stats = {counters.rx_packets, counters.rx_bytes,     counters.rx_missed,
                             counters.rx_errors,  counters.rx_no_buffer, counters.tx_packets,
                             counters.tx_bytes,   counters.tx_errors};
        all.push_back(std::move(info));
    }
    return all;
}

} // namespace weir::director
