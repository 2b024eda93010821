#include "weirctl/top.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "message/keys.h"
#include "message/message.h"
#include "net/counted.h"
#include "weirctl/layout.h"
#include "weirctl/top_rates.h"

namespace weir::weirctl {

namespace {

using nlohmann::json;
namespace key = message::key;
using message::flag;
using message::number;
using message::text;

class frame_writer {
public:
    frame_writer(const top_sample& before, const top_sample& now, const top_view& view)
        : before_(before), now_(now), view_(view),
          rows_(view.rows == 0 ? std::string::npos : view.rows) {
        seconds_ = seconds_between(before, now);
    }

    top_frame run() {
        head();
        workers();
        packets();
        add("");
        frame_.title = frame_.lines.size();
        title();
        rows(view_.keys ? 1 : 0);
        if (view_.keys)
            add("sort by: c cps  p packets  b bytes  a active     s servers on/off  q quit");
        for (std::string& line : frame_.lines)
            if (line.size() > view_.columns) line.resize(view_.columns);
        if (view_.rows != 0 && frame_.lines.size() > view_.rows) frame_.lines.resize(view_.rows);
        return std::move(frame_);
    }

private:
    void add(std::string line) {
        line.resize(line.find_last_not_of(' ') + 1);
        frame_.lines.push_back(std::move(line));
    }
    std::size_t bar_width() const { return std::clamp<std::size_t>(view_.columns / 10, 6, 30); }

    void head() {
        const json& status = now_.status;
        const json& table = status.at(key::table);
        const auto used = static_cast<double>(number(table, key::flows));
        const auto room =
            static_cast<double>(std::max<std::uint64_t>(number(table, key::capacity), 1));
        add(fmt::format("weir {}, {}, up {}, {}", text(status, key::version),
                        text(status, key::name), duration(number(status, key::uptime)),
                        counted(now_.services.size(), "service")));
        if (const json& error = status.at(key::config).at(key::last_error); !error.is_null())
            add("last reload failed: " + error.get<std::string>());
        add(fmt::format("table      {} {:.1f} %  {} of {} connections",
                        bar(used / room, 2 * bar_width()), 100 * used / room,
                        number(table, key::flows), number(table, key::capacity)));
    }

    /// A cell for each worker; without bars when they would fill the screen.
    void workers() {
        const json& all = now_.status.at(key::workers);
        std::vector<std::string> cells;
        const auto lines_for = [&](std::size_t cell) {
            const std::size_t in_line = std::max<std::size_t>((view_.columns - label) / cell, 1);
            return std::pair(in_line, (all.size() + in_line - 1) / in_line);
        };
        const std::size_t most = std::max<std::size_t>(rows_ / 4, 1);
        const std::size_t with_bar = bar_width() + 13;
        const bool bars = view_.rows == 0 || lines_for(with_bar).second <= most;
        const auto [in_line, lines] = lines_for(bars ? with_bar : 13);
        std::string line = "workers    ";
        std::size_t n = 0, written = 0;
        for (const json& worker : all) {
            const double busy = worker.at(key::busy).get<double>();
            line += fmt::format("{:>3} ", number(worker, key::number));
            if (bars) line += bar(busy, bar_width()) + ' ';
            line += fmt::format("{:>4.0f} %{}", 100 * busy, bars ? "  " : "   ");
            if (++n % in_line != 0 && n < all.size()) continue;
            if (++written == most && written < lines && view_.rows != 0) {
                add(line + "...");
                return;
            }
            add(line);
            line.assign(label, ' ');
        }
    }

    /// What one member of the books grew by in a second.
    std::string per_second(const json& before, const json& now, const char* name) const {
        return short_number(
            rate(before.value(name, std::uint64_t{0}), number(now, name), seconds_));
    }
    void packets() {
        const json& now = now_.status.at(key::books);
        const json none = json::object();
        const json& before = seconds_ > 0 ? before_.status.at(key::books) : now;
        add(fmt::format(
            "packets/s  in {}  out {}  to Linux {}  from Linux {}  made {}  "
            "no state {}",
            per_second(before, now, key::rx), per_second(before, now, key::tx),
            per_second(before, now, key::twin), per_second(before, now, key::from_linux),
            per_second(before, now, key::generated), per_second(before, now, key::table_full)));
        std::vector<std::pair<double, std::string>> reasons;
        double all = 0;
        std::uint64_t ever = 0;
        for (const auto& [reason, count] : now.at(key::drops).items()) {
            const auto total = count.get<std::uint64_t>();
            const double speed =
                rate(before.at(key::drops).value(reason, std::uint64_t{0}), total, seconds_);
            all += speed;
            ever += total;
            if (speed > 0) reasons.emplace_back(speed, reason);
        }
        std::stable_sort(reasons.begin(), reasons.end(),
                         [](const auto& a, const auto& b) { return a.first > b.first; });
        std::string line = fmt::format("drops/s    {}  ({} since the start)", short_number(all),
                                       short_number(static_cast<double>(ever)));
        for (const auto& [speed, reason] : reasons)
            line += fmt::format("  {} {}", reason, short_number(speed));
        add(line);
    }

