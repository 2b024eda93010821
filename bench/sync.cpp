// `weir-bench sync`: two directors' tables kept in step, over TLS on the loopback interface. First
// one has all its connections and the other none: how long the fill takes. Then connections are
// opened, established and ended at a rate: by how much the peer is behind (`behind by` in `weirctl
// status`). Both sync threads and the thread that opens connections share this machine's CPUs. The
// floor: a connection is opened in a table whose changes go to no peer.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sched.h>

#include "command.h"
#include "sync/engine.h"

namespace weir::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr std::uint32_t coarse_time = 1000;
constexpr std::uint16_t port = 17411;
constexpr std::uint32_t at_once = 256;    ///< connections between looks at the clock
constexpr std::uint32_t most_open = 1000; ///< so many after, one ends; times at_once

double ms_since(clock::time_point began) {
    return std::chrono::duration<double, std::milli>(clock::now() - began).count();
}

flow_key key_of(std::uint64_t n) {
    return {ip_address::v4(be32::from_host(0x0a000000 + static_cast<std::uint32_t>(n & 0xffffff))),
            ip_address::v4(192, 0, 2, 100),
            be16::from_host(static_cast<std::uint16_t>(1024 + (n >> 24))), be16::from_host(80),
            static_cast<std::uint8_t>(protocol::tcp)};
}

/// A director without packets: a table, a server, and its sync thread.
class side {
public:
    static constexpr unsigned worker = 0, adopter = 1, reader = 1;

    side(std::uint32_t flows, std::uint8_t number) : number_(number) {
        server_ = servers_.take();
        servers_.target(server_).address = ip_address::v4(198, 51, 100, 11);
        grace_.go_online(worker);
        table_ = std::make_unique<flow_table>(flow_table::settings{.capacity = flows,
                                                                   .workers = 2,
                                                                   .adopter = adopter,
                                                                   .grace = &grace_,
                                                                   .targets = servers_.targets(),
                                                                   .hasher = flow_hasher{{number}},
                                                                   .now = coarse_time});
    }
    void begin_sync() {
        engine_ = std::make_unique<sync::engine>(
            sync::engine::surroundings{.flows = *table_,
                                       .servers = servers_,
                                       .grace = grace_,
                                       .owner = adopter,
                                       .reader = reader,
                                       .name = number_ == 1 ? "a" : "b",
                                       .seconds = [](const void*) { return coarse_time; }});
        engine_->set_names(std::make_shared<const sync::name_map>(
            std::vector{sync::name_map::item{server_,
                                             {{ip_address::v4(192, 0, 2, 100), 80, protocol::tcp},
                                              ip_address::v4(198, 51, 100, 11),
                                              0,
                                              {}},
                                             1}}));
        const auto address = [](unsigned n) {
            return ip_address::v4(127, 0, 0, static_cast<std::uint8_t>(n));
        };
        engine_->set_peers({{.name = "other",
                             .address = address(3u - number_),
                             .port = port,
                             .source = address(number_),
                             .key = {1, 2, 3}}});
    }
    void end_sync() {
        grace_.go_offline(worker); // it waits for the workers
        engine_.reset();
        grace_.go_online(worker);
    }
    sync::peer_status peer() const {
        const auto all = engine_->status();
        return all.empty() ? sync::peer_status{} : all.front();
    }

    flow_index open(std::uint64_t n, flow_state state) {
        const flow_key key = key_of(n);
        const auto opened =
            table_->insert(worker, {key, server_, state, 900}, table_->hash(key), coarse_time);
        if (!opened.ours) return 0;
        servers_.opened(server_, true);
        return opened.flow.entry();
    }
    void move(flow_index index, flow_state before, flow_state after) {
        table_->change_state(table_->entry(index), before, after, 900);
    }
    void end(flow_index index) {
        if (table_->end(worker, table_->entry(index), flow_state::established))
            servers_.closed(server_, true);
    }
    /// What a worker does between bursts.
    void rest() {
        table_->expire(worker, coarse_time, 64, [](flow_entry&, flow_state) {});
        table_->recycle(worker);
        grace_.quiescent(worker);
    }

private:
    const unsigned number_;
    server_store servers_{8, 1};
    grace_periods grace_{2};
    std::unique_ptr<flow_table> table_;
    target_id server_ = 0;
    std::unique_ptr<sync::engine> engine_;
};

void use_all_cpus() {
    cpu_set_t all;
    CPU_ZERO(&all);
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        CPU_SET(cpu, &all);
    sched_setaffinity(0, sizeof all, &all);
}

} // namespace

