#include "config/sections.h"
#include "config/values.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/device.h"
#include "config/problem.h"

namespace weir::config {

namespace {

std::uint16_t small(const std::string& value, std::uint16_t least, std::uint16_t most) {
    return static_cast<std::uint16_t>(number(value, least, most));
}

void set_device(port& p, const std::string& value) {
    p.device = device_form(value);
}

void set_twin(port& p, const std::string& value) {
    if (value == "none") return p.twin.reset();
    if (!is_interface_name(value))
        throw bad_value(fmt::format("{} is not the name of an interface (1 to 15 letters, digits, "
                                    "`.`, `_` or `-`) or `none`",
                                    in_quotes(value)));
    p.twin = value;
}

void add_neighbour(port& p, const std::string& value) {
    const auto parts = words(value);
    if (parts.size() != 2)
        throw bad_value(fmt::format("{} is not a neighbour: write `ADDRESS MAC`, as 192.0.2.11 "
                                    "02:00:00:00:00:11",
                                    in_quotes(value)));
    const ip_address who = address(parts[0]);
    if (!is_host(who))
        throw bad_value(fmt::format("{} is not an address a host can have: give a unicast address",
                                    in_quotes(parts[0])));
    const auto mac = parse_mac(parts[1]);
    if (!mac || mac->is_multicast() || *mac == mac_address{})
        throw bad_value(fmt::format("{} is not the MAC address of a host, as 02:00:00:00:00:11",
                                    in_quotes(parts[1])));
    const bool twice = std::any_of(p.neighbours.begin(), p.neighbours.end(),
                                   [&](const static_neighbour& n) { return n.address == who; });
    if (twice) throw bad_value(fmt::format("{} is given twice: give it once", parts[0]));
    p.neighbours.push_back({who, *mac});
}

ip_address router(const std::string& text) {
    const ip_address via = address(text);
    if (!is_host(via))
        throw bad_value(fmt::format("{} is not an address a host can have: give a unicast address",
                                    in_quotes(text)));
    return via;
}

/// The properties of a route, behind its router.
std::uint32_t metric_of(const std::vector<std::string>& properties) {
    std::uint32_t metric = 0;
    read_pairs(properties,
               {{"metric",
                 [&](std::string_view text) {
                     metric = static_cast<std::uint32_t>(number(text, 1, UINT32_MAX));
                 }}},
               "property of a route");
    return metric;
}

void add_route(port& p, const std::string& value) {
    const auto parts = words(value);
    if (parts.size() < 3 || parts[1] != "via")
        throw bad_value(fmt::format("{} is not a route: write `PREFIX via ADDRESS`, as "
                                    "198.51.100.0/24 via 192.0.2.1",
                                    in_quotes(value)));
    const auto to = parse_prefix(parts[0]);
    if (!to)
        throw bad_value(fmt::format("{} is not a network, as 198.51.100.0/24 or 2001:db8:1::/48",
                                    in_quotes(parts[0])));
    if (to->first() != to->address)
        throw bad_value(fmt::format("{} is an address in a network: give the network, {}",
                                    in_quotes(parts[0]),
                                    to_string(prefix{to->first(), to->length})));
    const ip_address via = router(parts[2]);
    if (via.is_v4() != to->address.is_v4())
        throw bad_value(fmt::format("{} is {} and {} is {}: give a router of the same family",
                                    parts[0], to->address.is_v4() ? "IPv4" : "IPv6", parts[2],
                                    via.is_v4() ? "IPv4" : "IPv6"));
    p.routes.push_back({.where = {},
                        .key = "route",
                        .to = *to,
                        .via = via,
                        .metric = metric_of({parts.begin() + 3, parts.end()})});
}

/// The route to all that has no other.
void add_gateway(port& p, const std::string& value) {
    const auto parts = words(value);
    const ip_address via = router(parts.front());
    const prefix all{via.is_v4() ? ip_address::v4(be32{0}) : ip_address{}, 0};
    p.routes.push_back({.where = {},
                        .key = "gateway",
                        .to = all,
                        .via = via,
                        .metric = metric_of({parts.begin() + 1, parts.end()})});
}

} // namespace

const std::vector<key<port>>& port_keys() {
    static const std::vector<key<port>> keys{
        {"device", set_device, false, "device = 0000:03:00.0 (or xdp:eth1, packet:eth1, a vdev)"},
        {"twin", set_twin},
        {"address",
         [](port& p, const std::string& value) { p.addresses.push_back(interface_address(value)); },
         true},
        {"vlan", [](port& p, const std::string& value) { p.vlan = small(value, 1, 4094); }},
        {"mtu", [](port& p, const std::string& value) { p.mtu = small(value, 576, 9000); }},
        {"queues", [](port& p, const std::string& value) { p.queues = small(value, 1, 256); }},
        {"descriptors",
         [](port& p, const std::string& value) { p.descriptors = small(value, 64, 32768); }},
        {"promiscuous",
         [](port& p, const std::string& value) { p.promiscuous = yes_or_no(value); }},
        {"source-check",
         [](port& p, const std::string& value) {
             p.check = static_cast<source_check>(one_of(value, {"off", "loose", "strict"}));
         }},
        {"neighbour", add_neighbour, true},
        {"route", add_route, true},
        {"gateway", add_gateway, true},
    };
    return keys;
}

} // namespace weir::config
