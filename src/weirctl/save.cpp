#include "weirctl/save.h"

#include <iostream>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "flow/mode.h"
#include "import/words.h"
#include "message/keys.h"
#include "message/message.h"
#include "message/services.h"
#include "weirctl/commands.h"
#include "weirctl/layout.h"

namespace weir::weirctl {

namespace {

using nlohmann::json;
namespace key = message::key;
using message::number;
using message::text;

/// `-g`, `-i` or `-m`; "" = LVS finds out by itself.
std::string_view forward_option(const json& server) {
    const mode_facts* const mode = find_mode(&mode_facts::word, text(server, key::forward));
    return mode == nullptr ? "" : mode->lvs_option;
}

/// " --tun-type ipip", or nothing.
std::string tunnel_option(const json& server) {
    const std::string encap = text(server, key::encap);
    return encap.empty() ? "" : " --tun-type " + encap;
}

/// LVS finds out by itself which servers are local; they carry the options of the others.
std::pair<std::string, std::string> usual_options(const std::vector<json>& servers) {
    for (const json& server : servers)
        if (!forward_option(server).empty())
            return {std::string(forward_option(server)), tunnel_option(server)};
    return {std::string(facts_of(forward_mode::dr).lvs_option), ""};
}

/// A server that is disabled takes no connections: with LVS that is weight 0.
std::uint64_t saved_weight(const json& server) {
    return text(server, key::state) == "disabled" ? 0 : number(server, key::weight);
}

std::string service_option(const listener& at) {
    if (at.protocol == "sctp") return "--sctp-service " + at.where;
    return (at.protocol == "udp" ? "-u " : "-t ") + at.where;
}

/// LVS's own, or the one most like it: a name LVS does not know ends `ipvsadm -R` there.
std::string saved_scheduler(const std::string& scheduler) {
    if (importer::is_scheduler_of_lvs(scheduler)) return scheduler;
    return scheduler == "wrh" ? "mh" : "wlc";
}

void note_service(const json& service, std::vector<std::string>& notes) {
    const std::string name = text(service, key::name);
    const std::string scheduler = text(service, key::scheduler);
    const auto& listen = service.at(key::listen);
    if (listen.size() > 1)
        notes.push_back(fmt::format("{}: one service with {} addresses becomes {} services", name,
                                    listen.size(), listen.size()));
    if (const std::string saved = saved_scheduler(scheduler); saved != scheduler)
        notes.push_back(
            fmt::format("{}: LVS has no scheduler {}: saved as {}", name, scheduler, saved));
    for (const json& option : service.at(key::options)) {
        const auto word = option.get<std::string>();
        if (word != "port" && word != "fallback")
            notes.push_back(
                fmt::format("{}: option {} of scheduler {} is left out", name, word, scheduler));
    }
}

void note_server(const std::string& service, const json& server, std::vector<std::string>& notes) {
    const std::string who = fmt::format("{}: server {}", service, message::name_of(server));
    const std::string state = text(server, key::state);
    if (state == "removed") {
        notes.push_back(who + " is removed and left out; its connections go on");
        return;
    }
    if (server.value(key::fallback, false)) {
        notes.push_back(who + " is the fallback and left out: LVS has none");
        return;
    }
    if (const std::string name = server.value(key::name, ""); !name.empty())
        notes.push_back(fmt::format("{}: its name, {}, is left out: LVS has none", who, name));
    if (state == "disabled")
        notes.push_back(fmt::format("{} is disabled: saved with weight 0 instead of {}", who,
                                    number(server, key::weight)));
    if (state == "down") notes.push_back(who + " is down, which a dump cannot say");
}

/// " -x 100 -y 80", which `ipvsadm -S` leaves out and `-R` reads; no lower one is LVS's own rule.
std::string thresholds(const json& server) {
    const auto upper = number(server, key::upper), lower = number(server, key::lower);
    if (upper == 0) return "";
    return fmt::format(" -x {}{}", upper, lower == 0 ? "" : fmt::format(" -y {}", lower));
}

/// " -p 360 -M 255.255.255.0", " -o", or nothing.
std::string persistence(const json& service, bool v6) {
    std::string words;
    if (const auto timeout = service.value(key::persistence, 0U); timeout != 0) {
        const std::string mask = persistence_mask(service, v6);
        words = fmt::format(" -p {}{}{}", timeout, mask.empty() ? "" : " -M ", mask);
    }
    return words + (service.value(key::one_packet, false) ? " -o" : "");
}

/// Flags that LVS has.
std::string flags(const json& service) {
    json known = service;
    const std::string scheduler = saved_scheduler(text(service, key::scheduler));
    if (scheduler != "sh" && scheduler != "mh") return "";
    known[key::scheduler] = scheduler;
    std::erase_if(known.at(key::options).get_ref<json::array_t&>(),
                  [](const json& option) { return option != "port" && option != "fallback"; });
    const std::string words = scheduler_flags(known);
    return words.empty() ? words : " -b " + words;
}

} // namespace

std::string save_service(const json& service, const std::vector<json>& servers,
                         std::vector<std::string>& notes) {
    if (service.value(key::removed, false)) {
        notes.push_back(text(service, key::name)
                        + " is removed and left out; its connections go on");
        return "";
    }
    note_service(service, notes);
    for (const json& server : servers)
        note_server(text(service, key::name), server, notes);
    const auto usual = usual_options(servers);
    std::string lines;
    for (const json& where : service.at(key::listen)) {
        const listener at = to_listener(where.get<std::string>());
        if (at.port == "0" && !at.where.ends_with(":0")) {
            notes.push_back(fmt::format("{}: the range {} is left out: LVS has none",
                                        text(service, key::name), at.where));
            continue;
        }
        const std::string name = service_option(at);
        lines +=
            fmt::format("-A {} -s {}{}{}\n", name, saved_scheduler(text(service, key::scheduler)),
                        persistence(service, at.where.starts_with('[')), flags(service));
        for (const json& server : servers) {
            if (text(server, key::state) == "removed" || server.value(key::fallback, false))
                continue;
            const bool is_own = forward_option(server).empty();
            lines +=
                fmt::format("-a {} -r {} {} -w {}{}{}\n", name, name_of(server, at),
                            is_own ? usual.first : forward_option(server), saved_weight(server),
                            thresholds(server), is_own ? usual.second : tunnel_option(server));
        }
    }
    return lines;
}

void save(const invocation& call) {
    if (call.options.contains("conf")) return save_changes(call);
    std::vector<std::string> notes;
    std::string lines;
    message::ask_services(call.director,
                          [&](const json& service, const std::vector<json>& servers) {
                              lines += save_service(service, servers, notes);
                              if (!call.json) print(std::exchange(lines, {}));
                          });
    if (call.json) {
        json all{{"lines", json::array()}, {"notes", notes}};
        std::istringstream in(lines);
        for (std::string line; std::getline(in, line);)
            all["lines"].push_back(line);
        return print(message::to_text(all) + '\n');
    }
    flush();
    for (const std::string& note : notes)
        std::cerr << "weirctl: note: " << note << '\n';
}

} // namespace weir::weirctl
