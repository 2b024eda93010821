#include "weirctl/story.h"

#include <array>
#include <chrono>
#include <ctime>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "message/keys.h"
#include "message/message.h"

namespace weir::weirctl {

namespace {

using nlohmann::json;
namespace key = message::key;

std::string word(const json& record, const char* name) {
    return record.value(name, "");
}

bool is(const json& record, const char* name) {
    return record.value(name, false);
}

std::string time_text(std::uint64_t ns) {
    constexpr std::uint64_t second = 1'000'000'000;
    const std::tm local = fmt::localtime(static_cast<std::time_t>(ns / second));
    return fmt::format("{:%H:%M:%S}.{:06}", local, ns % second / 1000);
}

/// "192.0.2.7:40000 > 192.0.2.100:80 tcp SYN"; what it is, where it has no addresses.
std::string packet_text(const json& record) {
    const std::string kind = word(record, key::kind);
    const std::string about = kind == "icmp_error" ? "ICMP error about " : "";
    if (!record.contains(key::source)) return kind == "bad" ? "a broken frame" : kind;
    std::string text = fmt::format("{}{} > {} {}", about, word(record, key::source),
                                   word(record, key::destination), word(record, key::protocol));
    if (const std::string flags = word(record, key::flags); !flags.empty()) text += ' ' + flags;
    if (kind != "packet" && kind != "icmp_error" && kind != "bad") text += ", " + kind;
    return text;
}

std::string server_text(const json& record) {
    const std::string name = word(record, key::name);
    return fmt::format("{}{} ({})", word(record, key::server),
                       name.empty() ? "" : fmt::format(" {}", name), word(record, key::forward));
}

/// What the table had, and what followed from it.
void tell_choice(const json& record, std::vector<std::string>& lines) {
    const std::string choice = word(record, key::choice);
    const std::string service = word(record, key::service);
    const std::string of = service.empty() ? "" : fmt::format("service {}: ", service);
    if (choice.empty() || choice == "none") {
        if (!service.empty() && !record.contains(key::server))
            lines.push_back("service " + service);
        return;
    }
    const std::string server = server_text(record);
    if (choice == "known") {
        const json& flow = record.at(key::flow);
        const bool back = word(flow, key::direction) == "to_client";
        lines.push_back(fmt::format("{}known flow, {}, silent for {} s, {} {}", of,
                                    word(flow, key::state), flow.value(key::silent, 0),
                                    back ? "back from" : "to", server));
        if (!back && word(record, key::flags) == "SYN" && word(flow, key::state) == "SYN_RECV"
            && word(record, key::end) == "sent")
            lines.push_back(
                word(record, key::forward) == "nat"
                    ? "the client repeats its SYN: no answer of the server has come back"
                    : "the client repeats its SYN: the server has not answered, or its answer, "
                      "which does not pass weir, is lost");
        return;
    }
    if (choice == "slot")
        lines.push_back(fmt::format("{}no entry{}: its slot leads to {}", of,
                                    is(record, key::table_full) ? ", because the table is full"
                                    : is(record, key::over_share)
                                        ? ", because the service fills its share of the table"
                                        : "",
                                    server));
    static const std::array<std::pair<std::string_view, std::string_view>, 5> whys{
        {{"scheduler", "new flow: {} chose {}"},
         {"persistent", "new flow: this client's template leads to {}"},
         {"fallback", "new flow: no server can take it, so the fallback {} does"},
         {"one_packet", "one packet: {} chose {}"},
         {"reply", "a reply without an entry, from {}"}}};
    for (const auto& [name, text] : whys) {
        if (choice != name) continue;
        const bool names_scheduler = text.find("chose") != text.npos;
        lines.push_back(of
                        + (names_scheduler ? fmt::format(fmt::runtime(text),
                                                         word(record, key::scheduler), server)
                                           : fmt::format(fmt::runtime(text), server)));
    }
    if (is(record, key::new_template))
        lines.push_back("a template holds this client there from now on");
}

/// "198.51.100.11: down; 198.51.100.12: overloaded".
std::string idle_text(const json& record) {
    std::string text;
    for (const json& server : record.value(key::servers, json::array())) {
        std::string why;
        for (const std::string& reason : message::words(server, key::why))
            why += fmt::format("{}{}", why.empty() ? "" : ", ", reason);
        text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", word(server, key::server),
                            why.empty() ? "up now" : why);
    }
    return text;
}

/// Why it was dropped, where the reason's name does not say all.
std::string drop_text(const json& record) {
    const std::string reason = word(record, key::reason);
    std::string text = "dropped: " + reason;
    if (reason == "wrong_vlan")
        text += fmt::format(": {}, and no port of weir's is there",
                            record.contains(key::vlan)
                                ? fmt::format("it is in VLAN {}", record.value(key::vlan, 0))
                                : "it is untagged");
    else if (reason == "no_destination")
        text += fmt::format(": no server takes new connections ({})", idle_text(record));
    else if (reason == "no_neighbour")
        text += ": the next hop does not answer ARP or neighbour discovery";
    else if (reason == "no_connection")
        text += ": it belongs to no connection and begins none";
    else if (reason == "server_gone")
        text += ": its server is down or was removed, and its connections ended with it";
    else if (reason == "no_route")
        text += ": no route leads to the server";
    else if (reason == "port_down")
        text += ": the port on the way out has no link";
    if (is(record, key::answered)) text += "; the sender was told";
    if (is(record, key::withheld)) text += "; the sender was not told: too many answers already";
    return text;
}

void tell_sent(const json& record, std::vector<std::string>& lines) {
    const json left = record.value(key::left, json::object());
    const std::string to = word(left, key::mac);
    const bool tunnel = is(left, key::tunnel);
    const bool rewritten = left.contains(key::source)
                           && (word(left, key::source) != word(record, key::source)
                               || word(left, key::destination) != word(record, key::destination));
    if (tunnel)
        lines.push_back(fmt::format("in a tunnel {} > {}", word(left, key::source),
                                    word(left, key::destination)));
    else if (rewritten)
        lines.push_back(fmt::format("rewritten to {} > {}", word(left, key::source),
                                    word(left, key::destination)));
    lines.push_back(fmt::format("sent through {} to {}, {} bytes{}", word(record, key::out_port),
                                to, left.value(key::length, 0),
                                record.contains(key::pieces)
                                    ? fmt::format(", {} frames", record.value(key::pieces, 0))
                                    : ""));
}

void tell_end(const json& record, std::vector<std::string>& lines) {
    const std::string end = word(record, key::end);
    if (is(record, key::table_full) && word(record, key::choice) != "slot")
        lines.push_back("the connection table is full");
    if (end == "sent") return tell_sent(record, lines);
    if (end == "dropped") return lines.push_back(drop_text(record));
    if (end == "held")
        return lines.push_back(fmt::format("held: its next hop {} on {} is not resolved yet",
                                           word(record, key::next_hop),
                                           word(record, key::out_port)));
    static const std::array<std::pair<std::string_view, std::string_view>, 4> others{
        {{"to_linux", "handed to Linux"},
         {"passed", "passed to the worker that handles its flow"},
         {"waits", "waits for the first fragment of its packet"},
         {"taken", "weir's own business"}}};
    for (const auto& [name, text] : others)
        if (end == name) lines.emplace_back(text);
}

} // namespace

std::string story_text(const json& record) {
    std::string where;
    if (const std::string port = word(record, key::port); !port.empty()) where = port;
    if (record.contains(key::vlan)) where += fmt::format(" vlan {}", record.value(key::vlan, 0));
    if (word(record, key::when) == "lost")
        where = "later";
    else if (word(record, key::from) == "core")
        where += " again";
    std::string text = fmt::format("{} {}: {}", time_text(message::number(record, key::time_ns)),
                                   where.empty() ? "no port" : where, packet_text(record));
    if (record.contains(key::worker))
        text += fmt::format(", worker {}", record.value(key::worker, 0));
    std::vector<std::string> lines;
    tell_choice(record, lines);
    tell_end(record, lines);
    for (const std::string& line : lines)
        text += "\n    " + line;
    return text + '\n';
}

} // namespace weir::weirctl
