// The page of a report: figures to look at first, then a section for each question (page_parts.h),
// then the machine. One file: style and plots are inside.

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "page_parts.h"
#include "report.h"

namespace weir::bench {

using namespace page;

namespace {

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