json measure_sync(std::uint32_t flows, std::uint64_t rate, double seconds, output& out) {
    use_all_cpus(); // DPDK has bound this thread to one
    side a(2 * flows + 4 * at_once * most_open, 1);
    side b(2 * flows + 4 * at_once * most_open, 2);
    const auto opening = clock::now();
    for (std::uint32_t n = 0; n < flows; ++n)
        if (a.open(n, flow_state::established) == 0)
            throw std::runtime_error("the connection table is full");
    const double open_ns = ms_since(opening) * 1e6 / flows;
    out.progress("fill");
    a.begin_sync();
    b.begin_sync();
    const auto asked = clock::now();
    auto met = asked;
    while (!b.peer().gave_all) {
        a.rest();
        b.rest();
        if (b.peer().adopted == 0) met = clock::now();
        if (ms_since(asked) > 60'000) throw std::runtime_error("the fill does not end");
        std::this_thread::sleep_for(1ms);
    }
    const double fill_ms = ms_since(met);
    const std::uint64_t adopted = b.peer().adopted;

    // Connections at a rate. A worker's part is done by this thread, at a's table.
    std::vector<flow_index> open;
    std::vector<std::uint64_t> lags;
    std::uint64_t opened = 0, ended = 0, refused = 0;
    const auto began = clock::now();
    auto sampled = began;
    while (ms_since(began) < 1000 * seconds) {
        const double due = ms_since(began) / 1000 * static_cast<double>(rate);
        if (static_cast<double>(opened) >= due) {
            std::this_thread::sleep_for(100us);
        } else {
            for (unsigned i = 0; i < at_once; ++i) {
                const flow_index index = a.open(flows + opened++, flow_state::syn_recv);
                if (index == 0) {
                    ++refused;
                    continue;
                }
                a.move(index, flow_state::syn_recv, flow_state::synack);
                a.move(index, flow_state::synack, flow_state::established);
                open.push_back(index);
            }
            for (; ended + at_once * most_open < open.size(); ++ended)
                a.end(open[ended]);
        }
        a.rest();
        b.rest();
        if (clock::now() - sampled < 20ms) continue;
        sampled = clock::now();
        lags.push_back(a.peer().lag);
        out.progress(fmt::format("{} connections a second", rate),
                     ms_since(began) / 1000 / seconds);
    }
    const double took = ms_since(began) / 1000;
    std::ranges::sort(lags);
    const auto lag = [&](double share) {
        return lags.empty() ? 0 : lags[static_cast<std::size_t>(share * double(lags.size() - 1))];
    };
    const std::uint64_t told = a.peer().told;
    b.end_sync();
    a.end_sync();
    return {{"case", fmt::format("sync-{}-{}", flows, rate)},
            {"flows", flows},
            {"fill_ms", fill_ms},
            {"floor_ns_per_connection", open_ns},
            {"adopted_at_fill", adopted},
            {"wanted_per_second", rate},
            {"opened_per_second", static_cast<double>(opened - refused) / took},
            {"refused", refused},
            {"told", told},
            {"lag_ms", {{"median", lag(0.5)}, {"p99", lag(0.99)}, {"max", lag(1)}}}};
}

command sync_command() {
    return {"sync",
            "two directors' tables: how fast one fills the other, and how late changes are",
            {"weir-bench sync", "weir-bench sync --flows 1000000 --rate 500000 --json"},
            [](options::options_description& d) {
                d.add_options()("flows", options::value<std::uint64_t>()->default_value(1'000'000),
                                "connections to be filled")(
                    "rate", options::value<std::vector<std::uint64_t>>()->multitoken(),
                    "connections opened a second; default: 50000 200000 500000")(
                    "seconds", options::value<double>()->default_value(5),
                    "measuring time for each rate");
            },
            [](const options::variables_map& given, output& out) {
                std::vector<std::uint64_t> rates{50'000, 200'000, 500'000};
                if (given.contains("rate")) rates = given["rate"].as<std::vector<std::uint64_t>>();
                const auto flows =
                    static_cast<std::uint32_t>(number_of(given, "flows", 1, 1 << 24));
                for (const std::uint64_t rate : rates) {
                    const json j = measure_sync(flows, rate, seconds_of(given), out);
                    out.result(j, fmt::format("{} connections filled in {:.0f} ms (opening each "
                                              "took {:.0f} ns); {:.0f} new ones "
                                              "a second ({} wanted): behind by {} ms (median), {} "
                                              "(p99), {} (most)",
                                              flows, j["fill_ms"].get<double>(),
                                              j["floor_ns_per_connection"].get<double>(),
                                              j["opened_per_second"].get<double>(), rate,
                                              j["lag_ms"]["median"].get<std::uint64_t>(),
                                              j["lag_ms"]["p99"].get<std::uint64_t>(),
                                              j["lag_ms"]["max"].get<std::uint64_t>()));
                }
                return 0;
            }};
}

} // namespace weir::bench
