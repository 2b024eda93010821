// The commands that change something: `weirctl weight`, `drain`, `enable`, `disable`, `server`,
// `failover`, `reload`.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "config/bounds.h"
#include "config/problem.h"
#include "message/keys.h"
#include "message/message.h"
#include "net/counted.h"
#include "net/names.h"
#include "weirctl/commands.h"
#include "weirctl/emptying.h"
#include "weirctl/option_time.h"

namespace weir::weirctl {

namespace {

using nlohmann::json;
namespace key = message::key;
using message::text;

constexpr std::chrono::seconds longest_wait = std::chrono::hours(168);
constexpr std::size_t most_lines = 20; ///< of a reload's changes; the log has more

void change(const invocation& call, const json& request) {
    call.director.ask(request, [](std::string_view) {});
    if (call.json) print("{\"done\":true}\n");
}

/// Asks, prints a line for each server that changed, and returns them.
std::vector<json> change_servers(const invocation& call, json request) {
    std::vector<json> changed;
    call.director.ask_parsed(request,
                             [&](const json& line) { changed.push_back(line.at(key::changed)); });
    if (call.json) {
        print(message::to_text({{key::changed, changed}, {key::done, true}}) + '\n');
        return changed;
    }
    for (const json& each : changed)
        print(fmt::format("service {}: {} {}\n", text(each, key::service),
                          with_word(text(each, key::name), text(each, key::server)),
                          text(each, key::text)));
    return changed;
}

std::vector<json> change_servers(const invocation& call, const char* command) {
    json request{{key::command, command}, {key::servers, call.words}};
    if (call.options.contains("service"))
        request[key::service] = call.options["service"].as<std::string>();
    return change_servers(call, std::move(request));
}

/// With --wait: until these servers have no connections.
void take_out(const invocation& call, const char* command) {
    std::optional<std::chrono::seconds> most;
    if (call.options.contains("wait"))
        most = seconds_of(call, "wait", std::chrono::seconds(1), longest_wait);
    const auto changed = change_servers(call, command);
    if (!most) return;
    flush();
    wait_until_empty(call.director, changed, *most, !call.json);
}

} // namespace

void weight(const invocation& call) {
    const std::string& word = call.words[2];
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size())
        throw config::usage_error(fmt::format("the weight is a whole number from 0 to {}, not `{}`",
                                              config::most_weight, word));
    change_servers(call, {{key::command, "weight"},
                          {key::service, call.words[0]},
                          {key::server, call.words[1]},
                          {key::weight, value}});
}

void drain(const invocation& call) {
    take_out(call, "drain");
}

void enable(const invocation& call) {
    change_servers(call, "enable");
}

void disable(const invocation& call) {
    take_out(call, "disable");
}

void change_list_of_servers(const invocation& call) {
    const std::string& what = call.words[0];
    if (what != "add" && what != "remove")
        throw config::usage_error(
            fmt::format("{}: a server is added or removed: `weirctl server add SERVICE SERVER` or "
                        "`weirctl server remove SERVICE SERVER`",
                        config::in_quotes(what)));
    if (what == "remove" && call.words.size() > 3)
        throw config::usage_error(
            fmt::format("{} is one word too many: `weirctl server remove SERVICE SERVER`",
                        config::in_quotes(call.words[3])));
    const std::vector<std::string> line(call.words.begin() + 2, call.words.end());
    change_servers(call, {{key::command, what + "-server"},
                          {key::service, call.words[1]},
                          {key::server, fmt::format("{}", fmt::join(line, " "))}});
}

void failover(const invocation& call) {
    change(call, {{key::command, "failover"}, {key::vrrp, call.words[0]}});
}

std::string reload_text(const std::vector<std::string>& changes) {
    if (changes.empty()) return "reloaded; nothing has changed\n";
    std::string lines = "reloaded\n";
    for (std::size_t i = 0; i < std::min(changes.size(), most_lines); ++i)
        lines += changes[i] + '\n';
    if (changes.size() > most_lines)
        lines += fmt::format("and {} more\n", counted(changes.size() - most_lines, "change"));
    return lines;
}

namespace {

/// What a reload would do; fails where it would be refused.
void show_outlook(const invocation& call) {
    std::size_t changes = 0, restarts = 0;
    json all{{key::changes, json::array()}, {key::restart, json::array()}};
    call.director.ask_parsed(message::request("check-reload"), [&](const json& what) {
        const bool restart = what.contains(key::restart);
        const auto& text = what.at(restart ? key::restart : key::change);
        ++(restart ? restarts : changes);
        if (call.json)
            all[restart ? key::restart : key::changes].push_back(text);
        else
            print(text.get<std::string>() + '\n');
    });
    if (call.json)
        print(all.dump() + '\n');
    else if (changes + restarts == 0)
        print("nothing would change\n");
    flush();
    if (restarts > 0)
        throw std::runtime_error("a reload would be refused: part of this needs a restart");
}

} // namespace

void reload(const invocation& call) {
    if (call.options.contains("check")) return show_outlook(call);
    std::vector<std::string> changes;
    call.director.ask_parsed(message::request("reload"),
                             [&](const json& line) { changes.push_back(text(line, key::change)); });
    if (call.json) return print(json{{key::changes, changes}, {key::done, true}}.dump() + '\n');
    print(reload_text(changes));
}

} // namespace weir::weirctl
