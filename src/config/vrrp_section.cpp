#include "config/bounds.h"
#include "config/check_values.h"
#include "config/sections.h"
#include "config/values.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/problem.h"

namespace weir::config {

namespace {

constexpr std::uint64_t shortest_advertisement = 10;     // milliseconds; VRRP counts by that
constexpr std::uint64_t longest_advertisement = 255'000; // version 2
constexpr std::uint64_t longest_preempt_delay = 86'400'000;
constexpr std::uint64_t longest_linger = 60'000;
constexpr std::uint64_t longest_start_hold = 600'000;

ip_address host_address(const std::string& value) {
    const ip_address found = address(value);
    if (is_host(found)) return found;
    throw bad_value(fmt::format("{} is not an address a host can have: give a unicast address",
                                in_quotes(value)));
}

void add_address(std::vector<ip_address>& to, const vrrp& v, const std::string& value) {
    if (value.find('/') != std::string::npos)
        throw bad_value(
            fmt::format("{} has a prefix length: give the address alone", in_quotes(value)));
    const ip_address one = host_address(value);
    for (const auto* list : {&v.addresses, &v.unadvertised})
        if (std::find(list->begin(), list->end(), one) != list->end())
            throw bad_value(fmt::format("{} is given twice: give it once", value));
    to.push_back(one);
}

void set_priority(vrrp& v, const std::string& value) {
    if (value == "owner") {
        v.priority = vrrp_owner;
        return;
    }
    try {
        v.priority = static_cast<std::uint8_t>(number(value, 1, vrrp_owner));
    } catch (const bad_value&) {
        throw bad_value(
            fmt::format("{} is not a whole number from 1 to 254 or `owner`", in_quotes(value)));
    }
}

key<vrrp> track_key(const char* name, tracked what) {
    return {
        name,
        [what](vrrp& v, const std::string& value) { v.tracks.push_back(read_track(what, value)); },
        true};
}

key<vrrp> notify_key(const char* name, vrrp_notify::to state) {
    return {name,
            [state](vrrp& v, const std::string& value) {
                v.notify.push_back({state, program(value)});
            },
            true};
}

} // namespace

const std::vector<key<vrrp>>& vrrp_keys() {
    static const std::vector<key<vrrp>> keys{
        {"port",
         [](vrrp& v, const std::string& value) {
             if (!is_name(value, longest_name))
                 throw bad_value(fmt::format("{} is not the name of a port", in_quotes(value)));
             v.port = value;
         },
         false, "port = NAME"},
        {"id",
         [](vrrp& v, const std::string& value) {
             v.id = static_cast<std::uint8_t>(number(value, 1, 255));
         },
         false, "id = 51"},
        {"address", [](vrrp& v, const std::string& value) { add_address(v.addresses, v, value); },
         true, "address = 192.0.2.100"},
        {"unadvertised",
         [](vrrp& v, const std::string& value) { add_address(v.unadvertised, v, value); }, true},
        {"version",
         [](vrrp& v, const std::string& value) {
             v.version = one_of(value, {"2", "3"}) == 0 ? vrrp_version::v2 : vrrp_version::v3;
         }},
        {"interval",
         [](vrrp& v, const std::string& value) {
             v.interval = milliseconds(value, shortest_advertisement, longest_advertisement);
         }},
        {"priority", set_priority},
        {"preempt", [](vrrp& v, const std::string& value) { v.preempt = yes_or_no(value); }},
        {"preempt-delay",
         [](vrrp& v, const std::string& value) {
             v.preempt_delay = milliseconds(value, 0, longest_preempt_delay);
         }},
        {"group",
         [](vrrp& v, const std::string& value) {
             if (!is_name(value, longest_name))
                 throw bad_value(fmt::format("{} is not a name: 1 to {} letters, digits, `.`, `_` "
                                             "or `-`",
                                             in_quotes(value), longest_name));
             v.group = value;
         }},
        {"unicast",
         [](vrrp& v, const std::string& value) {
             const ip_address peer = host_address(value);
             if (std::find(v.unicast.begin(), v.unicast.end(), peer) != v.unicast.end())
                 throw bad_value(fmt::format("{} is given twice: give it once", value));
             v.unicast.push_back(peer);
         },
         true},
        {"source", [](vrrp& v, const std::string& value) { v.source = host_address(value); }},
        {"checksum",
         [](vrrp& v, const std::string& value) {
             v.checksum = static_cast<checksum_choice>(one_of(value, {"auto", "plain", "pseudo"}));
         }},
        {"mac",
         [](vrrp& v, const std::string& value) {
             v.virtual_mac = one_of(value, {"port", "virtual"}) == 1;
         }},
        {"linger",
         [](vrrp& v, const std::string& value) {
             v.linger = milliseconds(value, 0, longest_linger);
         }},
        {"start-hold",
         [](vrrp& v, const std::string& value) {
             v.start_hold = milliseconds(value, 0, longest_start_hold);
         }},
        track_key("track-port", tracked::port),
        track_key("track-ping", tracked::ping),
        track_key("track-script", tracked::script),
        track_key("track-service", tracked::service),
        notify_key("notify", vrrp_notify::to::any),
        notify_key("notify-active", vrrp_notify::to::active),
        notify_key("notify-backup", vrrp_notify::to::backup),
        notify_key("notify-fault", vrrp_notify::to::fault),
        notify_key("notify-stop", vrrp_notify::to::stop),
    };
    return keys;
}

} // namespace weir::config
