// Sections of a report's page on established traffic.

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "page_parts.h"

namespace weir::bench::page {

namespace {

constexpr double line_rate_10g = 67.2; ///< ns per packet of 64 bytes
constexpr double line_rate_25g = 26.9;

} // namespace

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

} // namespace weir::bench::page
