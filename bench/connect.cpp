// `weir-bench connect`: every packet opens a connection. The timed part is all of
// worker_core::poll() for a SYN: the failed lookup, service, scheduler, entry, both places in the
// index, timer, and sending the packet on. The table has room for every connection that opens
// before the clock advances. Then all connections expire (the wheel looks at each once, as at an
// idle one, and removes it the second time); that is timed separately. In every other
// round a peer is to be told, and the worker marks each change (flow/change_marks.h).

#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "command.h"
#include "environment.h"
#include "player.h"
#include "replay.h"
#include "report.h"
#include "service/scheduler_registry.h"

namespace weir::bench {

namespace {

constexpr std::uint32_t room = 1 << 20; ///< capacity of the table
constexpr std::uint32_t per_round = bursts_per_round * burst_size;
constexpr std::uint32_t most_open = room / per_round * per_round;

/// Lets all connections expire; adds the cost of each to `expiry`.
void expire_all(testbed& bed, samples& expiry) {
    flow_table& flows = *bed.state().flows;
    const std::uint32_t before = flows.size();
    const std::uint64_t began = rte_rdtsc_precise();
    for (unsigned step = 0; flows.size() > 0; ++step) {
        if (step % 65536 == 0) bed.state().clock.advance(timer_wheel::furthest + 1);
        bed.worker_at(0).poll();
    }
    expiry.add(rte_rdtsc_precise() - began, before);
}

} // namespace

json connect(const std::string& scheduler, unsigned servers, const std::string& mode, bool v6,
             double seconds) {
    testbed bed({.flows = room,
                 .services = 1,
                 .servers = servers,
                 .workers = 1,
                 .v6 = v6,
                 .modes = {mode_named(mode)},
                 .scheduler = scheduler});
    const traffic frames(bed, v6, 1, 64);
    player play(bed, 0, frames);
    change_marks marks(bed.state().flows->end_index());
    samples opening;
    samples told;
    samples floor;
    samples expiry;
    std::uint64_t next = 0;
    std::uint64_t opened = 0;
    const std::uint64_t end =
        rte_rdtsc() + static_cast<std::uint64_t>(seconds * static_cast<double>(rte_get_tsc_hz()));
    const auto flow = [&] { return next++ % (std::uint64_t{1} << 30); };
    bool peer = false;
    while (rte_rdtsc() < end) {
        while (bed.state().flows->size() < most_open && rte_rdtsc() < end) {
            peer = !peer;
            bed.state().flows->mark_changes(peer ? &marks : nullptr);
            play.round(peer ? told : opening, tcp_header::syn, flow, [&] { play.worker(); });
            opened += per_round;
            std::uint64_t again = next - per_round;
            play.round(
                floor, tcp_header::syn, [&] { return again++; }, [&] { play.floor(); });
        }
        expire_all(bed, expiry);
    }
    bed.state().flows->mark_changes(nullptr);
    const packet_books& books = bed.state().books[0];
    std::uint64_t dropped = books.table_full.get();
    for (const counter& reason : books.dropped)
        dropped += reason.get();
    if (dropped != 0)
        throw std::runtime_error("connections were refused: the figures mean nothing");
    const double ns = opening.median_ns();
    return {
        {"case", fmt::format("connect-{}-{}", scheduler, servers)},
        {"scheduler", scheduler},
        {"servers", servers},
        {"mode", mode},
        {"family", v6 ? 6 : 4},
        {"opened", opened},
        {"connections_per_second", 1e9 / ns},
        {"ns_per_connection",
         {{"min", opening.min_ns()}, {"median", ns}, {"p99", opening.quantile_ns(0.99)}}},
        {"told_ns_per_connection", {{"min", told.min_ns()}, {"median", told.median_ns()}}},
        {"floor_ns_per_packet", {{"min", floor.min_ns()}, {"median", floor.median_ns()}}},
        {"ratio", ns / floor.median_ns()},
        {"expiry_ns_per_connection", {{"min", expiry.min_ns()}, {"median", expiry.median_ns()}}},
        {"pages", pages_of(&bed.state().flows->entry(1))}};
}

command connect_command() {
    return {
        "connect",
        "new connections: how many a second, by scheduler",
        {"weir-bench connect", "weir-bench connect --scheduler wlc --servers 1000 --json"},
        [](options::options_description& d) {
            d.add_options()("scheduler", options::value<std::string>()->default_value("all"),
                            "one scheduler, or all")(
                "servers", options::value<std::uint64_t>()->default_value(100), "real servers")(
                "mode", options::value<std::string>()->default_value("dr"),
                "dr, tun or nat")("family", options::value<unsigned>()->default_value(4),
                                  "4 or 6")("seconds", options::value<double>()->default_value(1),
                                            "measuring time for each scheduler");
        },
        [](const options::variables_map& given, output& out) {
            const auto wanted = given["scheduler"].as<std::string>();
            std::vector<std::string> names;
            for (const scheduler_type* type : all_schedulers())
                if (wanted == "all" || wanted == type->name) names.emplace_back(type->name);
            if (names.empty()) throw config::usage_error("no scheduler '" + wanted + "'");
            const auto servers =
                static_cast<unsigned>(number_of(given, "servers", 1, most_servers));
            const bool v6 = is_v6(given);
            const double seconds = seconds_of(given);
            for (std::size_t i = 0; i < names.size(); ++i) {
                out.progress(names[i], static_cast<double>(i) / static_cast<double>(names.size()));
                const json j =
                    connect(names[i], servers, given["mode"].as<std::string>(), v6, seconds);
                out.result(j, fmt::format("{:<6} {:>6.2f} M connections/s  {:>6.0f} ns each (min "
                                          "{:.0f}, p99 {:.0f})  with a peer {:.0f} ns  floor "
                                          "{:.1f} ns  ratio {:.1f}  "
                                          "expiry {:.0f} ns",
                                          names[i], j["connections_per_second"].get<double>() / 1e6,
                                          j["ns_per_connection"]["median"].get<double>(),
                                          j["ns_per_connection"]["min"].get<double>(),
                                          j["ns_per_connection"]["p99"].get<double>(),
                                          j["told_ns_per_connection"]["median"].get<double>(),
                                          j["floor_ns_per_packet"]["median"].get<double>(),
                                          j["ratio"].get<double>(),
                                          j["expiry_ns_per_connection"]["median"].get<double>()));
            }
            return 0;
        }};
}

} // namespace weir::bench
