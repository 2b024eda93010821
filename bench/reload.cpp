// `weir-bench reload`: does a reload disturb the workers? One core polls established traffic
// without pause and times every poll. Another repeatedly reads a configuration of ten thousand
// services, applies it as the director itself does (the weight of one server changes in every
// service, so every rule is rebuilt) and publishes the rules. The floor beside it shows what the
// machine itself takes away: an interrupt or a hypervisor stops the floor just as well.

#include <atomic>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <rte_launch.h>
#include <rte_lcore.h>

#include "command.h"
#include "config/load.h"
#include "player.h"
#include "report.h"

namespace weir::bench {

namespace {

/// Polls until it must stop.
struct poller {
    testbed& bed;
    const traffic& frames;
    std::uint64_t flows;
    std::atomic<bool> ready{false};
    std::atomic<bool> stop{false};
    histogram polls{};
    histogram floor{};
};

int poll_without_rest(void* argument) {
    poller& p = *static_cast<poller*>(argument);
    player play(p.bed, 0, p.frames);
    flow_order order(p.flows, false, 1);
    play.open(0, p.flows);
    const auto timed = [&](histogram& into, auto&& work) {
        for (unsigned b = 0; b < bursts_per_round; ++b)
            play.lay_ready(
                burst_size, [&] { return order.next(); }, tcp_header::ack);
        for (unsigned b = 0; b < bursts_per_round; ++b) {
            const std::uint64_t began = rte_rdtsc_precise();
            work();
            into.add(rte_rdtsc_precise() - began);
        }
        play.take_back();
    };
    p.ready = true;
    while (!p.stop) {
        timed(p.polls, [&] { play.worker(); });
        timed(p.floor, [&] { play.floor(); });
    }
    return 0;
}

/// The file of these services, with weights of `weight` or more.
std::string file_of(const std::vector<config::service>& services, unsigned weight) {
    std::string text = "[director]\nworkers = 1\n[port bench]\ndevice = net_ring0\ntwin = none\n"
                       "address = 198.18.255.254/15\n";
    for (const config::service& s : services) {
        text += fmt::format("[service {}]\nlisten = {}:80/tcp\nforward = dr\nscheduler = {}\n",
                            s.name, to_string(s.listen.front().address), s.scheduler);
        for (const config::server& server : s.servers)
            text += fmt::format("server = {} weight={}\n", to_string(server.address), weight);
    }
    return text;
}

json stalls(const histogram& h) {
    return {{"longest", h.longest_ns() / 1e3},
            {"p9999", h.quantile_ns(0.9999) / 1e3},
            {"p50", h.quantile_ns(0.5) / 1e3},
            {"over_100us", h.longer_than_ns(1e5)},
            {"count", h.count()}};
}

} // namespace

json reload(unsigned services, unsigned servers, double seconds, output& out) {
    const unsigned other = rte_get_next_lcore(rte_lcore_id(), 1, 0);
    if (other >= RTE_MAX_LCORE) throw std::runtime_error("reload needs two CPUs");
    constexpr std::uint64_t flows = 65536;
    testbed bed({.flows = flows, .services = services, .servers = servers, .scheduler = "wlc"});
    const traffic frames(bed, false, services, 64);
    poller p{bed, frames, flows};
    rte_eal_remote_launch(poll_without_rest, &p, other);
    while (!p.ready)
        rte_pause();

    samples reading;
    samples applying;
    const std::uint64_t hz = rte_get_tsc_hz();
    const std::uint64_t began = rte_rdtsc();
    const double wanted = seconds * static_cast<double>(hz);
    std::string problem;
    for (unsigned weight = 2;; weight = weight == 2 ? 3 : 2) {
        const auto spent = static_cast<double>(rte_rdtsc() - began);
        if (spent > wanted || !problem.empty()) break;
        out.progress(fmt::format("{} reloads of {} services", applying.size(), services),
                     spent / wanted);
        const std::string text = file_of(bed.first_services(), weight);
        std::uint64_t start = rte_rdtsc();
        const config::load_result loaded = config::load_text("bench.conf", text, {});
        reading.add(rte_rdtsc() - start, 1);
        if (!loaded) {
            problem = to_string(loaded.problems.front());
            break;
        }
        start = rte_rdtsc();
        bed.apply(loaded.configuration->services);
        applying.add(rte_rdtsc() - start, 1);
        while (!bed.plane().bin().empty())
            bed.plane().bin().poll();
    }
    p.stop = true;
    rte_eal_wait_lcore(other);
    if (!problem.empty()) throw std::runtime_error(problem);
    return {{"case", fmt::format("reload-{}", services)},
            {"services", services},
            {"servers", servers},
            {"reloads", applying.size()},
            {"read_ms", reading.median_ns() / 1e6},
            {"apply_ms", applying.median_ns() / 1e6},
            {"poll_us", stalls(p.polls)},
            {"floor_us", stalls(p.floor)}};
}

command reload_command() {
    return {"reload",
            "does a reload of ten thousand services hold up a worker?",
            {"weir-bench reload", "weir-bench reload --services 1000 --seconds 10 --json"},
            [](options::options_description& d) {
                d.add_options()("services", options::value<std::uint64_t>()->default_value(10000),
                                "services, 1 to 60000")(
                    "servers", options::value<std::uint64_t>()->default_value(1000),
                    "real servers")("seconds", options::value<double>()->default_value(5),
                                    "how long to reload again and again");
            },
            [](const options::variables_map& given, output& out) {
                const json j =
                    reload(static_cast<unsigned>(number_of(given, "services", 1, most_services)),
                           static_cast<unsigned>(number_of(given, "servers", 1, most_servers)),
                           seconds_of(given), out);
                const auto line = [&](const char* name, const json& q) {
                    return fmt::format("\n{:<6} longest {:>7.1f}  p99.99 {:>6.1f}  median {:>5.2f} "
                                       "us;  {} of {} over 100 us",
                                       name, q["longest"].get<double>(), q["p9999"].get<double>(),
                                       q["p50"].get<double>(), q["over_100us"].get<std::uint64_t>(),
                                       q["count"].get<std::uint64_t>());
                };
                out.result(j, fmt::format("{} reloads of {} services: read {:.1f} ms, applied and "
                                          "published {:.1f} ms",
                                          j["reloads"].get<std::uint64_t>(),
                                          j["services"].get<unsigned>(), j["read_ms"].get<double>(),
                                          j["apply_ms"].get<double>())
                                  + line("poll", j["poll_us"]) + line("floor", j["floor_us"]));
                return 0;
            }};
}

} // namespace weir::bench
