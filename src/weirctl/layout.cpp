#include "weirctl/layout.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "flow/mode.h"
#include "message/keys.h"
#include "message/message.h"
#include "message/services.h"

namespace weir::weirctl {

namespace {

using nlohmann::json;
namespace key = message::key;
using message::flag;
using message::number;
using message::text;

std::string upper_case(std::string word) {
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return word;
}

/// LVS's word for the way to a server.
std::string forward_word(const std::string& forward) {
    const mode_facts* const mode = find_mode(&mode_facts::word, forward);
    return mode == nullptr ? forward : std::string(mode->lvs_name);
}

/// " (sh-fallback,sh-port)", or nothing.
std::string flags_of(const json& service) {
    const std::string flags = scheduler_flags(service);
    return flags.empty() ? flags : " (" + flags + ')';
}

/// " persistent 360 mask 255.255.255.0", or nothing.
std::string persistence_of(const json& service, bool v6) {
    const std::uint64_t timeout = number(service, key::persistence);
    if (timeout == 0) return "";
    const std::string mask = persistence_mask(service, v6);
    return fmt::format(" persistent {}{}{}", timeout, mask.empty() ? "" : " mask ", mask);
}

/// The five numbers of --stats or --rate.
std::string figures(const json& values, bool exact) {
    std::string row;
    for (const char* name :
         {key::connections, key::in_packets, key::out_packets, key::in_bytes, key::out_bytes})
        row += large_number(number(values, name), exact);
    return row;
}

/// ipvsadm does not shorten the first three figures of a server.
std::string server_rates(const json& rates, bool exact) {
    return fmt::format(" {:>8} {:>8} {:>8}{}{}", number(rates, key::connections),
                       number(rates, key::in_packets), number(rates, key::out_packets),
                       large_number(number(rates, key::in_bytes), exact),
                       large_number(number(rates, key::out_bytes), exact));
}

/// " name=web1", or nothing.
std::string name_remark(const json& of) {
    const std::string name = of.value(key::name, "");
    return name.empty() ? "" : " name=" + name;
}

/// What ipvsadm has no column for; nothing for a server that works as usual.
std::string remarks(const json& server) {
    std::string all =
        used_anyway(server) ? fmt::format(" {} used", text(server, key::state)) : std::string();
    all += name_remark(server);
    if (flag(server, key::fallback)) all += " fallback";
    if (const double share = server.value(key::share, 1.0); share != 1)
        all += fmt::format(" share={:.0f}%", share * 100);
    const auto reasons = message::words(server, key::why);
    const bool changed = server.contains(key::since) && !server.at(key::since).is_null();
    for (const std::string& why : reasons)
        if (why != "drained" || changed) all += ' ' + why; // else its weight says so
    if (changed) all += " since " + text(server, key::since);
    if (!server.value(key::in_file, true)) all += " not_in_file";
    return all;
}

/// " no quorum (weight 2 of 5)", where it lacks one of more than a single server.
std::string quorum_of(const json& service) {
    if (service.value(key::quorum_up, true) || service.value(key::quorum, 1) <= 1) return "";
    return fmt::format(" no quorum (weight {} of {})", number(service, key::quorum_weight),
                       number(service, key::quorum));
}

std::string service_line(const json& service, const listener& at, list_layout layout, bool exact) {
    const std::string name = fmt::format("{:<4} {}", upper_case(at.protocol), at.where);
    switch (layout) {
    case list_layout::stats:
        return fmt::format("{:<33}{}\n", name, figures(service.at(key::totals), exact));
    case list_layout::rate:
        return fmt::format("{:<33}{}\n", name, figures(service.at(key::rates), exact));
    default:
        return fmt::format("{} {}{}{}{}{}{}\n", name, text(service, key::scheduler),
                           flags_of(service), persistence_of(service, at.where.starts_with('[')),
                           flag(service, key::one_packet) ? " ops" : "",
                           service.value(key::removed, false) ? " removed" : "",
                           quorum_of(service));
    }
}

std::string server_line(const json& server, const listener& at, list_layout layout, bool exact) {
    const std::string name = fmt::format("  -> {:<28}", name_of(server, at));
    switch (layout) {
    case list_layout::stats:
        return fmt::format("{}{}{}\n", name, figures(server.at(key::totals), exact),
                           name_remark(server));
    case list_layout::rate:
        return fmt::format("{}{}{}\n", name, server_rates(server.at(key::rates), exact),
                           name_remark(server));
    case list_layout::thresholds:
        return fmt::format("{} {:<10} {:<10} {:<10} {:<10}{}\n", name, number(server, key::upper),
                           number(server, key::lower), number(server, key::active),
                           number(server, key::inactive), remarks(server));
    case list_layout::persistent:
        return fmt::format("{} {:<9} {:<11} {:<10} {:<10}{}\n", name, number(server, key::weight),
                           number(server, key::persistent), number(server, key::active),
                           number(server, key::inactive), remarks(server));
    default:
        return fmt::format("{} {:<7} {:<6} {:<10} {:<10}{}\n", name,
                           forward_word(text(server, key::forward)), number(server, key::weight),
                           number(server, key::active), number(server, key::inactive),
                           remarks(server));
    }
}

/// What a check asks instead of its server, and what comes of its answers.
std::string check_remarks(const json& check) {
    const auto port = number(check, key::port);
    const double share = check.at(key::share).get<double>();
    std::string remarks;
    if (const std::string asked = text(check, key::asked); asked != text(check, key::server))
        remarks += fmt::format(" (of {} there)", asked);
    if (port != number(check, key::server_port)) remarks += fmt::format(" (at port {})", port);
    for (const std::string& why : message::words(check, key::why))
        if (why != "down") remarks += fmt::format(" (server {})", why);
    if (share != 1) remarks += fmt::format(" (weight {:.0f} %)", share * 100);
    if (const auto held = number(check, key::held_ms); held > 0)
        remarks += fmt::format(" (held for {:.1f} s)", static_cast<double>(held) / 1000);
    return remarks;
}

} // namespace

listener to_listener(const std::string& text) {
    const std::size_t slash = text.rfind('/');
    const std::string where = text.substr(0, slash);
    const std::string port = where.substr(where.rfind(':') + 1);
    const bool range = port.find('-') != std::string::npos;
    return {where, text.substr(slash + 1), range ? "0" : port};
}

std::string name_of(const json& server, const listener& at) {
    const std::uint64_t own = number(server, key::port);
    return message::with_port(text(server, key::address), own != 0 ? std::to_string(own) : at.port);
}

std::string persistence_mask(const json& service, bool v6) {
    const std::uint64_t prefix = number(service, key::prefix);
    if (prefix == 0 || prefix == (v6 ? 128 : 32)) return "";
    if (v6) return std::to_string(prefix);
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - prefix);
    return fmt::format("{}.{}.{}.{}", mask >> 24, mask >> 16 & 0xff, mask >> 8 & 0xff, mask & 0xff);
}

