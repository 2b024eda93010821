// Sections of a report's page, except established traffic, and the helpers of all sections.

#include "page_parts.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace weir::bench::page {

double number(const json& j, const char* key, const char* inner) {
    return j[key][inner].get<double>();
}

std::string flows_label(double flows) {
    if (flows >= 1 << 20) return fmt::format("{:.0f} M", flows / (1 << 20));
    return fmt::format("{:.0f} k", flows / (flows >= 1024 ? 1024 : 1000));
}

std::string si(double value) {
    return value >= 1e6 ? fmt::format("{:.2f} M", value / 1e6)
                        : fmt::format("{:.0f} k", value / 1e3);
}

json group(const json& report, const char* name) {
    return report.contains(name) ? report[name] : json::array();
}

axis flows_axis(const json& cases) {
    axis x{.label = "established flows", .low = 1e18, .high = 0, .logarithmic = true};
    for (const json& c : cases) {
        const double flows = c["flows"].get<double>();
        x.low = std::min(x.low, flows);
        x.high = std::max(x.high, flows);
        if (std::find(x.ticks.begin(), x.ticks.end(), flows) != x.ticks.end()) continue;
        x.ticks.push_back(flows);
        x.tick_labels.push_back(flows_label(flows));
    }
    return x;
}

axis linear_axis(const std::string& label, double high) {
    axis y{.label = label, .low = 0, .high = high * 1.08, .ticks = round_ticks(high * 1.08, 7)};
    for (const double tick : y.ticks)
        y.tick_labels.push_back(fmt::format("{:g}", tick));
    return y;
}

std::string section(const std::string& title, const std::string& about, const std::string& what,
                    bool wide) {
    return fmt::format("<section{}><h2>{}</h2><p>{}</p>{}</section>\n", wide ? " class='wide'" : "",
                       escaped(title), escaped(about), what);
}

std::string connect_section(const json& report) {
    std::vector<plot_bar> bars;
    double high = 3e6;
    for (const json& c : group(report, "connect")) {
        const double rate = c["connections_per_second"].get<double>();
        high = std::max(high, rate);
        bars.push_back({c["scheduler"].get<std::string>(), rate,
                        fmt::format("{}/s  {:.0f} ns", si(rate), number(c, "ns_per_connection")),
                        rate >= 2e6 ? 0u : 1u});
    }
    std::sort(bars.begin(), bars.end(),
              [](const plot_bar& a, const plot_bar& b) { return a.value > b.value; });
    return section("New connections",
                   "A second on one worker, every packet a SYN, 100 servers: service, scheduler, "
                   "entry, timer, and the packet sent on.",
                   bar_plot(bars, high * 1.02, {"2 M/s", 2e6}));
}

std::string latency_section(const json& report) {
    std::string out;
    for (const json& c : group(report, "latency")) {
        static constexpr std::pair<const char*, double> quantiles[] = {
            {"p50", 1}, {"p90", 2}, {"p99", 3}, {"p999", 4}, {"max", 5}};
        std::vector<plot_line> lines;
        double high = 10;
        unsigned colour = 0;
        for (const json& load : c["loads"])
            for (const char* what : {"added_us", "floor_us"}) {
                const bool ours = what[0] == 'a';
                plot_line line{.name = fmt::format("{} {:.0f} %", ours ? "weir" : "floor",
                                                   load["load"].get<double>() * 100),
                               .points = {},
                               .colour = colour,
                               .dashed = !ours};
                for (const auto& [key, at] : quantiles) {
                    line.points.emplace_back(at, std::max(0.1, load[what][key].get<double>()));
                    high = std::max(high, line.points.back().second);
                }
                lines.push_back(line);
                if (!ours) ++colour;
            }
        const axis x{.label = "share of packets",
                     .low = 0.8,
                     .high = 5.2,
                     .ticks = {1, 2, 3, 4, 5},
                     .tick_labels = {"half", "90 %", "99 %", "99.9 %", "slowest"}};
        axis y{.label = "microseconds, at most",
               .low = 0.1,
               .high = std::pow(10, std::ceil(std::log10(high))),
               .logarithmic = true};
        for (double tick = y.low; tick <= y.high * 1.01; tick *= 10) {
            y.ticks.push_back(tick);
            y.tick_labels.push_back(fmt::format("{:g}", tick));
        }
        out +=
            section(fmt::format("Added latency, {}", c["mode"] == "dr" ? "DR" : "NAT"),
                    fmt::format("From the moment a packet was due until it was back, at three "
                                "loads; capacity {:.1f} Mpps. Dashed: a core that only swaps MAC "
                                "addresses, at the same pace.",
                                c["capacity_mpps"].get<double>()),
                    line_plot(x, y, lines, {}));
    }
    return out;
}

