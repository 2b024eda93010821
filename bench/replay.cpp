#include "replay.h"

#include <atomic>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <rte_launch.h>
#include <rte_lcore.h>

#include "command.h"
#include "environment.h"
#include "player.h"
#include "service/scheduler_registry.h"

namespace weir::bench {

namespace {

constexpr unsigned rounds_per_turn = 2; ///< then the floor has its turn, and the reverse

struct result {
    samples worker;
    samples floor;
};

/// Workers start every timed round together, so that the figures include what they cost each other.
class meeting {
public:
    explicit meeting(unsigned parties) : parties_(parties) {}
    void wait() {
        const unsigned turn = turn_.load();
        if (arrived_.fetch_add(1) + 1 == parties_) {
            arrived_ = 0;
            turn_.fetch_add(1);
        }
        while (turn_.load() == turn)
            rte_pause();
    }

private:
    unsigned parties_;
    std::atomic<unsigned> arrived_{0};
    std::atomic<unsigned> turn_{0};
};

/// Shared by the workers of one case.
struct stage {
    testbed& bed;
    const replay_case& c;
    meeting& together;
    std::atomic<bool>& over;
};

/// One worker's part.
class replayer {
public:
    replayer(const stage& s, unsigned number)
        : stage_(s), number_(number), frames_(s.bed, s.c.v6, s.c.services, s.c.packet_size),
          play_(s.bed, number, frames_), order_(s.c.flows, s.c.zipf, number + 1) {}

    /// Opens this worker's share of the flows; or opens others until the table is full.
    void open_flows() {
        if (stage_.c.full) return fill_table();
        const std::uint64_t share = (stage_.c.flows + stage_.c.workers - 1) / stage_.c.workers;
        play_.open(number_ * share, std::min(stage_.c.flows, (number_ + 1) * share));
    }

    void fill_table() {
        const counter& full = stage_.bed.state().books[number_].table_full;
        std::uint64_t next = stage_.c.flows * (number_ + 1);
        while (full.get() == 0) {
            play_.open(next, next + burst_size);
            next += burst_size;
        }
    }

    void measure(result& r) {
        const std::uint64_t end =
            rte_rdtsc()
            + static_cast<std::uint64_t>(stage_.c.seconds * static_cast<double>(rte_get_tsc_hz()));
        const bool only_floor = stage_.c.mode == "floor";
        for (;;) {
            if (number_ == 0 && rte_rdtsc() >= end) stage_.over = true;
            stage_.together.wait();
            if (stage_.over) return;
            for (unsigned i = 0; i < rounds_per_turn && !only_floor; ++i)
                round(r.worker, [this] { play_.worker(); });
            for (unsigned i = 0; i < rounds_per_turn; ++i)
                round(r.floor, [this] { play_.floor(); });
        }
    }

private:
    template <typename Work>
    void round(samples& into, Work&& work) {
        play_.round(
            into, tcp_header::ack, [this] { return order_.next(); }, work,
            [this] { stage_.together.wait(); });
    }

