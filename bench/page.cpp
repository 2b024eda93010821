// The page of a report: figures to look at first, then a plot for each question, then the machine.
// One file: style and plots are inside.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report.h"
#include "svg.h"

namespace weir::bench {

namespace {

constexpr double line_rate_10g = 67.2; ///< ns per packet of 64 bytes
constexpr double line_rate_25g = 26.9;

constexpr const char* style = R"(
:root{--ink:#16202c;--soft:#5b6876;--rule:#dfe5eb;--ground:#f5f7f9;
 --c0:#1f6feb;--c1:#c2570c;--c2:#12805c;--c3:#7b8794;--c4:#8a3ffc;--c5:#b3195b}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
 font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1360px;margin:0 auto;padding:40px 32px 64px}
h1{font-size:34px;line-height:1.15;margin:0 0 4px;letter-spacing:-.02em}
h2{font-size:19px;margin:0 0 2px;letter-spacing:-.01em}
p{margin:0 0 10px;color:var(--soft);max-width:76ch}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:14px;margin:26px 0}
.tile,section{background:#fff;border:1px solid var(--rule);border-radius:10px}
.tile{padding:14px 18px}
.tile b{display:block;font-size:29px;line-height:1.2;letter-spacing:-.02em;
 font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:14px}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(560px,1fr));gap:18px}
