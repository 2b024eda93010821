// `weir-bench latency`: the time that a worker adds to a packet's way. A generator on one core puts
// packets into the worker's receive ring at an even pace and takes them from its transmit ring; the
// worker runs on another core as in the director. A packet's time starts when it was due, so a late
// generator does not hide the cost of waiting. The floor runs at the same pace: a core that swaps
// MAC addresses. Its times are those of the generator and the rings.

#include <cstring>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <rte_launch.h>
#include <rte_lcore.h>

#include "command.h"
#include "environment.h"
#include "generator.h"
#include "player.h"
#include "replay.h"
#include "report.h"

namespace weir::bench {

namespace {

struct far_side {
    testbed* bed;
    const traffic* frames;
    bool floor;
};

int run_far_side(void* argument) {
    const far_side& f = *static_cast<far_side*>(argument);
    player play(*f.bed, 0, *f.frames);
    if (!f.floor) {
        f.bed->worker_at(0).run();
        return 0;
    }
    while (!f.bed->state().stop.load(std::memory_order_relaxed))
        play.floor();
    return 0;
}

/// Keeps the other core working as long as this lives.
class at_work {
public:
    at_work(testbed& bed, const traffic& frames, bool floor, unsigned lcore)
        : side_{&bed, &frames, floor}, lcore_(lcore) {
        bed.state().stop = false;
        rte_eal_remote_launch(run_far_side, &side_, lcore);
    }
    ~at_work() {
        side_.bed->state().stop = true;
        rte_eal_wait_lcore(lcore_);
    }
    at_work(const at_work&) = delete;
    at_work& operator=(const at_work&) = delete;

private:
    far_side side_;
    unsigned lcore_;
};

json quantiles(const histogram& h) {
    const auto us = [&](double share) { return h.quantile_ns(share) / 1e3; };
    return {{"p50", us(0.5)},
            {"p90", us(0.9)},
            {"p99", us(0.99)},
            {"p999", us(0.999)},
            {"max", h.longest_ns() / 1e3}};
}

} // namespace

json latency(const std::string& mode, std::uint64_t flows, double seconds, output& out) {
    const unsigned other = rte_get_next_lcore(rte_lcore_id(), 1, 0);
    if (other >= RTE_MAX_LCORE)
        throw std::runtime_error("latency needs two CPUs: one for the generator, one for the "
                                 "worker");
    testbed bed({.flows = static_cast<std::uint32_t>(flows), .modes = {mode_named(mode)}});
    const traffic frames(bed, false, 1, 64);
    player(bed, 0, frames).open(0, flows);
    generator source(bed, frames, flows);

    generator::run flood;
    double busy = 0;
    {
        out.progress("capacity");
        const at_work worker(bed, frames, false, other);
        source.flood(seconds / 4); // warm up
        const worker_time& time = bed.state().times[0];
        const std::uint64_t cycles = time.cycles.get();
        const std::uint64_t busy_cycles = time.busy_cycles.get();
        flood = source.flood(seconds / 2);
        busy = static_cast<double>(time.busy_cycles.get() - busy_cycles)
               / static_cast<double>(time.cycles.get() - cycles);
    }
    json loads = json::array();
    for (const double share : {0.1, 0.5, 0.9}) {
        json load{{"load", share}, {"mpps", flood.per_second * share / 1e6}};
        for (const bool floor : {true, false}) {
            out.progress(fmt::format("{} at {:.0f} %", floor ? "floor" : "weir", share * 100),
                         share);
            const at_work side(bed, frames, floor, other);
            const generator::run r = source.pace(flood.per_second * share, seconds / 2);
            load[floor ? "floor_us" : "added_us"] = quantiles(r.times);
            if (!floor) load["lost"] = r.sent - r.back;
        }
        loads.push_back(load);
    }
    return {{"case", fmt::format("latency-{}-{}", mode, flows)},
            {"mode", mode},
            {"flows", flows},
            {"capacity_mpps", flood.per_second / 1e6},
            {"worker_busy_at_capacity", busy},
            {"loads", loads}};
}

command latency_command() {
    return {"latency",
            "time a worker adds to a packet at 10, 50 and 90 % of its capacity",
            {"weir-bench latency", "weir-bench latency --mode nat --flows 1000000 --json"},
            [](options::options_description& d) {
                d.add_options()("mode", options::value<std::string>()->default_value("dr"),
                                "dr, tun or nat")(
                    "flows", options::value<std::uint64_t>()->default_value(65536),
                    "established flows")("seconds", options::value<double>()->default_value(2),
                                         "measuring time for each load");
            },
            [](const options::variables_map& given, output& out) {
                const json j =
                    latency(given["mode"].as<std::string>(),
                            number_of(given, "flows", 1, most_flows), seconds_of(given), out);
                std::string text = fmt::format(
                    "capacity {:.2f} Mpps (generator and worker together; worker {:.0f} % busy)",
                    j["capacity_mpps"].get<double>(),
                    j["worker_busy_at_capacity"].get<double>() * 100);
                for (const json& load : j["loads"])
                    for (const char* what : {"added_us", "floor_us"}) {
                        const json& q = load[what];
                        text += fmt::format(
                            "\n{:>3.0f} % {:<6} p50 {:>7.2f}  p99 {:>7.2f}  p99.9 {:>8.2f}  max "
                            "{:>8.2f} us",
                            load["load"].get<double>() * 100, what[0] == 'a' ? "weir" : "floor",
                            q["p50"].get<double>(), q["p99"].get<double>(), q["p999"].get<double>(),
                            q["max"].get<double>());
                    }
                out.result(j, text);
                return 0;
            }};
}

} // namespace weir::bench
