#include "config/bounds.h"
#include "config/check_values.h"
#include "config/sections.h"
#include "config/values.h"

#include <fmt/format.h>

#include "config/problem.h"

namespace weir::config {

namespace {

ip_address address_of_host(const std::string& value) {
    const ip_address found = address(value);
    if (is_host(found)) return found;
    throw bad_value(fmt::format("{} is not an address a host can have: give a unicast address",
                                in_quotes(value)));
}

} // namespace

const std::vector<key<peer>>& peer_keys() {
    static const std::vector<key<peer>> keys{
        {"address", [](peer& p, const std::string& value) { p.address = address_of_host(value); },
         false, "address = 192.0.2.3"},
        {"port",
         [](peer& p, const std::string& value) {
             p.port = static_cast<std::uint16_t>(number(value, 1, 65535));
         }},
        {"source", [](peer& p, const std::string& value) { p.source = address_of_host(value); }},
        {"key",
         [](peer& p, const std::string& value) {
             if (!value.starts_with('/'))
                 throw bad_value(fmt::format("{} is not a path from the root", in_quotes(value)));
             p.key = value;
         }},
        {"link", [](peer& p, const std::string& value) { p.links.push_back(read_link(value)); },
         true},
        {"fence", [](peer& p, const std::string& value) { p.fence = program(value); }},
    };
    return keys;
}

} // namespace weir::config