section{padding:20px 22px}
section.wide{grid-column:1/-1}
svg{display:block;width:100%;height:auto;margin-top:8px;font:12px system-ui,sans-serif}
.grid{stroke:var(--rule)}.axis{stroke:#9aa6b2}.lead{stroke:#c3ccd5}
.tick,.bar-value{fill:var(--soft)}.label{fill:var(--ink)}
.bar-name,.name{fill:var(--ink);font-weight:600}.bar-value{font-variant-numeric:tabular-nums}
.middle{text-anchor:middle}.end{text-anchor:end}
.level{stroke:#b42318;stroke-dasharray:2 4}.level-name{fill:#b42318;font-size:11px}
.line{fill:none;stroke-width:2.25;stroke-linejoin:round}.dashed{stroke-dasharray:6 4}
.line.c0{stroke:var(--c0)}.line.c1{stroke:var(--c1)}.line.c2{stroke:var(--c2)}
.line.c3{stroke:var(--c3)}.line.c4{stroke:var(--c4)}.line.c5{stroke:var(--c5)}
.dot.c0,.bar.c0,.name.c0{fill:var(--c0)}.dot.c1,.bar.c1,.name.c1{fill:var(--c1)}
.dot.c2,.bar.c2,.name.c2{fill:var(--c2)}.dot.c3,.bar.c3,.name.c3{fill:var(--c3)}
.dot.c4,.bar.c4,.name.c4{fill:var(--c4)}.dot.c5,.bar.c5,.name.c5{fill:var(--c5)}
table{border-collapse:collapse;width:100%;margin-top:8px;font-size:14px;
 font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:5px 10px;border-bottom:1px solid var(--rule)}
th{color:var(--soft);font-weight:600}th:first-child,td:first-child{text-align:left}
dl{display:grid;grid-template-columns:max-content 1fr;gap:3px 18px;margin:8px 0 0;font-size:14px}
dt{color:var(--soft)}dd{margin:0}
)";

double number(const json& j, const char* key, const char* inner = "median") {
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
                    bool wide = false) {
    return fmt::format("<section{}><h2>{}</h2><p>{}</p>{}</section>\n", wide ? " class='wide'" : "",
                       escaped(title), escaped(about), what);
}

/// ns per packet against flows, one line for each way of forwarding.
std::string packets_section(const json& report, bool v6) {
    const json cases = group(report, "replay");
    std::vector<plot_line> lines;
    plot_line floor{.name = "floor", .points = {}, .colour = 3, .dashed = true};
    double high = line_rate_10g;
    unsigned colour = 0;
    for (const char* mode : {"dr", "tun", "nat"}) {
        plot_line line{.name = mode, .points = {}, .colour = colour++};
        std::transform(line.name.begin(), line.name.end(), line.name.begin(), ::toupper);
        for (const json& c : cases) {
            if (c["mode"] != mode || (c["family"] == 6) != v6) continue;
            line.points.emplace_back(c["flows"].get<double>(), number(c, "ns_per_packet"));
            high = std::max(high, line.points.back().second);
            if (line.name == "DR")
                floor.points.emplace_back(c["flows"].get<double>(),
                                          number(c, "floor_ns_per_packet"));
        }
        lines.push_back(line);
    }
    lines.push_back(floor);
    return section(fmt::format("Forwarding a packet, IPv{}", v6 ? 6 : 4),
                   "Median time of one worker for a 64-byte packet of an established flow, flows "
                   "chosen at random. The floor swaps MAC addresses on the same ports, with the "
                   "same packets, in the same run.",
                   line_plot(flows_axis(cases), linear_axis("ns per packet", high), lines,
                             {{"10GbE line rate, 67 ns", line_rate_10g},
                              {"25GbE line rate, 27 ns", line_rate_25g}}));
}

std::string ratio_section(const json& report) {
    const json cases = group(report, "replay");
    std::vector<plot_line> lines;
    double high = 2;
    unsigned colour = 0;
    for (const bool v6 : {false, true}) {
        colour = 0;
        for (const char* mode : {"dr", "tun", "nat"}) {
            plot_line line{.name = fmt::format("{} IPv{}", mode, v6 ? 6 : 4),
                           .points = {},
                           .colour = colour++,
                           .dashed = v6};
            for (const json& c : cases) {
                if (c["mode"] != mode || (c["family"] == 6) != v6) continue;
                line.points.emplace_back(c["flows"].get<double>(), c["ratio"].get<double>());
                high = std::max(high, line.points.back().second);
            }
            lines.push_back(line);
        }
    }
    return section("In floors",
                   "The same, divided by the floor of the same run: what compares from "
                   "machine to machine, and with other load balancers.",
                   line_plot(flows_axis(cases), linear_axis("floors", high), lines, {}));
}

std::string sizes_section(const json& report) {
    plot_line nat{.name = "NAT", .points = {}, .colour = 2};
    plot_line floor{.name = "floor", .points = {}, .colour = 3, .dashed = true};
    axis x{.label = "packet size, bytes on the wire", .low = 0, .high = 1518};
    double high = 10;
    double flows = 0;
    for (const json& c : group(report, "packet_sizes")) {
        const double size = c["packet_size"].get<double>();
        x.ticks.push_back(size);
        x.tick_labels.push_back(fmt::format("{:.0f}", size));
        nat.points.emplace_back(size, number(c, "ns_per_packet"));
        floor.points.emplace_back(size, number(c, "floor_ns_per_packet"));
        high = std::max(high, nat.points.back().second);
        flows = c["flows"].get<double>();
    }
    return section(
        "Packet size",
        fmt::format("NAT, {} flows. Only headers are touched, so size should not matter.",
                    flows_label(flows)),
        line_plot(x, linear_axis("ns per packet", high), {nat, floor}, {}));
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

std::string scaling_section(const json& report) {
    std::vector<plot_bar> bars;
    double high = 1;
    for (const json& c : group(report, "workers")) {
        const auto workers = c["workers"].get<unsigned>();
        const double mpps = c["mpps"].get<double>();
        high = std::max(high, mpps);
        bars.push_back({fmt::format("{}, {} worker{}", flows_label(c["flows"].get<double>()),
                                    workers, workers == 1 ? "" : "s"),
                        mpps, fmt::format("{:.1f} Mpps", mpps), workers == 1 ? 3u : 0u});
    }
    for (std::size_t i = 1; i < bars.size(); i += 2)
        bars[i].text += fmt::format("  {:.2f} ×", bars[i].value / bars[i - 1].value);
    return bars.empty()
               ? ""
               : section("Two workers", "DR, both replaying at once into one shared table.",
                         bar_plot(bars, high * 1.02, {}));
}

std::string shapes_section(const json& report) {
    std::vector<plot_bar> bars;
    double high = 1;
    const auto add = [&](const json& c, const std::string& name, unsigned colour) {
        const double ns = number(c, "ns_per_packet");
        high = std::max(high, ns);
        bars.push_back({name, ns,
                        fmt::format("{:.1f} ns, {:.2f} floors", ns, c["ratio"].get<double>()),
                        colour});
    };
    for (const json& c : group(report, "services"))
        add(c,
            fmt::format("{} service{}", c["services"].get<unsigned>(),
                        c["services"] == 1 ? "" : "s"),
            0);
    for (const json& c : group(report, "patterns"))
        add(c,
            fmt::format("{}, {}", flows_label(c["flows"].get<double>()),
                        c["pattern"].get<std::string>()),
            2);
    return section("Many services, few busy flows",
                   "DR. Blue: one service with 10 servers, and many with 1000. Green: flows chosen "
                   "evenly, and by Zipf's law.",
                   bar_plot(bars, high * 1.02, {}));
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

std::string peers_section() {
    return section(
        "Beside other load balancers",
        "Absolute times of different machines say nothing. Run the other one on this machine, on "
        "the same kind of ports, and give its time per packet in floors of its own run; then set "
        "it "
        "beside “In floors” above, at the same number of flows and the same way of forwarding.",
        "<table><tr><th>system</th><th>mode</th><th>1 k flows</th><th>64 k</th><th>1 M</th>"
        "<th>new flow</th></tr><tr><td>—</td><td></td><td></td><td></td><td></td><td></td></tr>"
        "</table>");
}

std::string machine_section(const json& report) {
    std::string rows;
    for (const auto& [key, value] : report["machine"].items())
        rows += fmt::format("<dt>{}</dt><dd>{}</dd>", escaped(key),
                            escaped(value.is_string() ? value.get<std::string>()
                                    : value.is_number_float()
                                        ? fmt::format("{:.2f}", value.get<double>())
                                        : value.dump()));
    for (const json& c : group(report, "replay"))
        if (c["flows"] == report["replay"].back()["flows"]) {
            rows += fmt::format("<dt>table lies on</dt><dd>{}</dd>",
                                escaped(c["pages"].get<std::string>()));
            break;
        }
    return section("The machine", "", "<dl>" + rows + "</dl>");
}

std::string tiles(const json& report) {
    std::string out;
    const auto tile = [&](const std::string& figure, const std::string& what) {
        out += fmt::format("<div class='tile'><b>{}</b><span>{}</span></div>", escaped(figure),
                           escaped(what));
    };
    const json replays = group(report, "replay");
    const json* million = nullptr;
    for (const json& c : replays)
        if (c["mode"] == "dr" && c["family"] == 4 && c["flows"].get<double>() <= 1 << 20)
            million = &c;
    if (million != nullptr) {
        const std::string flows = flows_label((*million)["flows"].get<double>());
        tile(fmt::format("{:.1f} Mpps", (*million)["mpps"].get<double>()),
             fmt::format("one worker, DR, {} flows", flows));
        tile(fmt::format("{:.0f} ns", number(*million, "ns_per_packet")),
             fmt::format("a packet; {:.2f} floors", (*million)["ratio"].get<double>()));
    }
    for (const json& c : group(report, "connect"))
        if (c["scheduler"] == "wlc")
            tile(si(c["connections_per_second"].get<double>()) + "/s",
                 "new connections, wlc, 100 servers");
    const json tables = group(report, "table");
    if (!tables.empty())
        tile(fmt::format("{:.1f} ×", tables.back()["hit_ratio"].get<double>()),
             fmt::format("rte_hash's speed at {} flows",
                         flows_label(tables.back()["flows"].get<double>())));
    for (const json& c : group(report, "latency"))
        if (c["mode"] == "dr")
            tile(fmt::format("{:.1f} µs", c["loads"][1]["added_us"]["p99"].get<double>()),
                 "99 % of packets wait less, at half load");
    if (!replays.empty())
        tile(fmt::format("{:.0f} B", replays.back()["bytes_per_flow"].get<double>()),
             "memory for a flow, all in");
    return "<div class='tiles'>" + out + "</div>";
}

} // namespace

std::string page_of(const json& report) {
    const json& machine = report["machine"];
    std::string body = fmt::format(
        "<h1>weir on this machine</h1><p>{}, {}. Version {}, {}. Every figure is the median "
        "of "
        "one worker core unless it says otherwise, and has its floor beside it.</p>",
        escaped(machine["cpu"].get<std::string>()), escaped(machine["date"].get<std::string>()),
        escaped(machine["weir"].get<std::string>()), escaped(machine["dpdk"].get<std::string>()));
    body += tiles(report) + "<div class='plots'>";
    body += packets_section(report, false) + packets_section(report, true);
    body += ratio_section(report) + connect_section(report);
    body += latency_section(report) + table_section(report);
    body += scaling_section(report) + shapes_section(report);
    body += sizes_section(report) + reload_section(report);
    body += machine_section(report) + peers_section() + "</div>";
    return fmt::format("<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
                       "<meta name='viewport' content='width=device-width'>"
                       "<title>weir on this machine</title><style>{}</style></head>\n"
                       "<body><main>{}</main></body></html>\n",
                       style, body);
}

} // namespace weir::bench