    bool wide() const { return view_.columns >= 112; }
    /// Columns of figures, 7 wide each with the space before them, and the one for weights, 9.
    std::size_t name_width() const {
        const std::size_t others = 9 + 8 * (wide() ? 7 : 4) + 1 + bar_width();
        return std::max<std::size_t>(view_.columns > others ? view_.columns - others : 0, 16);
    }

    void title() {
        constexpr const char* names[] = {"cps", "pkts", "bytes", "conns"};
        std::string line =
            fmt::format("{:<{}} {:>8} {:>7}", "service, server", name_width(), "weight", "active");
        line += wide() ? fmt::format(" {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}", "inact", "cps",
                                     "in p/s", "out p/s", "in B/s", "out B/s")
                       : fmt::format(" {:>7} {:>7} {:>7}", "cps", "pkts/s", "bytes/s");
        add(line + fmt::format(" by {}", names[static_cast<std::size_t>(view_.order)]));
    }

    void show(const measured& m, const std::string& name, const std::string& weight, double sum) {
        const std::size_t width = name_width();
        const auto count = [](std::uint64_t n) {
            constexpr std::uint64_t plain = 10'000;
            return n < plain ? std::to_string(n) : short_number(static_cast<double>(n));
        };
        std::string line = fmt::format("{:<{}} {:>8} {:>7}",
                                       name.size() > width ? name.substr(0, width - 1) + '~' : name,
                                       width, weight, count(m.row->active));
        const top_rates& s = m.speed;
        line += wide() ? fmt::format(" {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}", count(m.row->inactive),
                                     short_number(s.connections), short_number(s.in_packets),
                                     short_number(s.out_packets), short_number(s.in_bytes),
                                     short_number(s.out_bytes))
                       : fmt::format(" {:>7} {:>7} {:>7}", short_number(s.connections),
                                     short_number(s.in_packets + s.out_packets),
                                     short_number(s.in_bytes + s.out_bytes));
        add(line + ' ' + bar(sum > 0 ? m.rank / sum : 0, bar_width()));
    }
    /// Services and servers, as many as there is room for above `reserved` lines.
    void rows(std::size_t reserved) {
        const auto services = measure(before_.services, now_.services, seconds_, view_.order);
        std::size_t left = 0;
        double sum = 0;
        for (const measured& service : services) {
            left += 1 + (view_.servers ? service.service->servers.size() : 0);
            sum += service.rank;
        }
        const std::size_t taken = frame_.lines.size() + reserved;
        const std::size_t room = rows_ > taken ? rows_ - taken : 0;
        std::size_t shown = left <= room ? left : std::max<std::size_t>(room, 1) - 1;
        left -= shown;
        std::unordered_map<std::string_view, const top_service*> known;
        for (const top_service& service : before_.services)
            known.emplace(service.name, &service);
        for (const measured& service : services) {
            if (shown == 0) break;
            --shown;
            show(service, service.row->name + ' ' + service.row->note, "", sum);
            if (!view_.servers) continue;
            const auto was = known.find(service.row->name);
            const std::vector<top_row> none;
            for (const measured& server :
                 measure(was == known.end() ? none : was->second->servers, service.service->servers,
                         seconds_, view_.order)) {
                if (shown == 0) break;
                --shown;
                show(server, "  " + server.row->name, server.row->note, service.rank);
            }
        }
        if (left > 0) add(fmt::format("... {} more", left));
    }

    static constexpr std::size_t label = 11; ///< characters before the figures above the title
    const top_sample& before_;
    const top_sample& now_;
    const top_view& view_;
    std::size_t rows_;
    double seconds_ = 0;
    top_frame frame_;
};

} // namespace

top_frame draw(const top_sample& before, const top_sample& now, const top_view& view) {
    return frame_writer(before, now, view).run();
}

} // namespace weir::weirctl
