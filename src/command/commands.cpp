#include "command/commands.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "message/keys.h"
#include "message/message.h"

namespace weir::command {

namespace {

using nlohmann::json;
namespace key = message::key;

struct known_command {
    std::string_view name;
    answer (*start)(const arguments&, const command_context&);
    std::vector<std::string_view> takes;
};

const std::array commands{
    known_command{"list", list_services, {key::service}},
    known_command{
        "connections", list_connections, {key::service, key::client, key::limit, key::seconds}},
    known_command{"trace",
                  trace_packets,
                  {key::client, key::vip, key::server, key::port, key::dropped, key::limit,
                   key::seconds, key::rate}},
    known_command{"capture",
                  capture_packets,
                  {key::client, key::vip, key::server, key::port, key::dropped, key::limit,
                   key::seconds, key::rate, key::snap, key::program}},
    known_command{"checks", list_checks, {key::service}},
    known_command{"status", show_status, {}},
    known_command{"neighbours", list_neighbours, {}},
    known_command{"schedulers", list_schedulers, {}},
    known_command{"weight", set_weight, {key::service, key::server, key::weight}},
    known_command{"drain", drain_server, {key::service, key::server, key::servers}},
    known_command{"enable", enable_server, {key::service, key::server, key::servers}},
    known_command{"disable", disable_server, {key::service, key::server, key::servers}},
    known_command{"add-server", add_server, {key::service, key::server}},
    known_command{"remove-server", remove_server, {key::service, key::server}},
    known_command{"changes", list_changes, {}},
    known_command{"failover", hand_over, {key::vrrp}},
    known_command{"reload", reload_file, {}},
    known_command{"check-reload", check_reload, {}},
};

/// A member's name or a word as a message may show it, whatever bytes it is made of.
std::string shown(std::string_view word) {
    constexpr std::size_t enough = 64;
    return message::to_text(word.substr(0, enough), true);
}

} // namespace

std::optional<std::string> arguments::text_if_any(const char* name) const {
    const auto found = request_.find(name);
    if (found == request_.end()) return std::nullopt;
    if (!found->is_string()) throw message::refused(fmt::format("\"{}\" must be a string", name));
    return found->get<std::string>();
}

std::string arguments::text(const char* name) const {
    auto value = text_if_any(name);
    if (!value) throw message::refused(fmt::format("\"{}\" is missing", name));
    return *std::move(value);
}

std::optional<std::vector<std::string>> arguments::texts_if_any(const char* name) const {
    const auto found = request_.find(name);
    if (found == request_.end()) return std::nullopt;
    if (!found->is_array()
        || !std::ranges::all_of(*found, [](const json& each) { return each.is_string(); }))
        throw message::refused(fmt::format("\"{}\" must be an array of strings", name));
    return found->get<std::vector<std::string>>();
}

std::optional<std::int64_t> arguments::number_if_any(const char* name, std::int64_t least,
                                                     std::int64_t most) const {
    const auto found = request_.find(name);
    if (found == request_.end()) return std::nullopt;
    // A number above the signed range is unsigned to the parser, and turns negative here.
    if (found->is_number_integer()) {
        const auto value = found->get<std::int64_t>();
        if (value >= least && value <= most) return value;
    }
    throw message::refused(
        fmt::format("\"{}\" must be a whole number from {} to {}", name, least, most));
}

std::int64_t arguments::number(const char* name, std::int64_t least, std::int64_t most) const {
    const auto value = number_if_any(name, least, most);
    if (!value) throw message::refused(fmt::format("\"{}\" is missing", name));
    return *value;
}

answer start_command(std::string_view line, const command_context& context) {
    const json request = message::parse(line);
    if (!request.is_object())
        throw message::refused("a request is one JSON object on one line, such as "
                               "{\"command\":\"status\"}");
    const arguments given(request);
    const std::string name = given.text(key::command);
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [&](const known_command& c) { return c.name == name; });
    if (found == commands.end()) {
        std::vector<std::string_view> names;
        for (const known_command& c : commands)
            names.push_back(c.name);
        throw message::refused(
            fmt::format("no command {}; there are {}", shown(name), fmt::join(names, ", ")));
    }
    for (const auto& member : request.items()) {
        const auto& known = found->takes;
        if (member.key() != key::command
            && std::find(known.begin(), known.end(), member.key()) == known.end())
            throw message::refused(fmt::format("{} takes no {}", name, shown(member.key())));
    }
    return found->start(given, context);
}

std::size_t require_service(const director_view& view, const std::string& name) {
    const auto index = view.find_service(name);
    if (!index) throw message::refused(fmt::format("no service {}", shown(name)));
    return *index;
}

service_span asked_services(const arguments& given, const command_context& context) {
    const auto name = given.text_if_any(key::service);
    const director_view& view = context.view;
    if (!name) return {0, view.service_count() + view.removed_count()};
    const std::size_t place = require_service(view, *name);
    return {place, place + 1};
}

std::string done_line() {
    return message::to_text(json{{key::done, true}}) + '\n';
}

std::string error_line(std::string_view what, const std::vector<std::string>& problems) {
    json line{{key::error, what}};
    if (!problems.empty()) line[key::problems] = problems;
    return message::to_text(line) + '\n';
}

} // namespace weir::command