std::string scheduler_flags(const json& service) {
    const std::string scheduler = text(service, key::scheduler);
    std::string flags;
    for (const json& option : service.at(key::options)) {
        std::string word = option.get<std::string>();
        if (word == "fallback" || word == "port") word = scheduler + '-' + word;
        flags += (flags.empty() ? "" : ",") + word;
    }
    return flags;
}

bool used_anyway(const json& server) {
    const std::string state = text(server, key::state);
    return (state == "down" || state == "held" || state == "unproven") && flag(server, key::used);
}

std::string large_number(std::uint64_t value, bool exact) {
    constexpr std::uint64_t K = 1000, M = 1000 * K, G = 1000 * M, T = 1000 * G;
    if (exact) return fmt::format(" {:>8}", value);
    if (value < 100 * M) return fmt::format("{:>9}", value);
    if (value < G) return fmt::format("{:>8}K", value / K);
    if (value < 100 * G) return fmt::format("{:>8}M", value / M);
    if (value < 100 * T) return fmt::format("{:>8}G", value / G);
    return fmt::format("{:>8}T", value / T);
}

std::string list_title(list_layout layout) {
    constexpr const char* what = "Prot LocalAddress:Port";
    constexpr const char* servers = "  -> RemoteAddress:Port\n";
    switch (layout) {
    case list_layout::stats:
        return fmt::format("{:<33} {:>8} {:>8} {:>8} {:>8} {:>8}\n{}", what, "Conns", "InPkts",
                           "OutPkts", "InBytes", "OutBytes", servers);
    case list_layout::rate:
        return fmt::format("{:<33} {:>8} {:>8} {:>8} {:>8} {:>8}\n{}", what, "CPS", "InPPS",
                           "OutPPS", "InBPS", "OutBPS", servers);
    case list_layout::thresholds:
        return fmt::format("{:<33} {:<10} {:<10} {:<10} {:<10}\n{}", what, "Uthreshold",
                           "Lthreshold", "ActiveConn", "InActConn", servers);
    case list_layout::persistent:
        return fmt::format("{:<33} {:<9} {:<11} {:<10} {:<10}\n{}", what, "Weight", "PersistConn",
                           "ActiveConn", "InActConn", servers);
    default:
        return "Prot LocalAddress:Port Scheduler Flags\n"
               "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n";
    }
}

