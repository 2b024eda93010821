#include "weirctl/habits.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "config/command_line.h"
#include "config/problem.h"

namespace weir::weirctl {

using config::in_quotes;
using config::usage_error;

namespace {

/// What `show WHAT` of HAProxy is here.
std::string_view instead_of_show(std::string_view what) {
    struct shown {
        std::string_view begins;
        std::string_view instead;
    };
    static constexpr std::array<shown, 8> all{{
        {"stat", "use `weirctl list --stats`, or `weirctl top`"},
        {"serv", "use `weirctl list`"},
        {"back", "use `weirctl list`"},
        {"sess", "use `weirctl connections`"},
        {"table", "use `weirctl connections`"},
        {"err", "use `weirctl trace --dropped`"},
        {"event", "use `weirctl trace`"},
        {"info", "use `weirctl status`"},
    }};
    const auto found =
        std::ranges::find_if(all, [&](const shown& each) { return what.starts_with(each.begins); });
    return found == all.end() ? "use `weirctl list` or `weirctl status`" : found->instead;
}

/// HAProxy's "BACKEND/SERVER" as weirctl's words; nothing if it is not one. An address with a
/// length is none.
std::string service_and_server(std::string_view word) {
    const std::size_t slash = word.find('/');
    if (slash == word.npos || slash == 0 || slash + 1 == word.size()) return "";
    if (word.find('/', slash + 1) != word.npos) return "";
    return fmt::format("{} {}", word.substr(0, slash), word.substr(slash + 1));
}

/// "SERVER", or those of the first word that names one as HAProxy does.
std::string servers_in(const std::vector<std::string>& words) {
    for (const std::string& word : words)
        if (const std::string both = service_and_server(word); !both.empty()) return both;
    return "SERVER";
}

bool has(const std::vector<std::string>& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

/// `set server web/web1 state maint`, `set weight web/web1 5`.
std::string instead_of_set(const std::vector<std::string>& words) {
    const std::string who = servers_in(words);
    if (has(words, "maint")) return fmt::format("use `weirctl disable {}`", who);
    if (has(words, "drain")) return fmt::format("use `weirctl drain {}`", who);
    if (has(words, "ready")) return fmt::format("use `weirctl enable {}`", who);
    if (has(words, "weight"))
        return fmt::format("use `weirctl weight {} N`", who == "SERVER" ? "SERVICE SERVER" : who);
    return "change the configuration file, then `weirctl reload`; or `weirctl weight`, `drain`, "
           "`disable`, `enable`";
}

} // namespace

void refuse_habits_of_ipvsadm(const std::vector<std::string>& arguments) {
    constexpr auto services = "services are in the configuration file: change it, then "
                              "`weirctl reload`";
    constexpr auto servers = "servers are in the configuration file: change it, then `weirctl "
                             "reload`; or `weirctl server`, `weight`, `drain`, `disable`";
    struct habit {
        char letter;
        std::string_view word;
        const char* instead;
    };
    static constexpr std::array<habit, 13> habits{{
        {'L', "--list", "use `weirctl list`"},
        {'l', "--list", "use `weirctl list`"},
        {'A', "--add-service", services},
        {'E', "--edit-service", services},
        {'D', "--delete-service", services},
        {'C', "--clear", services},
        {'a', "--add-server", servers},
        {'e', "--edit-server", servers},
        {'d', "--delete-server", servers},
        {'S', "--save", "use `weirctl save`"},
        {'R', "--restore", "use `weirctl import ipvsadm -`, which turns it into a configuration"},
        {'Z', "--zero", "counters count from the start of the director"},
        {'\0', "--set", "timeouts are in the configuration file: `timeout`"},
    }};
    if (arguments.empty() || !arguments.front().starts_with('-')) return;
    const std::string& first = arguments.front();
    const auto found = std::find_if(habits.begin(), habits.end(), [&](const habit& h) {
        return first == h.word || (first.size() > 1 && first[1] == h.letter);
    });
    if (found == habits.end()) return;
    const bool of_connections =
        found->word == "--list"
        && std::any_of(arguments.begin(), arguments.end(), [](const std::string& a) {
               return a == "--connection"
                      || (!a.starts_with("--") && a.find('c') != std::string::npos);
           });
    throw usage_error(fmt::format("{} is ipvsadm's; {}", in_quotes(first),
                                  of_connections ? "use `weirctl connections`" : found->instead));
}

std::string instead_of_command(const std::string& name, const std::vector<std::string>& words) {
    if (name == "show")
        return std::string(instead_of_show(words.empty() ? std::string_view{} : words.front()));
    if (name == "set") return instead_of_set(words);
    const std::string who = servers_in(words);
    const std::string in_service = who == "SERVER" ? "SERVICE SERVER" : who;
    struct replaced {
        std::string_view word;
        std::string instead;
    };
    const std::array<replaced, 17> all{{
        {"maint", fmt::format("use `weirctl disable {}`", who)},
        {"maintenance", fmt::format("use `weirctl disable {}`", who)},
        {"down", fmt::format("use `weirctl disable {}`", who)},
        {"ready", fmt::format("use `weirctl enable {}`", who)},
        {"up", fmt::format("use `weirctl enable {}`", who)},
        {"add", fmt::format("use `weirctl server add {}`", in_service)},
        {"del", fmt::format("use `weirctl server remove {}`", in_service)},
        {"delete", fmt::format("use `weirctl server remove {}`", in_service)},
        {"remove", fmt::format("use `weirctl server remove {}`", in_service)},
        {"get", "use `weirctl list`"},
        {"stat", "use `weirctl list --stats`, or `weirctl top`"},
        {"stats", "use `weirctl list --stats`, or `weirctl top`"},
        {"info", "use `weirctl status`"},
        {"clear", "counters count from the start of the director"},
        {"start", "use `systemctl start weir`"},
        {"stop", "use `systemctl stop weir`"},
        {"restart", "use `systemctl restart weir`; `weirctl reload` applies a changed file"},
    }};
    const auto* const found = std::ranges::find(all, name, &replaced::word);
    return found == all.end() ? "" : found->instead;
}

std::string instead_of_words(const std::string& command, const std::vector<std::string>& words) {
    if (command != "disable" && command != "enable" && command != "drain" && command != "weight")
        return "";
    for (const std::string& word : words) {
        const std::string both = service_and_server(word);
        if (both.empty() || word.find(':') != word.npos) continue; // web:80/tcp is a service
        return fmt::format("{} is HAProxy's: use `weirctl {} {}{}`", in_quotes(word), command, both,
                           command == "weight" ? " N" : "");
    }
    return "";
}

} // namespace weir::weirctl