std::string table_section(const json& report) {
    std::string out;
    const json cases = group(report, "table");
    for (const auto& [key, title] :
         {std::pair{"hit_ns", "Lookups that hit"}, std::pair{"insert_ns", "Inserts"}}) {
        std::vector<plot_line> lines;
        double high = 10;
        unsigned colour = 0;
        for (const auto& [table, name] :
             {std::pair{"weir", "weir"}, std::pair{"rte_hash", "rte_hash"},
              std::pair{"rte_hash_ipv4", "rte_hash, IPv4"}}) {
            plot_line line{.name = name, .points = {}, .colour = colour};
            colour = colour == 0 ? 4 : 5;
            for (const json& c : cases) {
                line.points.emplace_back(c["flows"].get<double>(), number(c[table], key));
                high = std::max(high, line.points.back().second);
            }
            lines.push_back(line);
        }
        out += section(fmt::format("{}: the table beside rte_hash", title),
                       "In batches of 32, same keys and hash, same kind of memory, in turns. "
                       "rte_hash with lock-free readers, keys of both families (48 bytes) and of "
                       "IPv4 alone (16).",
                       line_plot(flows_axis(cases), linear_axis("ns each", high), lines, {}));
    }
    std::string rows;
    for (const json& c : cases)
        rows += fmt::format(
            "<tr><td>{}</td><td>{:.2f} ×</td><td>{:.2f} ×</td><td>{:.2f} ×</td><td>{:.0f}</td>"
            "<td>{:.0f}</td><td>{:.0f}</td><td>{}</td><td>{}</td></tr>",
            flows_label(c["flows"].get<double>()), c["hit_ratio"].get<double>(),
            c["hit_ratio_ipv4"].get<double>(), c["miss_ratio"].get<double>(),
            c["weir"]["bytes_per_flow"].get<double>(),
            c["rte_hash"]["bytes_per_flow"].get<double>(),
            c["rte_hash_ipv4"]["bytes_per_flow"].get<double>(),
            escaped(c["weir"]["pages"].get<std::string>()),
            escaped(c["rte_hash"]["pages"].get<std::string>()));
    out += section("The table in figures",
                   "How many times as fast weir's lookups are, and bytes per flow. weir's entry "
                   "holds the whole flow: state, timer, server; rte_hash's only key and pointer.",
                   "<table><tr><th>flows</th><th>hits</th><th>hits, IPv4 keys</th><th>misses</th>"
                   "<th>weir, B</th><th>rte_hash, B</th><th>IPv4 keys, B</th><th>weir lies on</th>"
                   "<th>rte_hash lies on</th></tr>"
                       + rows + "</table>",
                   true);
    return out;
}

std::string reload_section(const json& report) {
    std::string rows;
    std::string about;
    for (const json& c : group(report, "reload")) {
        about = fmt::format(
            "{} reloads of {} services while a worker forwards without rest: read in {:.0f} ms, "
            "applied and published in {:.0f} ms. What the floor shows is the machine's.",
            c["reloads"].get<unsigned>(), c["services"].get<unsigned>(), c["read_ms"].get<double>(),
            c["apply_ms"].get<double>());
        for (const auto& [key, name] :
             {std::pair{"poll_us", "worker"}, std::pair{"floor_us", "floor"}})
            rows += fmt::format(
                "<tr><td>{}</td><td>{:.2f}</td><td>{:.1f}</td><td>{:.1f}</td><td>{} "
                "of {}</td></tr>",
                name, c[key]["p50"].get<double>(), c[key]["p9999"].get<double>(),
                c[key]["longest"].get<double>(), c[key]["over_100us"].get<std::uint64_t>(),
                c[key]["count"].get<std::uint64_t>());
    }
    return rows.empty() ? ""
                        : section("Reload under load", about,
                                  "<table><tr><th>poll of 32 packets, µs</th><th>median</th>"
                                  "<th>99.99 %</th><th>longest</th><th>over 100 µs</th></tr>"
                                      + rows + "</table>");
}

} // namespace weir::bench::page
