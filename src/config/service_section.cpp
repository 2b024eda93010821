#include "config/sections.h"
#include "config/values.h"

#include <fmt/format.h>

#include "config/problem.h"

namespace weir::config {

namespace {

constexpr std::uint64_t most_connections = 1u << 30;
constexpr std::uint64_t most_weight = 65535;

void add_listener(service& s, const std::string& value) {
    const std::size_t slash = value.rfind('/');
    if (slash != std::string::npos) {
        const std::string proto = value.substr(slash + 1);
        if (proto != "tcp" && proto != "udp")
            throw bad_value(fmt::format("{} is not a protocol of services; {}", in_quotes(proto),
                                        suggestion(proto, {"tcp", "udp"})));
    }
    const auto where = parse_endpoint(value);
    if (!where)
        throw bad_value(fmt::format("{} is not ADDRESS:PORT[/tcp|/udp], as 192.0.2.100:80/tcp or "
                                    "[2001:db8::100]:80/tcp",
                                    in_quotes(value)));
    if (where->port == 0)
        throw bad_value(fmt::format("{} has port 0, all ports, which is not available yet: give a "
                                    "port from 1 to 65535",
                                    in_quotes(value)));
    if (!is_host(where->address))
        throw bad_value(fmt::format("{} is not an address a host can have: give a unicast address",
                                    in_quotes(to_string(where->address))));
    s.listen.push_back(*where);
}

void set_forward(service& s, const std::string& value) {
    const auto forward = static_cast<forwarding>(one_of(value, {"dr", "tun", "nat", "fullnat"}));
    if (forward == forwarding::fullnat)
        throw bad_value("`fullnat` is not available yet: use `nat`");
    s.forward = forward;
}

void set_scheduler(service& s, const std::string& value) {
    auto parts = words(value);
    s.scheduler = parts.front();
    s.scheduler_options.assign(parts.begin() + 1, parts.end());
}

void set_server_address(server& s, const std::string& text) {
    if (const auto bare = parse_address(text)) {
        s.address = *bare;
    } else {
        const auto with_port = parse_endpoint(text);
        if (!with_port || with_port->port == 0 || text.find('/') != std::string::npos)
            throw bad_value(fmt::format("{} is not ADDRESS[:PORT], as 192.0.2.11, 192.0.2.11:8080 "
                                        "or [2001:db8::11]:8080",
                                        in_quotes(text)));
        s.address = with_port->address;
        s.port = with_port->port;
    }
    if (!is_host(s.address))
        throw bad_value(fmt::format("{} is not an address a host can have: give a unicast address",
                                    in_quotes(to_string(s.address))));
}

void add_server(service& s, const std::string& value) {
    auto parts = words(value);
    server result;
    set_server_address(result, parts.front());
    parts.erase(parts.begin());
    read_pairs(parts,
               {{"weight",
                 [&](std::string_view text) {
                     result.weight = static_cast<std::int32_t>(number(text, 0, most_weight));
                 }},
                {"upper",
                 [&](std::string_view text) {
                     result.upper = static_cast<std::uint32_t>(number(text, 0, most_connections));
                 }},
                {"lower",
                 [&](std::string_view text) {
                     result.lower = static_cast<std::uint32_t>(number(text, 0, most_connections));
                 }}},
               "property of a server");
    if (result.lower > 0 && result.upper == 0)
        throw bad_value("lower= has no meaning without a limit: give upper= too");
    if (result.lower > result.upper)
        throw bad_value(fmt::format("lower={} is above upper={}: give at most {}", result.lower,
                                    result.upper, result.upper));
    s.servers.push_back(result);
}

} // namespace

const std::vector<key<service>>& service_keys() {
    static const std::vector<key<service>> keys{
        {"listen", add_listener, true, "listen = ADDRESS:PORT/tcp"},
        {"forward", set_forward},
        {"scheduler", set_scheduler},
        {"server", add_server, true},
        {"timeout", [](service& s, const std::string& value) { set_timeouts(s.timeout, value); }},
    };
    return keys;
}

} // namespace weir::config
