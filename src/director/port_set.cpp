#include "director/port_set.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/bounds.h"
#include "log/log.h"

namespace weir::director {

namespace {

using namespace std::chrono_literals;

// Switches learn, and Linux finds its neighbours and IPv6 addresses again, which takes a second
// (RFC 4862 section 5.4).
constexpr auto link_settles = 2s;

} // namespace

port_set::port_set(const std::vector<config::port>& wanted, const std::string& state_dir,
                   plane::data_plane& plane, const loop::clock& time)
    : plane_(plane), time_(time) {
    const auto warn = [](const std::string& text) { log::warning("{}", text); };
    std::map<std::string, port::device*> opened;    // ports on one device have different VLANs
    static_assert(config::most_ports == max_ports); // the size of arrays by port_id
    for (const config::port& port : wanted) {
        port::device*& device = opened[port.device];
        if (device == nullptr) {
            log::info("opening device {}", port.device);
            devices_.push_back(std::make_unique<port::device>(
                port::together(wanted, port), port::vlans_of(wanted, port.device),
                plane_.state().workers, plane_.state().packets, state_dir, warn));
            device = devices_.back().get();
            plane_.add_device(
                {device->id(), device->rx_queues(), device->tx_queues(), device->is_bonded()});
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
    rule.addresses = wanted.addresses;
    plane_.add_port(std::move(rule));
    device_of_.push_back(&device);
    twins_.push_back(wanted.twin
                         ? std::make_unique<port::twin>(*wanted.twin, device.mac(), wanted.mtu)
                         : nullptr);
}

std::vector<port::twin*> port_set::twins() const {
    std::vector<port::twin*> all;
    for (const auto& twin : twins_)
        all.push_back(twin.get());
    return all;
}

std::vector<mac_address> port_set::macs() const {
    std::vector<mac_address> all;
    for (const port_rule& rule : plane_.ports())
        all.push_back(rule.mac);
    return all;
}

std::vector<std::string> port_set::twin_repairs() const {
    std::vector<std::string> all;
    for (const auto& twin : twins_)
        if (const std::string trouble = twin ? twin->trouble() : ""; !trouble.empty())
            all.push_back(fmt::format("twin {}: {}: put right", twin->name(), trouble));
    return all;
}

void port_set::set_addresses_without_twin(const std::vector<config::port>& wanted) {
    for (std::size_t port = 0; port < size(); ++port)
        if (!twins_[port]) plane_.set_addresses(static_cast<port_id>(port), wanted[port].addresses);
}

void port_set::accept_other_macs(const std::set<port_id>& ports) {
    std::set<const port::device*> wanted;
    for (const port_id port : ports)
        wanted.insert(device_of_[port]);
    for (const auto& device : devices_)
        if (const std::string trouble = device->accept_other_macs(wanted.contains(device.get()));
            !trouble.empty())
            log::warning("{}", trouble);
}

void port_set::follow_links() {
    for (const auto& device : devices_) {
        const bool replaced = device->was_replaced();
        if (replaced)
            lose(fmt::format(
                "{}: the interface was removed and made again: weir must start again to have it",
                device->configured_as()));
        const bool recalled = device->is_recalled();
        const bool up = !replaced && !recalled && device->link_is_up();
        plane_.state().link_up[device->id()] = up;
        const auto [had, first_look] = had_link_.try_emplace(device.get(), up);
        const bool before = std::exchange(had->second, up);
        if (!up) without_link_[device.get()] = time_.now();
        if (recalled) give_back(*device);
        const bool moved = device->is_bonded() && follow_members(*device);
        if (up == before && !first_look) {
            if (moved && up) announce_again(*device);
            continue;
        }
        for (std::size_t port = 0; port < size(); ++port) {
            if (device_of_[port] != device.get()) continue;
            if (!first_look)
                log::event(up ? log::level::info : log::level::warning, "port {}: link is {}",
                           plane_.ports()[port].name, up ? "up" : "down");
            if (!first_look && on_link_) on_link_(plane_.ports()[port].name, up);
            if (twins_[port]) twins_[port]->set_carrier(up);
            if (up && !first_look && on_link_up_) on_link_up_(static_cast<port_id>(port));
        }
    }
}

/// Another card carries the packets: switches have to learn where weir is now.
void port_set::announce_again(const port::device& device) {
    for (std::size_t port = 0; port < size(); ++port)
        if (device_of_[port] == &device && on_link_up_) on_link_up_(static_cast<port_id>(port));
}

void port_set::watch_links() {
    std::vector<link_watch::watched> all;
    for (const auto& device : devices_)
        all.push_back({device.get(), &plane_.state().link_up[device->id()]});
    watch_.emplace(std::move(all));
}

/// A member's link may come and go while the port has one. True: others than before carry the
/// packets.
bool port_set::follow_members(port::device& device) {
    while (port::attachment* const member = device.recalled_member()) {
        log::event(
            log::level::error,
            "device {}: the kernel wants {} back, or it was pulled: weir closes it, and goes "
            "on with the other members",
            device.configured_as(), member->configured_as());
        if (!device.let_go(*member)) {
            give_back(device);
            return false;
        }
        plane_.bin().later([member] {
            member->close();
            log::info("device {} is closed", member->configured_as());
        });
    }
    bool some_did = false, same_do = false;
    for (port::member_state& now : device.members()) {
        const auto [before, fresh] = members_.try_emplace(now.name, now);
        some_did |= before->second.carries;
        same_do |= before->second.carries && now.carries;
        if (!fresh && before->second.link != now.link)
            log::event(now.link ? log::level::info : log::level::warning,
                       "device {}: link of {} is {}", device.configured_as(), now.name,
                       now.link ? "up" : "down");
        if (!fresh && before->second.carries != now.carries)
            log::info("device {}: {} {} packets", device.configured_as(), now.name,
                      now.carries ? "carries" : "does not carry");
        before->second = std::move(now);
    }
    return some_did && !same_do;
}

/// The kernel waits for it, and so does whoever pulls the card.
void port_set::give_back(port::device& device) {
    if (!given_back_.insert(&device).second) return;
    log::event(log::level::error,
               "device {}: the kernel wants it back, or it was pulled: weir closes it",
               device.configured_as());
    plane_.leave_device(device.id(), [&device] {
        device.close();
        log::info("device {} is closed", device.configured_as());
    });
}

void port_set::look_for_cards() {
    for (const auto& device : devices_) {
        if (device->is_back())
            lose(fmt::format("device {} is back: weir must start again to have it",
                             device->configured_as()));
        if (const port::attachment* const member = device->member_that_is_back())
            log::event(log::level::warning,
                       "device {}: {} is back; the bond has it from the next start on",
                       device->configured_as(), member->configured_as());
    }
}

void port_set::lose(const std::string& why) {
    if (on_lost_) std::exchange(on_lost_, {})(why);
}

void port_set::look_at_queues() {
    for (const auto& device : devices_) {
        if (device->rx_queues() < 2 || starving_.contains(device.get())) continue;
        const auto starved = port::starved_queues(device->received_by_queue());
        if (starved.empty()) continue;
        starving_.insert(device.get());
        log::warning("device {}: receive queue {} has had no packets, while others have had "
                     "100,000: the device does not spread them; `queues = 1` lets all workers "
                     "share the work",
                     device->configured_as(), fmt::join(starved, ", "));
    }
}

std::string port_set::link_trouble(port_id port, loop::clock::time_point since) const {
    const port::device* const device = device_of_[port];
    const std::string& name = plane_.ports()[port].name;
    if (!device->link_is_up()) return fmt::format("the link of port {} is down", name);
    const auto without = without_link_.find(device);
    if (without == without_link_.end() || since >= without->second + link_settles) return "";
    return fmt::format("the link of port {} was down", name);
}

std::vector<command::port_info> port_set::describe() const {
    std::vector<command::port_info> all;
    for (std::size_t port = 0; port < size(); ++port) {
        const port_rule& rule = plane_.ports()[port];
        const port::device& device = *device_of_[port];
        const port::device_counters counters = device.counters();
        command::port_info info;
        info.name = rule.name;
        info.device = device.configured_as();
        if (twins_[port]) {
            info.twin = twins_[port]->name();
            info.twin_trouble = twins_[port]->trouble();
        }
        info.link = plane_.state().link_up[rule.device];
        info.speed = device.speed();
        info.mac = rule.mac;
        info.mtu = rule.mtu;
        info.vlan = rule.vlan;
        for (const port::member_state& member : device.members())
            info.members.push_back({member.name, member.link, member.carries});
        for (const port::offload& each : device.offloads())
            info.offloads.push_back({each.name, each.used});
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
