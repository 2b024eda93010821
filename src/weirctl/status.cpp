// `weirctl status`, `neighbours` and `schedulers`.

#include <fmt/format.h>

#include "weirctl/commands.h"
#include "weirctl/json.h"
#include "weirctl/layout.h"

namespace weir::weirctl {

namespace {

using nlohmann::json;

/// "92 MiB".
std::string memory(std::uint64_t bytes) {
    constexpr std::uint64_t KiB = 1024, MiB = 1024 * KiB, GiB = 1024 * MiB;
    if (bytes >= GiB && bytes % GiB == 0) return fmt::format("{} GiB", bytes / GiB);
    return bytes >= MiB ? fmt::format("{} MiB", bytes / MiB) : fmt::format("{} KiB", bytes / KiB);
}

std::string workers(const json& status) {
    std::string lines = "\nworker  cpu  busy            rx            tx         drops  inbox\n";
    for (const json& worker : status.at("workers")) {
        const json& books = worker.at("books");
        std::uint64_t drops = 0;
        for (const json& count : books.at("drops"))
            drops += count.get<std::uint64_t>();
        lines += fmt::format(
            "{:>6} {:>4} {:>3.0f} % {:>13} {:>13} {:>13}  {}/{}\n", number(worker, "number"),
            number(worker, "cpu"), 100 * worker.at("busy").get<double>(), number(books, "rx"),
            number(books, "tx"), drops, number(worker, "inbox"), number(worker, "inbox_size"));
    }
    return lines;
}

std::string ports(const json& status) {
    std::string lines;
    for (const json& port : status.at("ports")) {
        const json& stats = port.at("device_stats");
        const std::uint64_t speed = number(port, "speed");
        const std::uint64_t vlan = number(port, "vlan");
        lines += fmt::format(
            "\nport {}: {}, link {}{}, mac {}, mtu {}{}, twin {}, queues {} rx {} tx\n"
            "  device rx {} packets {} bytes, missed {}, errors {}, no buffer {}\n"
            "  device tx {} packets {} bytes, errors {}\n",
            text(port, "name"), text(port, "device"), port.at("link").get<bool>() ? "up" : "down",
            speed == 0 ? "" : fmt::format(" {} Mbit/s", speed), text(port, "mac"),
            number(port, "mtu"), vlan == 0 ? "" : fmt::format(", vlan {}", vlan),
            port.at("twin").is_null() ? "none" : text(port, "twin"), number(port, "rx_queues"),
            number(port, "tx_queues"), number(stats, "rx_packets"), number(stats, "rx_bytes"),
            number(stats, "rx_missed"), number(stats, "rx_errors"), number(stats, "rx_no_buffer"),
            number(stats, "tx_packets"), number(stats, "tx_bytes"), number(stats, "tx_errors"));
    }
    return lines;
}

std::string packets(const json& books) {
    std::string lines = "\npackets\n";
    const auto add = [&](const char* name, const std::string& what) {
        lines += fmt::format("  {:<32} {:>16}\n", what, number(books, name));
    };
    add("rx", "received");
    add("tx", "sent on");
    add("twin", "to Linux");
    for (const auto& [reason, count] : books.at("drops").items())
        lines += fmt::format("  {:<32} {:>16}\n", "dropped: " + reason, count.get<std::uint64_t>());
    add("from_linux", "from Linux");
    add("linux_sent", "  sent");
    add("linux_lost", "  lost");
    add("generated", "made by weir");
    add("generated_lost", "  lost");
    add("withheld", "  withheld");
    add("handed_over", "handed over");
    add("table_full", "without state");
    return lines;
}

} // namespace

std::string status_text(const json& status) {
    const json& table = status.at("table");
    const json& config = status.at("config");
    std::string lines = fmt::format("weir {}, {}, up {}\n"
                                    "config      {}, loaded {}, {} reloads\n",
                                    text(status, "version"), text(status, "name"),
                                    duration(number(status, "uptime")), text(config, "file"),
                                    text(config, "loaded"), number(config, "reloads"));
    if (!config.at("last_error").is_null())
        lines += fmt::format("last reload failed: {}\n", text(config, "last_error"));
    lines += fmt::format("connections {} of {}, {} on pages of {}\n"
                         "services    {}\n"
                         "neighbours  {}\n",
                         number(table, "flows"), number(table, "capacity"),
                         memory(number(table, "bytes")), memory(number(table, "page_size")),
                         number(status, "services"), number(status, "neighbours"));
    return lines + workers(status) + ports(status) + packets(status.at("books"));
}

void status(const invocation& call) {
    call.director.ask({{"command", "status"}}, [&](std::string_view line) {
        if (call.json)
            print(std::string(line) + '\n');
        else
            print(status_text(json::parse(line)));
    });
}

void neighbours(const invocation& call) {
    const json request{{"command", "neighbours"}};
    if (call.json) {
        print_json_list(call, request, "neighbours");
        return;
    }
    print(fmt::format("{:<39} {:<16} {:<17} {}\n", "address", "port", "mac", "idle"));
    call.director.ask(request, [](std::string_view line) {
        const json neighbour = json::parse(line);
        print(fmt::format("{:<39} {:<16} {:<17} {}s\n", text(neighbour, "address"),
                          text(neighbour, "port"),
                          neighbour.at("mac").is_null() ? "unresolved" : text(neighbour, "mac"),
                          number(neighbour, "idle")));
    });
}

void schedulers(const invocation& call) {
    const json request{{"command", "schedulers"}};
    if (call.json) {
        print_json_list(call, request, "schedulers");
        return;
    }
    call.director.ask(request, [](std::string_view line) {
        const json scheduler = json::parse(line);
        print(fmt::format("{:<8} {}\n", text(scheduler, "name"), text(scheduler, "summary")));
    });
}

} // namespace weir::weirctl
