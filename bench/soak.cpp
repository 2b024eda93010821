// `weir-bench soak`: everything at once, for as long as you like, and no promise may break. Clients
// open, use and close connections as fast as the workers take them and let some fall silent until
// they expire (soak_client.h). Meanwhile an operator reloads, drains, removes and replaces servers
// (soak_operator.h). While it runs, the soak checks what a client would notice; at the end, it
// checks that everything is as before the first connection: books, counts, entries, buffers.

#include <array>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <pthread.h>
#include <unistd.h>

#include <rte_lcore.h>

#include "command.h"
#include "replay.h"
#include "soak_client.h"
#include "soak_operator.h"

namespace weir::bench {

namespace {

constexpr unsigned services = 12;
constexpr unsigned soak_servers = 60;
constexpr unsigned spare_servers = 600;
constexpr std::uint32_t soak_flows = 96'000;
constexpr std::uint64_t most_growth = 8 << 20; ///< bytes of memory, after the first fifth

/// Runs the workers, each on its own thread, until stop(). With fewer CPUs than threads they take
/// turns: that is slow, and a good test, because a worker may stop anywhere.
class workers_at_work {
public:
    workers_at_work(testbed& bed, unsigned count) : bed_(bed) {
        for (unsigned w = 0; w < count; ++w)
            threads_.emplace_back([this, w] { run(w); });
    }
    ~workers_at_work() { stop(); }
    workers_at_work(const workers_at_work&) = delete;
    workers_at_work& operator=(const workers_at_work&) = delete;

    void stop() {
        bed_.state().stop = true;
        for (std::thread& thread : threads_)
            if (thread.joinable()) thread.join();
    }

private:
    void run(unsigned number) {
        rte_thread_register(); // for a cache of packet buffers
        unsigned lcore = rte_get_main_lcore();
        for (unsigned i = 0; i <= number; ++i)
            lcore = rte_get_next_lcore(lcore, 0, 1);
        const rte_cpuset_t cpu = rte_lcore_cpuset(lcore);
        pthread_setaffinity_np(pthread_self(), sizeof cpu, &cpu);
        bed_.worker_at(number).run();
        rte_thread_unregister();
    }