    const stage& stage_;
    unsigned number_;
    traffic frames_;
    player play_;
    flow_order order_;
};

struct job {
    const stage* s;
    unsigned number;
    result* r;
};

int run_job(void* argument) {
    const job& j = *static_cast<job*>(argument);
    replayer mine(*j.s, j.number);
    if (j.s->c.mode != "floor") mine.open_flows();
    mine.measure(*j.r);
    return 0;
}

} // namespace

forwarding mode_named(const std::string& mode) {
    if (mode == "floor") return {};
    if (const auto encap = find_encapsulation(mode))
        return {.mode = forward_mode::tun, .encap = *encap};
    const mode_facts* const known = find_mode(&mode_facts::word, mode);
    if (known == nullptr || !is_for_services(*known))
        throw config::usage_error("no mode '" + mode + "': dr, tun, gre, nat or floor");
    return {.mode = known->mode};
}

json replay(const replay_case& c) {
    if (c.workers == 0 || c.workers > rte_lcore_count())
        throw std::runtime_error(fmt::format("{} workers need as many CPUs, and there are {}",
                                             c.workers, rte_lcore_count()));
    testbed bed({.flows = static_cast<std::uint32_t>(c.flows),
                 .services = c.services,
                 .servers = c.servers,
                 .workers = c.workers,
                 .v6 = c.v6,
                 .modes = {mode_named(c.mode)},
                 .scheduler = c.scheduler});
    std::vector<result> results(c.workers);
    meeting together(c.workers);
    std::atomic<bool> over{false};
    const stage shared{bed, c, together, over};
    std::vector<job> jobs;
    for (unsigned w = 0; w < c.workers; ++w)
        jobs.push_back({&shared, w, &results[w]});
    unsigned started = 1;
    unsigned lcore = 0;
    RTE_LCORE_FOREACH_WORKER(lcore) {
        if (started < c.workers) rte_eal_remote_launch(run_job, &jobs[started++], lcore);
    }
    run_job(jobs.data());
    rte_eal_mp_wait_lcore();

    samples worker;
    samples floor;
    double mpps = 0;
    for (result& r : results) {
        samples& of = c.mode == "floor" ? r.floor : r.worker;
        mpps += 1e3 / of.median_ns();
        worker.add(of);
        floor.add(r.floor);
    }
    std::uint64_t dropped = 0;
    for (const packet_books& books : bed.state().books)
        for (const counter& reason : books.dropped)
            dropped += reason.get();
    const double ns = worker.median_ns();
    if (dropped != 0)
        throw std::runtime_error(
            fmt::format("{} packets were dropped: the figures mean nothing", dropped));
    return {
        {"case", fmt::format("{}-v{}-{}{}", c.mode, c.v6 ? 6 : 4, c.flows, c.full ? "-full" : "")},
        {"mode", c.mode},
        {"family", c.v6 ? 6 : 4},
        {"flows", c.flows},
        {"servers", c.servers},
        {"services", c.services},
        {"workers", c.workers},
        {"packet_size", c.packet_size},
        {"pattern", c.zipf ? "zipf" : "uniform"},
        {"table", c.full ? "full" : "known"},
        {"mpps", mpps},
        {"ns_per_packet",
         {{"min", worker.min_ns()}, {"median", ns}, {"p99", worker.quantile_ns(0.99)}}},
        {"cycles_per_packet", ns_to_cycles(ns)},
        {"floor_ns_per_packet", {{"min", floor.min_ns()}, {"median", floor.median_ns()}}},
        {"ratio", ns / floor.median_ns()},
        {"bytes_per_flow",
         static_cast<double>(bed.state().flows->bytes()) / static_cast<double>(c.flows)},
        {"pages", pages_of(&bed.state().flows->entry(1))}};
}

std::string replay_text(const json& j) {
    return fmt::format(
        "{:<16} {:>8.2f} Mpps  {:>7.1f} ns/packet (min {:.1f}, p99 {:.1f})  floor {:.1f} ns  ratio "
        "{:.2f}  {:.0f} B/flow, {}",
        j["case"].get<std::string>(), j["mpps"].get<double>(),
        j["ns_per_packet"]["median"].get<double>(), j["ns_per_packet"]["min"].get<double>(),
        j["ns_per_packet"]["p99"].get<double>(), j["floor_ns_per_packet"]["median"].get<double>(),
        j["ratio"].get<double>(), j["bytes_per_flow"].get<double>(), j["pages"].get<std::string>());
}

command replay_command() {
    return {"replay",
            "established traffic: ns per packet beside the floor",
            {"weir-bench replay --mode all --flows 65536",
             "weir-bench replay --mode nat --flows 1000000 --seconds 2 --json",
             "weir-bench replay --mode dr --workers 2",
             "weir-bench replay --services 10000 --servers 1000",
             "weir-bench replay --table full --servers 1000"},
            [](options::options_description& d) {
                d.add_options()("mode", options::value<std::string>()->default_value("dr"),
                                "dr, tun, gre, nat, floor (or all: dr, tun, nat)")(
                    "family", options::value<unsigned>()->default_value(4),
                    "4 or 6")("flows", options::value<std::uint64_t>()->default_value(1000),
                              "established flows")(
                    "servers", options::value<std::uint64_t>()->default_value(10), "real servers")(
                    "services", options::value<std::uint64_t>()->default_value(1),
                    "services")("workers", options::value<std::uint64_t>()->default_value(1),
                                "workers, each on a CPU of its own")(
                    "packet-size", options::value<std::uint64_t>()->default_value(64),
                    "bytes on the wire")("pattern",
                                         options::value<std::string>()->default_value("uniform"),
                                         "uniform or zipf")(
                    "scheduler", options::value<std::string>()->default_value("rr"),
                    "scheduler")("table", options::value<std::string>()->default_value("known"),
                                 "known, or full: packets of flows for which there was no room")(
                    "seconds", options::value<double>()->default_value(1), "measuring time");
            },
            [](const options::variables_map& given, output& out) {
                replay_case c;
                c.v6 = is_v6(given);
                c.flows = number_of(given, "flows", 1, most_flows);
                c.servers = static_cast<unsigned>(number_of(given, "servers", 1, most_servers));
                c.services = static_cast<unsigned>(number_of(given, "services", 1, most_services));
                c.workers = static_cast<unsigned>(number_of(given, "workers", 1, most_workers));
                c.packet_size = number_of(given, "packet-size", 64, 1518);
                c.scheduler = given["scheduler"].as<std::string>();
                if (find_scheduler(c.scheduler) == nullptr)
                    throw config::usage_error("no scheduler '" + c.scheduler + "'");
                c.seconds = seconds_of(given);
                const auto pattern = given["pattern"].as<std::string>();
                c.zipf = pattern == "zipf";
                if (!c.zipf && pattern != "uniform")
                    throw config::usage_error("no pattern '" + pattern + "': uniform or zipf");
                const auto table = given["table"].as<std::string>();
                c.full = table == "full";
                if (!c.full && table != "known")
                    throw config::usage_error("no table '" + table + "': known or full");
                std::vector<std::string> modes{given["mode"].as<std::string>()};
                if (modes.front() == "all") modes = {"dr", "tun", "nat"};
                for (const std::string& mode : modes) {
                    c.mode = mode;
                    out.progress(fmt::format("{}, {} flows", mode, c.flows));
                    const json result = replay(c);
                    out.result(result, replay_text(result));
                }
                return 0;
            }};
}

} // namespace weir::bench