std::string list_service(const json& service, const std::vector<json>& servers, list_layout layout,
                         bool exact) {
    std::string lines;
    for (const json& where : service.at(key::listen)) {
        const listener at = to_listener(where.get<std::string>());
        lines += service_line(service, at, layout, exact);
        for (const json& server : servers)
            lines += server_line(server, at, layout, exact);
    }
    return lines;
}

std::string duration(std::uint64_t seconds) {
    const std::uint64_t days = seconds / 86400;
    const std::string rest =
        fmt::format("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    return days == 0 ? rest : fmt::format("{}d {}", days, rest);
}

std::string connections_title() {
    return fmt::format("weir connection entries\npro expire {:<11} {:<18} {:<18} {}\n", "state",
                       "source", "virtual", "destination");
}

std::string connection_line(const json& connection) {
    const std::uint64_t expires = number(connection, key::expires);
    return fmt::format(
        "{:<3} {:<6} {:<11} {:<18} {:<18} {}{}\n", upper_case(text(connection, key::protocol)),
        fmt::format("{:02}:{:02}", expires / 60, expires % 60), text(connection, key::state),
        text(connection, key::client), text(connection, key::virtual_address),
        text(connection, key::server), name_remark(connection));
}

std::string check_table(const std::vector<json>& checks) {
    const auto server_of = [](const json& check) {
        return message::with_port(text(check, key::server),
                                  std::to_string(number(check, key::server_port)));
    };
    std::size_t service = 12, server = 22, name = 0; // columns
    for (const json& check : checks) {
        service = std::max(service, text(check, key::service).size());
        server = std::max(server, server_of(check).size());
        if (const auto size = check.value(key::name, "").size(); size != 0)
            name = std::max({name, size, std::size_t{4}});
    }
    const auto name_column = [name](const std::string& text) {
        return name == 0 ? "" : fmt::format(" {:<{}}", text, name);
    };
    std::string table = fmt::format("{:<{}} {:<{}}{} {:<7} {:<8} {:>8} {:>9}  {}\n", "service",
                                    service, "server", server, name_column("name"), "check",
                                    "state", "since", "latency", "last answer");
    for (const json& check : checks)
        table += fmt::format("{:<{}} {:<{}}{} {:<7} {:<8} {:>7}s {:>7.1f}ms  {}{}\n",
                             text(check, key::service), service, server_of(check), server,
                             name_column(check.value(key::name, "")), text(check, key::type),
                             text(check, key::state), number(check, key::since),
                             static_cast<double>(number(check, key::latency_us)) / 1000,
                             text(check, key::answer), check_remarks(check));
    return table;
}

} // namespace weir::weirctl
