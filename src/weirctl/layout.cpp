#include "weirctl/layout.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "weirctl/json.h"

namespace weir::weirctl {

namespace {

using nlohmann::json;

std::string upper_case(std::string word) {
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return word;
}

/// "192.0.2.11:80", "[2001:db8::11]:80".
template <typename Port>
std::string with_port(const std::string& address, const Port& port) {
    return address.find(':') == std::string::npos ? fmt::format("{}:{}", address, port)
                                                  : fmt::format("[{}]:{}", address, port);
}

/// LVS's word for the way to a server.
std::string forward_word(const std::string& forward) {
    if (forward == "dr") return "Route";
    if (forward == "tun") return "Tunnel";
    if (forward == "nat") return "Masq";
    if (forward == "local") return "Local";
    return forward == "fullnat" ? "FullNat" : forward;
}

/// " (sh-fallback,sh-port)", or nothing.
std::string flags_of(const json& service) {
    const std::string flags = scheduler_flags(service);
    return flags.empty() ? flags : " (" + flags + ')';
}

/// " persistent 360 mask 255.255.255.0", or nothing.
std::string persistence_of(const json& service, bool v6) {
    const std::uint64_t timeout = number(service, "persistence");
    if (timeout == 0) return "";
    const std::string mask = persistence_mask(service, v6);
    return fmt::format(" persistent {}{}{}", timeout, mask.empty() ? "" : " mask ", mask);
}

/// The five numbers of --stats or --rate.
std::string figures(const json& values, bool exact) {
    std::string row;
    for (const char* name : {"connections", "in_packets", "out_packets", "in_bytes", "out_bytes"})
        row += large_number(number(values, name), exact);
    return row;
}

/// ipvsadm does not shorten the first three figures of a server.
std::string server_rates(const json& rates, bool exact) {
    return fmt::format(" {:>8} {:>8} {:>8}{}{}", number(rates, "connections"),
                       number(rates, "in_packets"), number(rates, "out_packets"),
                       large_number(number(rates, "in_bytes"), exact),
                       large_number(number(rates, "out_bytes"), exact));
}

/// What ipvsadm has no column for; nothing for a server that works as usual.
std::string remarks(const json& server) {
    const std::string state = text(server, "state");
    std::string words = state == "up" || state == "drained" ? "" : ' ' + state;
    if (server.at("overloaded").get<bool>()) words += " overloaded";
    if (server.at("fallback").get<bool>()) words += " fallback";
    if (!server.at("route").get<bool>()) words += " no_route";
    return words;
}

std::string service_line(const json& service, const listener& at, list_layout layout, bool exact) {
    const std::string name = fmt::format("{:<4} {}", upper_case(at.protocol), at.where);
    switch (layout) {
    case list_layout::stats:
        return fmt::format("{:<33}{}\n", name, figures(service.at("totals"), exact));
    case list_layout::rate:
        return fmt::format("{:<33}{}\n", name, figures(service.at("rates"), exact));
    default:
        return fmt::format("{} {}{}{}{}\n", name, text(service, "scheduler"), flags_of(service),
                           persistence_of(service, at.where.starts_with('[')),
                           service.at("one_packet").get<bool>() ? " ops" : "");
    }
}

std::string server_line(const json& server, const listener& at, list_layout layout, bool exact) {
    const std::string name = fmt::format("  -> {:<28}", name_of(server, at));
    switch (layout) {
    case list_layout::stats:
        return fmt::format("{}{}\n", name, figures(server.at("totals"), exact));
    case list_layout::rate:
        return fmt::format("{}{}\n", name, server_rates(server.at("rates"), exact));
    case list_layout::thresholds:
        return fmt::format("{} {:<10} {:<10} {:<10} {:<10}{}\n", name, number(server, "upper"),
                           number(server, "lower"), number(server, "active"),
                           number(server, "inactive"), remarks(server));
    case list_layout::persistent:
        return fmt::format("{} {:<9} {:<11} {:<10} {:<10}{}\n", name, number(server, "weight"),
                           number(server, "persistent"), number(server, "active"),
                           number(server, "inactive"), remarks(server));
    default:
        return fmt::format("{} {:<7} {:<6} {:<10} {:<10}{}\n", name,
                           forward_word(text(server, "forward")), number(server, "weight"),
                           number(server, "active"), number(server, "inactive"), remarks(server));
    }
}

/// What a check asks instead of its server, and what comes of its answers.
std::string check_remarks(const json& check) {
    const auto port = number(check, "port");
    const double share = check.at("share").get<double>();
    std::string remarks;
    if (const std::string asked = text(check, "asked"); asked != text(check, "server"))
        remarks += fmt::format(" (of {} there)", asked);
    if (port != number(check, "server_port")) remarks += fmt::format(" (at port {})", port);
    if (share != 1) remarks += fmt::format(" (weight {:.0f} %)", share * 100);
    if (const auto held = number(check, "held_ms"); held > 0)
        remarks += fmt::format(" (held down for {:.1f} s)", static_cast<double>(held) / 1000);
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
    const std::uint64_t own = number(server, "port");
    return with_port(text(server, "address"), own != 0 ? std::to_string(own) : at.port);
}

std::string name_of(const json& server) {
    const std::string address = text(server, "address");
    const std::uint64_t port = number(server, "port");
    return port == 0 ? address : with_port(address, port);
}

std::string persistence_mask(const json& service, bool v6) {
    const std::uint64_t prefix = number(service, "prefix");
    if (prefix == 0 || prefix == (v6 ? 128 : 32)) return "";
    if (v6) return std::to_string(prefix);
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - prefix);
    return fmt::format("{}.{}.{}.{}", mask >> 24, mask >> 16 & 0xff, mask >> 8 & 0xff, mask & 0xff);
}

std::string scheduler_flags(const json& service) {
    const std::string scheduler = text(service, "scheduler");
    std::string flags;
    for (const json& option : service.at("options")) {
        std::string word = option.get<std::string>();
        if (word == "fallback" || word == "port") word = scheduler + '-' + word;
        flags += (flags.empty() ? "" : ",") + word;
    }
    return flags;
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
    for (const json& where : service.at("listen")) {
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
    const std::uint64_t expires = number(connection, "expires");
    return fmt::format(
        "{:<3} {:<6} {:<11} {:<18} {:<18} {}\n", upper_case(text(connection, "protocol")),
        fmt::format("{:02}:{:02}", expires / 60, expires % 60), text(connection, "state"),
        text(connection, "client"), text(connection, "virtual"), text(connection, "server"));
}

std::string check_table(const std::vector<json>& checks) {
    const auto server_of = [](const json& check) {
        return with_port(text(check, "server"), number(check, "server_port"));
    };
    std::size_t service = 12, server = 22; // columns
    for (const json& check : checks) {
        service = std::max(service, text(check, "service").size());
        server = std::max(server, server_of(check).size());
    }
    std::string table =
        fmt::format("{:<{}} {:<{}} {:<7} {:<8} {:>8} {:>9}  {}\n", "service", service, "server",
                    server, "check", "state", "since", "latency", "last answer");
    for (const json& check : checks)
        table += fmt::format("{:<{}} {:<{}} {:<7} {:<8} {:>7}s {:>7.1f}ms  {}{}\n",
                             text(check, "service"), service, server_of(check), server,
                             text(check, "type"), text(check, "state"), number(check, "since"),
                             static_cast<double>(number(check, "latency_us")) / 1000,
                             text(check, "answer"), check_remarks(check));
    return table;
}

} // namespace weir::weirctl
