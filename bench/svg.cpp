#include "svg.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace weir::bench {

namespace {

constexpr double width = 640;
constexpr double height = 360;
constexpr double left = 58;
constexpr double right = 150; ///< room for the names at the lines' ends
constexpr double top = 16;
constexpr double bottom = 48;
constexpr double line_of_text = 15;

class scale {
public:
    scale(const axis& a, double from, double to) : axis_(a), from_(from), to_(to) {}
    double operator()(double value) const {
        const double share = axis_.logarithmic ? std::log(std::max(value, axis_.low) / axis_.low)
                                                     / std::log(axis_.high / axis_.low)
                                               : (value - axis_.low) / (axis_.high - axis_.low);
        return from_ + std::clamp(share, 0.0, 1.0) * (to_ - from_);
    }

private:
    const axis& axis_;
    double from_;
    double to_;
};

std::string text(double x, double y, const char* kind, const std::string& what) {
    return fmt::format("<text x='{:.1f}' y='{:.1f}' class='{}'>{}</text>", x, y, kind,
                       escaped(what));
}

std::string stroke(double x1, double y1, double x2, double y2, const char* kind) {
    return fmt::format("<line x1='{:.1f}' y1='{:.1f}' x2='{:.1f}' y2='{:.1f}' class='{}'/>", x1, y1,
                       x2, y2, kind);
}

std::string frame(const axis& x, const axis& y, const scale& sx, const scale& sy) {
    std::string out;
    for (std::size_t i = 0; i < y.ticks.size(); ++i) {
        out += stroke(left, sy(y.ticks[i]), width - right, sy(y.ticks[i]), "grid");
        out += text(left - 8, sy(y.ticks[i]) + 4, "tick end", y.tick_labels[i]);
    }
    for (std::size_t i = 0; i < x.ticks.size(); ++i) {
        out += stroke(sx(x.ticks[i]), height - bottom, sx(x.ticks[i]), height - bottom + 5, "axis");
        out += text(sx(x.ticks[i]), height - bottom + 19, "tick middle", x.tick_labels[i]);
    }
    out += stroke(left, height - bottom, width - right, height - bottom, "axis");
    out += text((left + width - right) / 2, height - 8, "label middle", x.label);
    out += fmt::format("<text transform='translate(14 {:.1f}) rotate(-90)' class='label middle'>{}"
                       "</text>",
                       (top + height - bottom) / 2, escaped(y.label));
    return out;
}

} // namespace

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::vector<double> round_ticks(double high, unsigned about) {
    const double step = high / about;
    const double power = std::pow(10, std::floor(std::log10(step)));
    double nice = 10 * power;
    for (const double factor : {5.0, 2.0, 1.0})
        if (factor * power >= step) nice = factor * power;
    std::vector<double> ticks;
    for (double at = 0; at <= high * 1.0001; at += nice)
        ticks.push_back(at);
    return ticks;
}

std::string line_plot(const axis& x, const axis& y, const std::vector<plot_line>& lines,
                      const std::vector<plot_level>& levels) {
    const scale sx(x, left, width - right);
    const scale sy(y, height - bottom, top);
    std::string out =
        fmt::format("<svg viewBox='0 0 {} {}' role='img'>", width, height) + frame(x, y, sx, sy);
    for (const plot_level& level : levels) {
        if (level.y > y.high) continue;
        out += stroke(left, sy(level.y), width - right, sy(level.y), "level");
        // Below the level: a measured value comes down to it from above.
        out += text(left + 6, sy(level.y) + 13, "level-name", level.label);
    }
    for (const plot_line& line : lines) {
        std::string path;
        for (const auto& [px, py] : line.points)
            path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : " L", sx(px), sy(py));
        out += fmt::format("<path d='{}' class='line c{}{}'/>", path, line.colour,
                           line.dashed ? " dashed" : "");
        for (const auto& [px, py] : line.points)
            out += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3' class='dot c{}'><title>{}: "
                               "{:.4g}</title></circle>",
                               sx(px), sy(py), line.colour, escaped(line.name), py);
    }
    // Names go at the ends of their lines, moved apart where they would overlap.
    std::vector<const plot_line*> named;
    for (const plot_line& line : lines)
        if (!line.name.empty() && !line.points.empty()) named.push_back(&line);
    std::sort(named.begin(), named.end(), [](const plot_line* a, const plot_line* b) {
        return a->points.back().second > b->points.back().second;
    });
    std::vector<double> at;
    for (const plot_line* line : named) {
        const double wanted = sy(line->points.back().second);
        at.push_back(at.empty() ? std::max(wanted, top + 4)
                                : std::max(wanted, at.back() + line_of_text));
    }
    for (std::size_t i = at.size(); i-- > 0;)
        at[i] = std::min(at[i], i + 1 == at.size() ? height - bottom : at[i + 1] - line_of_text);
    for (std::size_t i = 0; i < named.size(); ++i) {
        out += stroke(sx(named[i]->points.back().first) + 4, sy(named[i]->points.back().second),
                      width - right + 12, at[i], "lead");
        out +=
            fmt::format("<text x='{:.1f}' y='{:.1f}' class='name c{}'>{}</text>",
                        width - right + 16, at[i] + 4, named[i]->colour, escaped(named[i]->name));
    }
    return out + "</svg>";
}

std::string bar_plot(const std::vector<plot_bar>& bars, double high, const plot_level& level) {
    constexpr double row = 24;
    constexpr double name_room = 130;
    constexpr double value_room = 165;
    const double all = static_cast<double>(bars.size()) * row + (level.y > 0 ? 22 : 4);
    const double length = width - name_room - value_room;
    std::string out = fmt::format("<svg viewBox='0 0 {} {}' role='img'>", width, all);
    double y = level.y > 0 ? 20 : 2;
    if (level.y > 0 && level.y <= high) {
        const double x = name_room + length * level.y / high;
        out += stroke(x, 16, x, all, "level");
        out += text(x, 11, "level-name middle", level.label);
    }
    for (const plot_bar& bar : bars) {
        const double share = std::clamp(bar.value / high, 0.0, 1.0);
        out += text(name_room - 10, y + row / 2 + 3, "bar-name end", bar.name);
        out +=
            fmt::format("<rect x='{}' y='{}' width='{:.1f}' height='{}' rx='2' class='bar c{}'/>",
                        name_room, y + 3, std::max(1.0, length * share), row - 7, bar.colour);
        out += text(name_room + length * share + 8, y + row / 2 + 3, "bar-value", bar.text);
        y += row;
    }
    return out + "</svg>";
}

} // namespace weir::bench
