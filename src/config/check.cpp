#include "config/check.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/bounds.h"
#include "config/check_values.h"
#include "config/problem.h"
#include "config/values.h"

namespace weir::config {

namespace {

const std::vector<std::string> type_names{"tcp",  "http", "https",  "udp",  "dns",
                                          "icmp", "smtp", "script", "agent"};

/// The parameters of each type beyond those that all types take.
std::vector<pair_reader> own_parameters(check& c) {
    const auto text = [](std::string& into, const char* example) {
        return [&into, example](std::string_view value) { into = token(value, example); };
    };
    switch (c.type) {
    case check_type::http:
    case check_type::https: {
        std::vector<pair_reader> all{
            {"method", text(c.method, "GET")},
            {"path",
             [&c](std::string_view value) {
                 c.path = token(value, "/healthy");
                 if (!c.path.starts_with('/'))
                     throw bad_value(fmt::format("{0} does not begin with `/`: write /{1}",
                                                 in_quotes(value), c.path));
             }},
            {"host", text(c.host, "www.example.com")},
            {"status", [&c](std::string_view value) { c.status = status_list(value); }},
            {"body", [&c](std::string_view value) { c.body = bytes(value); }},
            {"regex", [&c](std::string_view value) { c.regex = regular_expression(value); }}};
        if (c.type == check_type::https) {
            all.push_back({"sni", text(c.sni, "www.example.com")});
            all.push_back({"verify", [&c](std::string_view v) { c.verify = yes_or_no(v); }});
            all.push_back({"ca", [&c](std::string_view v) { c.ca = readable_file(v); }});
        }
        return all;
    }
    case check_type::udp:
        return {{"payload", [&c](std::string_view value) { c.payload = bytes(value); }},
                {"expect", [&c](std::string_view value) { c.expect = bytes(value); }}};
    case check_type::dns:
        return {{"name", [&c](std::string_view value) { c.name = domain_name(value); }},
                {"type",
                 [&c](std::string_view value) {
                     const std::vector<std::string> known{"A",   "AAAA", "CNAME", "MX", "NS",
                                                          "PTR", "SOA",  "SRV",   "TXT"};
                     c.query = known[one_of(std::string(value), known)];
                 }},
                {"expect", [&c](std::string_view value) {
                     c.expect = to_string(address(std::string(value)));
                 }}};
    case check_type::smtp:
        return {{"helo", text(c.host, "lb1.example.com")}};
    case check_type::script:
        return {{"run", [&c](std::string_view value) { c.run = program(value); }},
                {"weight", [&c](std::string_view value) { c.weight = yes_or_no(value); }}};
    case check_type::agent:
        return {{"send", [&c](std::string_view value) { c.payload = bytes(value); }},
                {"smoothing", [&c](std::string_view value) { c.smoothing = percent(value, 99); }},
                {"floor", [&c](std::string_view value) { c.floor = percent(value, 100); }},
                {"silent", [&c](std::string_view value) {
                     c.silent = static_cast<silence>(
                         one_of(std::string(value), {"keep", "forget", "down"}));
                 }}};
    default:
        return {};
    }
}

/// Only checks that connect from here can go to the VIP.
bool may_go_to_vip(check_type type) {
    return type != check_type::icmp && type != check_type::script && type != check_type::agent;
}

void whole(const check& c) {
    if (c.fall_interval > c.interval)
        throw bad_value(fmt::format("fall-interval={0}ms is longer than interval={1}ms: give at "
                                    "most fall-interval={1}ms, or a longer interval",
                                    c.fall_interval.count(), c.interval.count()));
    if (c.timeout > c.interval)
        throw bad_value(fmt::format("timeout={0}ms is longer than interval={1}ms: give at most "
                                    "timeout={1}ms, or a longer interval",
                                    c.timeout.count(), c.interval.count()));
    if (c.type == check_type::script && c.run.empty())
        throw bad_value("a script check needs run=\"/PATH ARGUMENTS\"");
    if (c.type == check_type::agent && c.port == 0)
        throw bad_value("an agent check needs the agent's port: give port=N");
    if (c.type == check_type::udp && c.payload.empty())
        throw bad_value("a udp check needs something to send: give payload=TEXT or hex:DIGITS");
    if (!c.ca.empty() && !c.verify)
        throw bad_value("ca= has no meaning without verify=yes: give it too");
    const bool body = !c.body.empty() || !c.regex.empty();
    if (body && c.method == "HEAD")
        throw bad_value("an answer to HEAD has no body to look into: use method=GET");
    if (c.type == check_type::dns && !c.expect.empty() && c.query != "A" && c.query != "AAAA")
        throw bad_value("expect= is an address: it needs type=A or type=AAAA");
}

} // namespace

std::string to_string(check_type type) {
    return type_names[static_cast<std::size_t>(type)];
}

const std::vector<std::string>& check_types() {
    return type_names;
}

check read_check(const std::string& value) {
    return read_check(quoted_words(value));
}

check read_check(std::vector<std::string> parts) {
    check c;
    if (parts.empty()) throw bad_value("name the type of check first, as `tcp`");
    c.type = static_cast<check_type>(one_of(parts.front(), type_names));
    parts.erase(parts.begin());
    bool timeout_given = false;
    std::vector<pair_reader> readers = own_parameters(c);
    readers.push_back({"interval", [&](std::string_view text) {
                           c.interval = milliseconds(text, shortest_interval, longest_interval);
                       }});
    readers.push_back({"timeout", [&](std::string_view text) {
                           c.timeout = milliseconds(text, 1, longest_interval);
                           timeout_given = true;
                       }});
    if (c.type != check_type::agent)
        readers.push_back({"fall-interval", [&](std::string_view text) {
                               c.fall_interval =
                                   milliseconds(text, shortest_interval, longest_interval);
                           }});
    readers.push_back({"fall", [&](std::string_view text) {
                           c.fall = static_cast<unsigned>(number(text, 1, most_turns));
                       }});
    readers.push_back({"rise", [&](std::string_view text) {
                           c.rise = static_cast<unsigned>(number(text, 1, most_turns));
                       }});
    readers.push_back(
        {"first-state", [&](std::string_view text) {
             c.first = static_cast<first_state>(one_of(std::string(text), {"up", "down", "check"}));
         }});
    if (c.type != check_type::icmp)
        readers.push_back({"port", [&](std::string_view text) {
                               c.port = static_cast<std::uint16_t>(number(text, 1, 65535));
                           }});
    if (c.type != check_type::script)
        readers.push_back(
            {"from", [&](std::string_view text) { c.from = address(std::string(text)); }});
    if (may_go_to_vip(c.type))
        readers.push_back(
            {"to", [&](std::string_view text) {
                 c.to = static_cast<destination>(one_of(std::string(text), {"server", "vip"}));
             }});
    else if (std::any_of(parts.begin(), parts.end(),
                         [](const std::string& part) { return part.starts_with("to="); }))
        throw bad_value(fmt::format("{} checks never go to the VIP: leave to= out, or use check = "
                                    "tcp, http, https, udp, dns or smtp",
                                    to_string(c.type)));
    read_pairs(parts, readers, fmt::format("parameter of {} checks", to_string(c.type)));
    if (!timeout_given) c.timeout = std::min(c.timeout, c.interval);
    whole(c);
    return c;
}

} // namespace weir::config
