// `weir-bench report`: runs every kind of case and writes DIR/weir-bench.json and
// DIR/weir-bench.html.

#include "report.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <rte_lcore.h>

#include "command.h"
#include "environment.h"
#include "replay.h"
#include "service/scheduler_registry.h"

namespace weir::bench {

namespace {

/// One case: where its result goes, its approximate duration, its function.
struct step {
    const char* group;
    std::string name;
    double seconds; ///< an estimate, for the time left
    std::function<json()> run;
};

/// Opening a flow takes a fraction of a microsecond, and 16 million of them seconds.
double replay_time(const replay_case& c) {
    return c.seconds + 0.3 + static_cast<double>(c.flows) * 5e-7;
}

class plan {
public:
    plan(bool quick, output& out) : quick_(quick), out_(out) {
        replays();
        new_connections();
        tables();
        if (rte_lcore_count() > 1) two_cores();
    }
    std::vector<step>& steps() { return steps_; }

private:
    void replay_of(const char* group, replay_case c) {
        c.seconds = quick_ ? 0.1 : 1;
        steps_.push_back({group,
                          fmt::format("{} IPv{}, {} flows, {} B, {} worker{}", c.mode, c.v6 ? 6 : 4,
                                      c.flows, c.packet_size, c.workers, c.workers == 1 ? "" : "s"),
                          replay_time(c), [c] { return replay(c); }});
    }
    void replays() {
        std::vector<std::uint64_t> flows{1000, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24};
        if (quick_) flows = {1000, 1 << 14, 1 << 16};
        for (const std::uint64_t n : flows)
            for (const char* mode : {"dr", "tun", "nat"})
                for (const bool v6 : {false, true})
                    replay_of("replay", {.mode = mode, .v6 = v6, .flows = n});
        const std::uint64_t usual = quick_ ? 1 << 14 : 1 << 20;
        for (const std::size_t size : {64u, 256u, 512u, 1024u, 1518u})
            replay_of("packet_sizes", {.mode = "nat", .flows = usual, .packet_size = size});
        replay_of("services", {.flows = 1 << 16});
        replay_of("services", {.flows = 1 << 16, .servers = 1000, .services = 10000});
        replay_of("patterns", {.flows = usual});
        replay_of("patterns", {.flows = usual, .zipf = true});
        if (rte_lcore_count() > 1)
            for (const std::uint64_t n : {std::uint64_t{1000}, usual})
                for (const unsigned workers : {1u, 2u})
                    replay_of("workers", {.flows = n, .workers = workers});
    }
    void new_connections() {
        const double seconds = quick_ ? 0.1 : 1;
        for (const scheduler_type* type : all_schedulers()) {
            const std::string name = type->name;
            if (quick_ && name != "wlc" && name != "rr" && name != "mh") continue;
            steps_.push_back({"connect", name + ", 100 servers", seconds + 0.6, [name, seconds] {
                                  return connect(name, 100, "dr", false, seconds);
                              }});
        }
    }
    void tables() {
        std::vector<std::uint64_t> flows{1 << 16, 1 << 20, 1 << 22, 1 << 24};
        if (quick_) flows = {1 << 14, 1 << 16};
        for (const std::uint64_t n : flows)
            steps_.push_back({"table", fmt::format("{} flows", n),
                              0.5 + static_cast<double>(n) * 1.6e-6,
                              [this, n] { return compare_tables(n, quick_ ? 0.1 : 2, out_); }});
    }
    void two_cores() {
        for (const char* mode : {"dr", "nat"})
            steps_.push_back({"latency", mode, quick_ ? 1.5 : 5, [this, mode] {
                                  return latency(mode, 1 << 16, quick_ ? 0.2 : 1.5, out_);
                              }});
        const unsigned services = quick_ ? 500 : 10000;
        steps_.push_back(
            {"reload", fmt::format("{} services", services), quick_ ? 1.0 : 5.0,
             [this, services] { return reload(services, 1000, quick_ ? 0.3 : 4, out_); }});
    }

    bool quick_;
    output& out_;
    std::vector<step> steps_;
};

std::string minutes(double seconds) {
    const auto whole = static_cast<unsigned>(seconds + 0.5);
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

void write_file(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file(path);
    file << text;
    if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

int run_report(const options::variables_map& given, output& out) {
    const std::filesystem::path folder = given["out"].as<std::string>();
    std::filesystem::create_directories(folder);
    json report{{"machine", machine_facts()}};
    plan laid_out(given.contains("quick"), out); // its steps refer to it
    const std::vector<step>& steps = laid_out.steps();
    double all = 0;
    for (const step& s : steps)
        all += s.seconds;
    using clock = std::chrono::steady_clock;
    const auto began = clock::now();
    double done = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const double spent = std::chrono::duration<double>(clock::now() - began).count();
        // Correct the estimates by the actual times so far.
        const double left = (all - done) * (done > 10 ? spent / done : 1);
        out.progress(fmt::format("{} of {}, {} left: {} {}", i + 1, steps.size(), minutes(left),
                                 steps[i].group, steps[i].name),
                     done / all);
        report[steps[i].group].push_back(steps[i].run());
        done += steps[i].seconds;
    }
    report["machine"]["took_seconds"] = std::chrono::duration<double>(clock::now() - began).count();
    write_file(folder / "weir-bench.json", report.dump(1) + "\n");
    write_file(folder / "weir-bench.html", page_of(report));
    out.result(report, fmt::format("{} cases in {}: {} and .json", steps.size(),
                                   minutes(report["machine"]["took_seconds"].get<double>()),
                                   (folder / "weir-bench.html").string()));
    return 0;
}

} // namespace

command report_command() {
    return {"report",
            "everything, as one page to look at",
            {"weir-bench report --out /tmp/report", "weir-bench report --quick --out /tmp/report"},
            [](options::options_description& d) {
                d.add_options()("out", options::value<std::string>()->default_value("."),
                                "folder for weir-bench.html and weir-bench.json")(
                    "quick", "small tables and short times: seconds, to see that it works");
            },
            run_report};
}

} // namespace weir::bench
