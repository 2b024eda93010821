// `weir-bench table`: the connection table against DPDK's rte_hash, in turns, with the same keys,
// the same hash of them and the same kind of memory. rte_hash runs as a load balancer would use it:
// lock-free readers, several writers, a quarter more room than flows. Once with keys for both
// families (48 bytes, the next size it compares without a call), once with keys for IPv4 alone (16
// bytes, its best case).

#include <cstring>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "command.h"
#include "environment.h"
#include "flow/probe_distance.h"
#include "flow/table.h"
#include "measure.h"
#include "report.h"
#include "rte_hash_table.h"
#include "traffic.h"

namespace weir::bench {

namespace {

constexpr unsigned batches_ready = 256; ///< keys prepared before the clock starts

/// A key as in a packet; each flow has another one. `there` false: of a VIP that no flow uses.
flow_key key_of(std::uint64_t flow, bool there) {
    return {
        ip_address::v4(be32::from_host(0x0a000000 + static_cast<std::uint32_t>(flow & 0xffffff))),
        ip_address::v4(be32::from_host(there ? 0xc6120001 : 0xc6120002)),
        be16::from_host(static_cast<std::uint16_t>(1024 + (flow >> 24))), be16::from_host(80),
        static_cast<std::uint8_t>(protocol::tcp)};
}

struct figures {
    samples hit;
    samples miss;
    samples insert;
    samples remove;
    double bytes_per_flow = 0;
    std::string pages;
};

/// weir's table, used as a worker uses it.
class our_table {
public:
    explicit our_table(std::uint32_t flows) {
        grace_.go_online(0);
        table_.emplace(flow_table::settings{.capacity = flows,
                                            .workers = 1,
                                            .grace = &grace_,
                                            .targets = &target_,
                                            .hasher = {},
                                            .now = start});
    }

    unsigned look_up(const flow_key* keys) {
        for (unsigned i = 0; i < batch + probe_distance; ++i) {
            if (i < batch) {
                hashes_[i] = table_->hash(keys[i]);
                table_->prefetch(hashes_[i]);
            }
            if (i >= probe_distance)
                candidates_[i - probe_distance] = table_->probe(hashes_[i - probe_distance]);
        }
        unsigned found = 0;
        for (unsigned i = 0; i < batch; ++i)
            found += table_->confirm(candidates_[i], keys[i], start)
                     || (candidates_[i] && table_->find(keys[i], hashes_[i], start));
        return found;
    }
    void insert(const flow_key* keys) {
        look_up(keys);
        for (unsigned i = 0; i < batch; ++i)
            if (!table_
                     ->insert(0, {keys[i], 0, flow_state::established, timeout}, hashes_[i], start)
                     .ours)
                throw std::runtime_error("the connection table is full");
    }
    /// They expire, and the timer wheel removes them.
    void remove(const flow_key*) {
        table_->expire(0, start + timeout + 1, batch, [](flow_entry&, flow_state) {});
        table_->recycle(0);
        grace_.quiescent(0);
    }
    double bytes() const { return static_cast<double>(table_->bytes()); }
    std::string pages() const { return pages_of(&table_->entry(1)); }
    std::uint32_t left() const { return table_->size(); }

private:
    static constexpr std::uint32_t start = 1000;
    static constexpr std::uint16_t timeout = 10;

