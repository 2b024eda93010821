#include "config/sections.h"
#include "config/values.h"

#include <regex>

namespace weir::config {

namespace {

std::uint16_t small(const std::string& value, std::uint16_t least, std::uint16_t most) {
    return static_cast<std::uint16_t>(number(value, least, most));
}

void set_twin(port& p, const entry& e) {
    static const std::regex valid("[A-Za-z0-9._-]{1,15}");
    if (e.value == "none") return p.twin.reset();
    if (!std::regex_match(e.value, valid))
        throw bad_value("`" + e.value
                        + "` is not an interface name (1 to 15 letters, digits, `.`, "
                          "`_`, `-`) or `none`");
    p.twin = e.value;
}

void add_neighbour(port& p, const entry& e) {
    const auto parts = words(e.value);
    if (parts.size() != 2) throw bad_value("a neighbour is `ADDRESS MAC`");
    const auto mac = parse_mac(parts[1]);
    if (!mac || mac->is_multicast())
        throw bad_value("`" + parts[1] + "` is not a host's MAC address, as 02:00:00:00:00:01");
    p.neighbours.push_back({address(parts[0]), *mac});
}

} // namespace

const std::vector<key<port>>& port_keys() {
    static const std::vector<key<port>> keys{
        {"device", false, [](port& p, const entry& e) { p.device = e.value; }},
        {"twin", false, set_twin},
        {"address", true,
         [](port& p, const entry& e) { p.addresses.push_back(interface_address(e.value)); }},
        {"vlan", false, [](port& p, const entry& e) { p.vlan = small(e.value, 1, 4094); }},
        {"mtu", false, [](port& p, const entry& e) { p.mtu = small(e.value, 576, 9000); }},
        {"queues", false, [](port& p, const entry& e) { p.queues = small(e.value, 1, 256); }},
        {"descriptors", false,
         [](port& p, const entry& e) { p.descriptors = small(e.value, 64, 32768); }},
        {"promiscuous", false, [](port& p, const entry& e) { p.promiscuous = yes_or_no(e.value); }},
        {"neighbour", true, add_neighbour},
    };
    return keys;
}

} // namespace weir::config
