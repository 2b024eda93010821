#include "command/commands.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace weir::command {

namespace {

using nlohmann::json;

struct command {
    std::string_view name;
    answer (*start)(const arguments&, const command_context&);
    std::vector<std::string_view> takes;
};

const std::array commands{
    command{"list", list_services, {"service"}},
    command{"connections", list_connections, {"service", "client", "limit"}},
    command{"checks", list_checks, {"service"}},
    command{"status", show_status, {}},
    command{"neighbours", list_neighbours, {}},
    command{"schedulers", list_schedulers, {}},
    command{"weight", set_weight, {"service", "server", "weight"}},
    command{"drain", drain_server, {"service", "server"}},
    command{"enable", enable_server, {"service", "server"}},
    command{"disable", disable_server, {"service", "server"}},
    command{"reload", reload_file, {}},
};

/// A member's name or a word as a message may show it, whatever bytes it is made of.
std::string shown(std::string_view word) {
    constexpr std::size_t enough = 64;
    return json(word.substr(0, enough)).dump(-1, ' ', true, json::error_handler_t::replace);
}

} // namespace

std::optional<std::string> arguments::text_if_any(const char* name) const {
    const auto found = request_.find(name);
    if (found == request_.end()) return std::nullopt;
    if (!found->is_string()) throw command_error(fmt::format("\"{}\" must be a string", name));
    return found->get<std::string>();
}

std::string arguments::text(const char* name) const {
    auto value = text_if_any(name);
    if (!value) throw command_error(fmt::format("\"{}\" is missing", name));
    return *std::move(value);
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
    throw command_error(
        fmt::format("\"{}\" must be a whole number from {} to {}", name, least, most));
}

std::int64_t arguments::number(const char* name, std::int64_t least, std::int64_t most) const {
    const auto value = number_if_any(name, least, most);
    if (!value) throw command_error(fmt::format("\"{}\" is missing", name));
    return *value;
}

answer start_command(std::string_view line, const command_context& context) {
    const json request = json::parse(line, nullptr, false);
    if (!request.is_object())
        throw command_error("a request is one JSON object on one line, such as "
                            "{\"command\":\"status\"}");
    const arguments given(request);
    const std::string name = given.text("command");
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [&](const command& c) { return c.name == name; });
    if (found == commands.end()) {
        std::vector<std::string_view> names;
        for (const command& c : commands)
            names.push_back(c.name);
        throw command_error(
            fmt::format("no command {}; there are {}", shown(name), fmt::join(names, ", ")));
    }
    for (const auto& member : request.items()) {
        const auto& known = found->takes;
        if (member.key() != "command"
            && std::find(known.begin(), known.end(), member.key()) == known.end())
            throw command_error(fmt::format("{} takes no {}", name, shown(member.key())));
    }
    return found->start(given, context);
}

std::size_t require_service(const director_view& view, const std::string& name) {
    const auto index = view.find_service(name);
    if (!index) throw command_error(fmt::format("no service {}", shown(name)));
    return *index;
}

service_span asked_services(const arguments& given, const command_context& context) {
    const auto name = given.text_if_any("service");
    if (!name) return {0, context.view.service_count()};
    const std::size_t place = require_service(context.view, *name);
    return {place, place + 1};
}

std::string done_line() {
    return "{\"done\":true}\n";
}

std::string error_line(std::string_view what, const std::vector<std::string>& problems) {
    json line{{"error", what}};
    if (!problems.empty()) line["problems"] = problems;
    return line.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

} // namespace weir::command