    grace_periods grace_{1};
    flow_target target_;
    std::optional<flow_table> table_;
    std::array<std::uint64_t, batch> hashes_;
    std::array<flow_ref, batch> candidates_;
};

template <typename Work>
void timed(samples& into, Work&& work) {
    const std::uint64_t began = rte_rdtsc_precise();
    work();
    into.add(rte_rdtsc_precise() - began, batch);
}

/// A table and its figures; runs all measurements.
template <typename Table>
class contestant {
public:
    explicit contestant(std::uint32_t flows) : table_(flows) {
        figures_.bytes_per_flow = table_.bytes() / flows;
    }
    void insert(const flow_key* keys) {
        timed(figures_.insert, [&] { table_.insert(keys); });
    }
    void remove(const flow_key* keys) {
        timed(figures_.remove, [&] { table_.remove(keys); });
    }
    void look_up(const std::vector<flow_key>& keys, bool there) {
        for (unsigned b = 0; b < batches_ready; ++b) {
            unsigned found = 0;
            timed(there ? figures_.hit : figures_.miss,
                  [&] { found = table_.look_up(&keys[b * batch]); });
            if (found != (there ? batch : 0))
                throw std::runtime_error("a table does not find what it holds");
        }
    }
    bool empty() const { return table_.left() == 0; }
    figures& result() {
        figures_.pages = table_.pages();
        return figures_;
    }

private:
    Table table_;
    figures figures_;
};

json to_json(figures& f) {
    const auto both = [](samples& s) {
        return json{{"min", s.min_ns()}, {"median", s.median_ns()}};
    };
    return {{"hit_ns", both(f.hit)},
            {"miss_ns", both(f.miss)},
            {"insert_ns", both(f.insert)},
            {"remove_ns", both(f.remove)},
            {"bytes_per_flow", f.bytes_per_flow},
            {"pages", f.pages}};
}

std::string line(const char* name, const json& j) {
    const auto median = [&](const char* what) { return j[what]["median"].get<double>(); };
    return fmt::format("  {:<16} {:>8.1f} {:>8.1f} {:>8.1f} {:>8.1f} {:>8.1f}   {}", name,
                       median("hit_ns"), median("miss_ns"), median("insert_ns"),
                       median("remove_ns"), j["bytes_per_flow"].get<double>(),
                       j["pages"].get<std::string>());
}

} // namespace

json compare_tables(std::uint64_t flow_count, double seconds, output& out) {
    const auto flows = static_cast<std::uint32_t>(flow_count / batch * batch);
    contestant<our_table> ours(flows);
    contestant<rte_hash_table<wide_key>> wide(flows);
    contestant<rte_hash_table<narrow_key>> narrow(flows);
    const auto all = [&](auto&& act) {
        act(ours);
        act(wide);
        act(narrow);
    };
    const auto sweep = [&](const char* what, auto&& act) {
        std::array<flow_key, batch> keys;
        for (std::uint32_t flow = 0; flow < flows; flow += batch) {
            if (flow % (1 << 18) == 0)
                out.progress(fmt::format("{} flows: {}", flows, what), double(flow) / flows);
            for (unsigned i = 0; i < batch; ++i)
                keys[i] = key_of(flow + i, true);
            act(keys.data());
        }
    };
    sweep("insert", [&](const flow_key* keys) { all([&](auto& t) { t.insert(keys); }); });

    flow_order order(flows, false, 1);
    std::vector<flow_key> keys(batches_ready * batch);
    const std::uint64_t began = rte_rdtsc();
    const double wanted = seconds * static_cast<double>(rte_get_tsc_hz());
    for (double spent = 0; spent < wanted; spent = static_cast<double>(rte_rdtsc() - began)) {
        out.progress(fmt::format("{} flows: look up", flows), spent / wanted);
        for (const bool there : {true, false}) {
            for (flow_key& key : keys)
                key = key_of(order.next(), there);
            all([&](auto& t) { t.look_up(keys, there); });
        }
    }
    sweep("remove", [&](const flow_key* k) { all([&](auto& t) { t.remove(k); }); });
    if (!ours.empty() || !wide.empty() || !narrow.empty())
        throw std::runtime_error("flows are left in a table after all were removed");

    const auto ratio = [&](samples figures::*what, auto& theirs) {
        return (theirs.result().*what).median_ns() / (ours.result().*what).median_ns();
    };
    return {{"case", fmt::format("table-{}", flows)},
            {"flows", flows},
            {"weir", to_json(ours.result())},
            {"rte_hash", to_json(wide.result())},
            {"rte_hash_ipv4", to_json(narrow.result())},
            {"hit_ratio", ratio(&figures::hit, wide)},
            {"miss_ratio", ratio(&figures::miss, wide)},
            {"hit_ratio_ipv4", ratio(&figures::hit, narrow)},
            {"miss_ratio_ipv4", ratio(&figures::miss, narrow)}};
}

command table_command() {
    return {"table",
            "the connection table beside DPDK's rte_hash",
            {"weir-bench table", "weir-bench table --flows 1048576 --json"},
            [](options::options_description& d) {
                d.add_options()("flows", options::value<std::vector<std::uint64_t>>()->multitoken(),
                                "flows in the table; default: 65536 1048576 4194304 16777216")(
                    "seconds", options::value<double>()->default_value(1),
                    "time for lookups, all tables together");
            },
            [](const options::variables_map& given, output& out) {
                std::vector<std::uint64_t> sizes{1 << 16, 1 << 20, 1 << 22, 1 << 24};
                if (given.contains("flows"))
                    sizes = given["flows"].as<std::vector<std::uint64_t>>();
                for (const std::uint64_t flows : sizes) {
                    if (flows < batch || flows > most_flows)
                        throw config::usage_error("--flows: 32 to 268435456");
                    const json j = compare_tables(flows, seconds_of(given), out);
                    out.result(j,
                               fmt::format("{} flows, ns each (median)\n  {:<16} {:>8} {:>8} {:>8} "
                                           "{:>8} {:>8}\n{}\n{}\n{}\n  hits {:.2f} x as fast as "
                                           "rte_hash ({:.2f} x with IPv4 keys)",
                                           j["flows"].get<std::uint64_t>(), "", "hit", "miss",
                                           "insert", "remove", "B/flow", line("weir", j["weir"]),
                                           line("rte_hash", j["rte_hash"]),
                                           line("rte_hash, IPv4", j["rte_hash_ipv4"]),
                                           j["hit_ratio"].get<double>(),
                                           j["hit_ratio_ipv4"].get<double>()));
                }
                return 0;
            }};
}

} // namespace weir::bench
