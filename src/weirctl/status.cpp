// `weirctl status`, `neighbours` and `schedulers`.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "message/keys.h"
#include "message/message.h"
#include "net/counted.h"
#include "weirctl/commands.h"
#include "weirctl/layout.h"

namespace weir::weirctl {

namespace {

using nlohmann::json;
namespace key = message::key;
using message::flag;
using message::number;
using message::text;

/// "92 MiB".
std::string memory(std::uint64_t bytes) {
    constexpr std::uint64_t KiB = 1024, MiB = 1024 * KiB, GiB = 1024 * MiB;
    if (bytes >= GiB && bytes % GiB == 0) return fmt::format("{} GiB", bytes / GiB);
    return bytes >= MiB ? fmt::format("{} MiB", bytes / MiB) : fmt::format("{} KiB", bytes / KiB);
}

std::string workers(const json& status) {
    std::string lines =
        "\nworker  cpu  busy            rx            tx         drops  late  inbox\n";
    for (const json& worker : status.at(key::workers)) {
        const json& books = worker.at(key::books);
        std::uint64_t drops = 0;
        for (const json& count : books.at(key::drops))
            drops += count.get<std::uint64_t>();
        lines += fmt::format("{:>6} {:>4} {:>3.0f} % {:>13} {:>13} {:>13} {:>3} s  {}/{}\n",
                             number(worker, key::number), number(worker, key::cpu),
                             100 * worker.at(key::busy).get<double>(), number(books, key::rx),
                             number(books, key::tx), drops, number(worker, key::timers_behind),
                             number(worker, key::inbox), number(worker, key::inbox_size));
    }
    return lines;
}

/// "weir-wan", "weir-wan missing", "none".
std::string twin(const json& port) {
    if (port.at(key::twin).is_null()) return "none";
    const json& trouble = port.at(key::twin_trouble);
    return text(port, key::twin) + (trouble.is_null() ? "" : ' ' + trouble.get<std::string>());
}

/// "rss (used), transmit checksum"; "" if the device offers nothing.
std::string offloads(const json& port) {
    std::vector<std::string> all;
    for (const json& each : port.at(key::offloads))
        all.push_back(text(each, key::name) + (flag(each, key::used) ? " (used)" : ""));
    return all.empty() ? "" : fmt::format("  offers {}\n", fmt::join(all, ", "));
}

std::string ports(const json& status) {
    std::string lines;
    for (const json& port : status.at(key::ports)) {
        const json& stats = port.at(key::device_stats);
        const std::uint64_t speed = number(port, key::speed);
        const std::uint64_t vlan = number(port, key::vlan);
        lines += fmt::format(
            "\nport {}: {}, link {}{}, mac {}, mtu {}{}, twin {}, queues {} rx {} tx\n"
            "  device rx {} packets {} bytes, missed {}, errors {}, no buffer {}\n"
            "  device tx {} packets {} bytes, errors {}\n",
            text(port, key::name), text(port, key::device), flag(port, key::link) ? "up" : "down",
            speed == 0 ? "" : fmt::format(" {} Mbit/s", speed), text(port, key::mac),
            number(port, key::mtu), vlan == 0 ? "" : fmt::format(", vlan {}", vlan), twin(port),
            number(port, key::rx_queues), number(port, key::tx_queues),
            number(stats, key::rx_packets), number(stats, key::rx_bytes),
            number(stats, key::rx_missed), number(stats, key::rx_errors),
            number(stats, key::rx_no_buffer), number(stats, key::tx_packets),
            number(stats, key::tx_bytes), number(stats, key::tx_errors));
        lines += offloads(port);
        for (const json& member : port.at(key::members))
            lines += fmt::format("  member {}: link {}, {}\n", text(member, key::name),
                                 flag(member, key::link) ? "up" : "down",
                                 flag(member, key::carries) ? "carries packets" : "idle");
    }
    return lines;
}

std::string vrrps(const json& status) {
    std::string lines;
    for (const json& vrrp : status.at(key::vrrp)) {
        std::string addresses;
        for (const json& address : vrrp.at(key::addresses))
            addresses += (addresses.empty() ? "" : ", ") + address.get<std::string>();
        std::uint64_t refused = 0;
        for (const json& count : vrrp.at(key::refused))
            refused += count.get<std::uint64_t>();
        const std::string group = text(vrrp, key::group);
        const std::uint64_t priority = number(vrrp, key::priority);
        const std::uint64_t configured = number(vrrp, key::configured_priority);
        lines += fmt::format(
            "\nvrrp {}: {}, since {}: {}\n"
            "  port {}, id {}, priority {}{}{}, addresses {}\n"
            "  advertisements sent {}, heard {}, refused {}; transitions {}, splits {}\n",
            text(vrrp, key::name), text(vrrp, key::state), text(vrrp, key::since),
            text(vrrp, key::why), text(vrrp, key::port), number(vrrp, key::id), priority,
            priority == configured ? "" : fmt::format(" ({} in the file)", configured),
            group == text(vrrp, key::name) ? "" : ", group " + group, addresses,
            number(vrrp, key::sent), number(vrrp, key::heard), refused,
            number(vrrp, key::transitions), number(vrrp, key::splits));
        for (const json& t : vrrp.at(key::tracked))
            lines += fmt::format("  tracks {} ({}): {}, since {}: {}\n", text(t, key::name),
                                 text(t, key::effect), text(t, key::state), text(t, key::since),
                                 text(t, key::why));
        if (const std::string waits_for = text(vrrp, key::waits_for); !waits_for.empty())
            lines += fmt::format("  waits: {}\n", waits_for);
    }
    if (lines.empty()) return lines;
    lines += "  turns late by less than";
    const json& late = status.at(key::vrrp_lateness);
    for (std::size_t i = 0; i < late.size(); ++i)
        if (const auto count = late[i].get<std::uint64_t>(); count != 0)
            lines += fmt::format(" {} us: {}", std::uint64_t{1} << i, count);
    return lines + '\n';
}

std::string link_line(const json& link) {
    std::uint64_t refused = 0;
    for (const json& count : link.at(key::refused))
        refused += count.get<std::uint64_t>();
    const json& silent = link.at(key::silent_ms);
    const std::uint64_t round_trip = number(link, key::round_trip_us);
    const std::string trouble = text(link, key::trouble);
    return fmt::format(
        "  link {}: {}, {}{}; sent {}, heard {}, refused {}{}\n", text(link, key::name),
        flag(link, key::up) ? "up" : "down",
        silent.is_null() ? "never heard"
                         : fmt::format("heard {} ms ago", silent.get<std::uint64_t>()),
        round_trip == 0
            ? ""
            : fmt::format(", round trip {:.1f} ms", static_cast<double>(round_trip) / 1000),
        number(link, key::sent), number(link, key::heard), refused,
        trouble.empty() ? "" : "; " + trouble);
}

std::string peers(const json& status) {
    std::string lines;
    for (const json& peer : status.at(key::peers)) {
        const bool in_step = flag(peer, key::in_step);
        const std::string director = text(peer, key::director);
        lines +=
            fmt::format("\npeer {}: {}, since {}{}\n", text(peer, key::name),
                        in_step                    ? "in step"
                        : flag(peer, key::listens) ? "not in step"
                                                   : "not connected",
                        text(peer, key::since),
                        in_step || text(peer, key::why).empty() ? "" : ": " + text(peer, key::why));
        lines += fmt::format(
            "  {}{}, {:.0f} % told, behind by {} ms at most; lost {} times\n"
            "  connections told {}, taken over {}; no room there {}, here {}\n",
            text(peer, key::address), director.empty() ? "" : " (" + director + ")",
            100 * peer.at(key::filled).get<double>(), number(peer, key::lag),
            number(peer, key::losses), number(peer, key::told), number(peer, key::adopted),
            number(peer, key::no_room_there), number(peer, key::no_room_here));
        const std::uint64_t here = number(peer, key::unknown_here);
        const std::uint64_t there = number(peer, key::unknown_there);
        if (flag(peer, key::files_differ) || here + there != 0)
            lines += "  the files differ: their services have other servers\n";
        if (here != 0)
            lines += fmt::format("  servers that are not in this file: {}, as {}\n", here,
                                 text(peer, key::first_unknown));
        if (there != 0) lines += fmt::format("  servers that are not in its file: {}\n", there);
        for (const json& link : peer.at(key::heartbeat_links))
            lines += link_line(link);
    }
    return lines;
}

std::string rivals(const json& status) {
    std::string lines;
    for (const json& rival : status.at(key::rivals))
        lines +=
            fmt::format("{}{} is also claimed by {} on port {}, {} times, since {}, last {}\n",
                        lines.empty() ? "\n" : "", text(rival, key::address), text(rival, key::mac),
                        text(rival, key::port), number(rival, key::claims), text(rival, key::since),
                        text(rival, key::seen));
    return lines;
}

std::string packets(const json& books) {
    std::string lines = "\npackets\n";
    const auto add = [&](const char* name, const std::string& what) {
        lines += fmt::format("  {:<32} {:>16}\n", what, number(books, name));
    };
    add(key::rx, "received");
    add(key::tx, "sent on");
    add(key::twin, "to Linux");
    if (number(books, key::heard) != 0) add(key::heard, "VRRP");
    for (const auto& [reason, count] : books.at(key::drops).items())
        lines += fmt::format("  {:<32} {:>16}\n", "dropped: " + reason, count.get<std::uint64_t>());
    add(key::from_linux, "from Linux");
    add(key::linux_sent, "  sent");
    add(key::linux_lost, "  lost");
    add(key::generated, "made by weir");
    add(key::generated_lost, "  lost");
    add(key::withheld, "  withheld");
    if (number(books, key::claimed) != 0) add(key::claimed, "claims of VIPs by others");
    add(key::handed_over, "handed over");
    add(key::table_full, "without state");
    if (number(books, key::over_share) != 0) add(key::over_share, "  over a share");
    if (number(books, key::displaced) != 0) add(key::displaced, "half-open, displaced");
    if (number(books, key::passed_over) != 0) add(key::passed_over, "to another director");
    return lines;
}

} // namespace

std::string status_text(const json& status) {
    const json& table = status.at(key::table);
    const json& config = status.at(key::config);
    std::string lines =
        fmt::format("weir {}, {}, up {}\n"
                    "config      {}, loaded {}, {}\n",
                    text(status, key::version), text(status, key::name),
                    duration(number(status, key::uptime)), text(config, key::file),
                    text(config, key::loaded), counted(number(config, key::reloads), "reload"));
    if (!config.at(key::last_error).is_null())
        lines += fmt::format("last reload failed: {}\n", text(config, key::last_error));
    lines += fmt::format("connections {} of {}, {} on pages of {}\n"
                         "services    {}\n"
                         "neighbours  {}\n",
                         number(table, key::flows), number(table, key::capacity),
                         memory(number(table, key::bytes)), memory(number(table, key::page_size)),
                         number(status, key::services), number(status, key::neighbours));
    if (const auto lack = status.find(key::without_quorum); lack != status.end() && !lack->empty())
        lines +=
            fmt::format("no quorum   {}\n", fmt::join(lack->get<std::vector<std::string>>(), ", "));
    return lines + workers(status) + ports(status) + vrrps(status) + peers(status) + rivals(status)
           + packets(status.at(key::books));
}

void status(const invocation& call) {
    call.director.ask(message::request("status"), [&](std::string_view line) {
        if (call.json)
            print(std::string(line) + '\n');
        else
            print(status_text(message::parse(line)));
    });
}

void neighbours(const invocation& call) {
    const json request = message::request("neighbours");
    if (call.json) {
        print_json_list(call, request, "neighbours");
        return;
    }
    print(fmt::format("{:<39} {:<16} {:<17} {}\n", "address", "port", "mac", "idle"));
    call.director.ask_parsed(request, [](const json& neighbour) {
        print(fmt::format(
            "{:<39} {:<16} {:<17} {}s\n", text(neighbour, key::address), text(neighbour, key::port),
            neighbour.at(key::mac).is_null() ? "unresolved" : text(neighbour, key::mac),
            number(neighbour, key::idle)));
    });
}

void schedulers(const invocation& call) {
    const json request = message::request("schedulers");
    if (call.json) {
        print_json_list(call, request, "schedulers");
        return;
    }
    call.director.ask_parsed(request, [](const json& scheduler) {
        print(fmt::format("{:<8} {}\n", text(scheduler, key::name), text(scheduler, key::summary)));
    });
}

} // namespace weir::weirctl
