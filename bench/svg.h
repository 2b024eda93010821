#pragma once

// Plots as inline SVG: lines over one or two axes that may be logarithmic, and bars. Plain text in,
// plain text out; colours and type come from the page's style sheet (page.cpp).

#include <string>
#include <vector>

namespace weir::bench {

struct axis {
    std::string label;
    double low = 0;
    double high = 1;
    bool logarithmic = false;
    std::vector<double> ticks{};            ///< where to draw grid lines
    std::vector<std::string> tick_labels{}; ///< one for each tick
};

struct plot_line {
    std::string name; ///< "" = not in the legend
    std::vector<std::pair<double, double>> points;
    unsigned colour = 0; ///< class c0, c1, ...
    bool dashed = false;
};

/// A level to compare with, across the plot.
struct plot_level {
    std::string label;
    double y = 0;
};

std::string line_plot(const axis& x, const axis& y, const std::vector<plot_line>& lines,
                      const std::vector<plot_level>& levels);

struct plot_bar {
    std::string name;
    double value = 0;
    std::string text; ///< at its end
    unsigned colour = 0;
};

/// Horizontal bars from 0 to `high`; `level` as for lines, 0 = none.
std::string bar_plot(const std::vector<plot_bar>& bars, double high, const plot_level& level);

/// 1, 2 and 5 times powers of ten between, for an axis.
std::vector<double> round_ticks(double high, unsigned about);

std::string escaped(const std::string& text);

} // namespace weir::bench