    testbed& bed_;
    std::vector<std::thread> threads_;
};

std::uint64_t resident_bytes() {
    std::ifstream in("/proc/self/statm");
    std::uint64_t all = 0;
    std::uint64_t resident = 0;
    in >> all >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// The books of all cores together.
struct book_sums {
    std::uint64_t received = 0, transmitted = 0, to_twin = 0, dropped = 0, without_state = 0;
    json by_reason = json::object();

    explicit book_sums(const director_state& state) {
        std::array<std::uint64_t, drop_reasons> reasons{};
        for (const packet_books& b : state.books) {
            received += b.received.get();
            transmitted += b.transmitted.get();
            to_twin += b.to_twin.get();
            without_state += b.table_full.get();
            for (std::size_t i = 0; i < drop_reasons; ++i)
                reasons[i] += b.dropped[i].get();
        }
        for (std::size_t i = 0; i < drop_reasons; ++i) {
            dropped += reasons[i];
            if (reasons[i] != 0)
                by_reason[std::string(name_of(static_cast<drop_reason>(i)))] = reasons[i];
        }
    }
};

/// Lets all flows expire. The workers have stopped.
void let_all_expire(testbed& bed, unsigned workers, soak_client& client) {
    director_state& state = bed.state();
    for (unsigned step = 0; state.flows->size() > 0 && step < 1u << 22; ++step) {
        if (step % 65536 == 0) state.clock.advance(timer_wheel::furthest + 1);
        for (unsigned w = 0; w < workers; ++w)
            bed.worker_at(w).poll();
    }
    client.take_back();
}

/// Checks that everything is as before the first connection.
void check_the_end(testbed& bed, soak_client& client, soak_rules& rules) {
    director_state& state = bed.state();
    const book_sums sums(state);
    if (sums.received != sums.transmitted + sums.to_twin + sums.dropped)
        rules.violation("books",
                        fmt::format("{} received, {} sent, {} to Linux, {} dropped", sums.received,
                                    sums.transmitted, sums.to_twin, sums.dropped));
    if (sums.received != client.sent())
        rules.violation("books", fmt::format("{} were sent to the workers, {} received",
                                             client.sent(), sums.received));
    if (sums.transmitted != client.back())
        rules.violation("books", fmt::format("{} came back, {} booked as sent", client.back(),
                                             sums.transmitted));
    if (const std::uint32_t left = state.flows->size(); left != 0)
        rules.violation("table", fmt::format("{} entries never end", left));
    bed.services().for_each_server([&](const plane::known_server& server) {
        const server_load& load = state.servers->load(server.id);
        if (load.active != 0 || load.inactive != 0)
            rules.violation("counts", fmt::format("server {} keeps {} + {} connections",
                                                  to_string(server.address), load.active.load(),
                                                  load.inactive.load()));
    });
    if (const unsigned lost = client.buffers_out() + rte_mempool_in_use_count(state.packets);
        lost != 0)
        rules.violation("buffers", fmt::format("{} are missing", lost));
}

struct soak_settings {
    double seconds = 10;
    std::string mode = "all";
    bool v6 = false;
    unsigned workers = 1;
    std::uint32_t connections = 0; ///< room in the table; 0 = enough
};

testbed_settings bed_for(const soak_settings& s) {
    flow_timeouts quick;
    quick[flow_state::established] = static_cast<std::uint16_t>(soak_client::idle_time.count());
    quick[flow_state::syn_recv] = quick[flow_state::synack] = 3;
    for (const auto state : {flow_state::syn_sent, flow_state::fin_wait, flow_state::time_wait,
                             flow_state::close, flow_state::close_wait, flow_state::last_ack})
        quick[state] = 2;
    std::vector<forwarding> modes;
    for (const mode_facts& mode : all_modes)
        if (is_for_services(mode)) modes.push_back({.mode = mode.mode});
    if (s.mode != "all") modes = {mode_named(s.mode)};
    return {// Connections stay in the table some seconds after they are over.
            .flows = s.connections != 0 ? s.connections : (1u << 20) * s.workers,
            .services = services,
            .servers = soak_servers,
            .workers = s.workers,
            .v6 = s.v6,
            .modes = modes,
            .scheduler = "wlc",
            .own_macs = true,
            .timeout = quick,
            .spare_servers = spare_servers,
            .adaptive = s.workers + 1 > rte_lcore_count(),
            .twin = true};
}

json soak(const soak_settings& s, output& out) {
    testbed bed(bed_for(s));
    soak_rules rules;
    soak_client client(bed, rules, s.workers, s.v6, soak_flows);
    workers_at_work running(bed, s.workers);
    soak_operator op(bed, rules, soak_servers, spare_servers);

    const std::uint64_t began = rte_rdtsc();
    const auto elapsed = [&] {
        return static_cast<double>(rte_rdtsc() - began) / static_cast<double>(rte_get_tsc_hz());
    };
    std::uint64_t warm = 0;
    std::uint32_t most_entries = 0;
    double next_look = 0;
    for (double now = 0; now < s.seconds; now = elapsed()) {
        for (unsigned i = 0; i < 64; ++i) {
            const bool sent = client.send();
            if (!client.take_back() && !sent) std::this_thread::yield();
        }
        if (warm == 0 && now > s.seconds / 5) warm = resident_bytes();
        if (now < next_look) continue;
        next_look = now + 0.1;
        most_entries = std::max(most_entries, bed.state().flows->size());
        out.progress(fmt::format("{:.0f} of {:.0f} s: {} M packets, {} k connections, {} "
                                 "violations",
                                 now, s.seconds, client.sent() / 1'000'000, client.opened() / 1000,
                                 rules.count()),
                     now / s.seconds);
    }
    const double took = elapsed();
    const std::uint64_t end = resident_bytes();
    op.stop();
    client.wait_for_the_rest();
    running.stop();
    if (warm != 0 && end > warm + most_growth)
        rules.violation("memory", fmt::format("it grew by {} KiB", (end - warm) / 1024));
    for (unsigned w = 0; w < s.workers; ++w)
        bed.worker_at(w).go_online();
    let_all_expire(bed, s.workers, client);
    check_the_end(bed, client, rules);

    const book_sums sums(bed.state());
    json violations = json::object();
    for (const auto& [kind, times] : rules.violations())
        violations[kind] = times;
    return {{"case", fmt::format("soak-{}-v{}-{}", s.mode, s.v6 ? 6 : 4, s.workers)},
            {"seconds", took},
            {"packets", client.sent()},
            {"mpps", static_cast<double>(client.sent()) / took / 1e6},
            {"opened", client.opened()},
            {"fell_silent", client.fell_silent()},
            {"reloads", op.reloads()},
            {"drains", op.drains()},
            {"servers_removed", op.removed()},
            {"to_linux", sums.to_twin},
            {"drops", sums.by_reason},
            {"table_room", bed.state().flows->capacity()},
            {"table_most", most_entries},
            {"without_state", sums.without_state},
            {"moved_without_state", client.moved_without_state()},
            {"resident_kib", {{"warm", warm / 1024}, {"end", end / 1024}}},
            {"violations", violations},
            {"examples", rules.examples()}};
}

std::string soak_text(const json& j) {
    const auto number = [&](const char* name) { return j[name].get<std::uint64_t>(); };
    std::string text = fmt::format(
        "{:.0f} s: {} packets ({:.2f} Mpps), {} connections, {} fell silent\n"
        "{} reloads, {} drains, {} servers removed\n"
        "table: at most {} of {} entries; memory {} KiB when warm, {} at the end\n"
        "drops {}; {} late answers to Linux\n",
        j["seconds"].get<double>(), number("packets"), j["mpps"].get<double>(), number("opened"),
        number("fell_silent"), number("reloads"), number("drains"), number("servers_removed"),
        number("table_most"), number("table_room"), j["resident_kib"]["warm"].get<std::uint64_t>(),
        j["resident_kib"]["end"].get<std::uint64_t>(), j["drops"].dump(), number("to_linux"));
    if (number("without_state") != 0)
        text += fmt::format("the table was full: {} connections placed without state, {} packets "
                            "went elsewhere than their SYN; give it more --connections\n",
                            number("without_state"), number("moved_without_state"));
    text += j["violations"].empty() ? "no violation" : "violations: " + j["violations"].dump();
    for (const json& example : j["examples"])
        text += "\n  " + example.get<std::string>();
    return text;
}

} // namespace

command soak_command() {
    return {"soak",
            "churn at full speed while every promise is checked; exit status 1 if one is broken",
            {"weir-bench soak --seconds 60", "weir-bench soak --mode nat --family 6 --workers 2"},
            [](options::options_description& d) {
                d.add_options()("seconds", options::value<double>()->default_value(10), "how long")(
                    "mode", options::value<std::string>()->default_value("all"),
                    "dr, tun, nat, or all: services of each")(
                    "family", options::value<unsigned>()->default_value(4),
                    "4 or 6")("workers", options::value<std::uint64_t>()->default_value(1),
                              "workers, 1 to 8")("connections",
                                                 options::value<std::uint32_t>()->default_value(0),
                                                 "room in the table; 0: enough for all");
            },
            [](const options::variables_map& given, output& out) {
                const soak_settings s{.seconds = seconds_of(given),
                                      .mode = given["mode"].as<std::string>(),
                                      .v6 = is_v6(given),
                                      .workers =
                                          static_cast<unsigned>(number_of(given, "workers", 1, 8)),
                                      .connections = given["connections"].as<std::uint32_t>()};
                const json j = soak(s, out);
                out.result(j, soak_text(j));
                // A run with a full table proves nothing about established connections.
                return j["violations"].empty() && j["without_state"] == 0 ? 0 : 1;
            }};
}

} // namespace weir::bench
