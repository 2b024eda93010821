#pragma once

// VRRP groups on a simulated clock: directors on links that can be cut, and what each of them holds
// in every millisecond.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "ha/group.h"

namespace weir::ha {

using namespace std::chrono_literals;

inline ip_address of_node(std::size_t node) {
    return ip_address::v4(192, 0, 2, static_cast<std::uint8_t>(node + 1));
}

/// Directors with one group each, whose router i is on link i of all.
class site {
public:
    struct letter {
        moment at;
        std::size_t from;
        std::size_t link;
        vrrp_message message;
    };
    struct director {
        ha::group group;
        std::deque<letter> came;
        bool runs = true;
        bool stopped = false;    ///< runs, but is not scheduled
        std::vector<bool> links; ///< false: cut
        std::vector<transition> story;
        unsigned sent = 0;
        unsigned announced = 0;
        unsigned resigned = 0;
    };

    explicit site(std::size_t links = 1) : links_(links) {}

    director& add(group_settings settings, vrrp_version version = vrrp_version::v3) {
        std::vector<router> routers(links_);
        for (router& r : routers)
            r = {.version = version, .source = of_node(all.size())};
        all.push_back({group(settings, routers), {}, true, false, std::vector(links_, true), {}});
        return all.back();
    }

    void start() {
        for (std::size_t i = 0; i < all.size(); ++i)
            note(i, all[i].group.start(now));
    }
    void start(std::size_t i) { note(i, all[i].group.start(now)); }

    void note(std::size_t i, const outcome& o) {
        director& d = all[i];
        if (o.moved) d.story.push_back(o.change);
        if ((o.what & announce) != 0) ++d.announced;
        if ((o.what & resign) != 0) ++d.resigned;
        if ((o.what & (send | resign)) == 0) return;
        ++d.sent;
        for (std::size_t link = 0; link < links_; ++link) {
            if (!d.links[link]) continue;
            vrrp_message m;
            m.source = of_node(i);
            m.version = d.group.routers()[link].version;
            m.priority = (o.what & resign) != 0 ? vrrp_resigns : d.group.priority();
            m.interval = static_cast<std::uint16_t>(d.group.advertised() / 10ms);
            for (std::size_t to = 0; to < all.size(); ++to)
                if (to != i && all[to].runs && all[to].links[link])
                    all[to].came.push_back({now + latency, i, link, m});
        }
    }

    /// Lets time pass, a tenth of a millisecond at a time.
    void pass(nanoseconds time) {
        for (const moment end = now + time; now < end;) {
            now += 100us;
            for (std::size_t i = 0; i < all.size(); ++i)
                turn(i);
            const auto holders = std::count_if(all.begin(), all.end(), [&](const director& d) {
                return d.runs && !d.stopped && d.group.holding() && now <= d.group.lease();
            });
            if (holders == 0) unheld += 100us;
            if (holders > 1) doubled += 100us;
        }
    }

    void turn(std::size_t i) {
        director& d = all[i];
        if (!d.runs || d.stopped) return;
        note(i, d.group.wake(now));
        while (!d.came.empty() && d.came.front().at <= now) {
            const letter l = d.came.front();
            d.came.pop_front();
            note(i, d.group.hear(l.link, l.message, l.at));
        }
        d.group.proved(now);
        note(i, d.group.look(now));
    }

    bool holds(std::size_t i) const { return all[i].group.holding(); }
    state in(std::size_t i) const { return all[i].group.now_in(); }
    /// Forgets what was counted.
    void fresh() {
        unheld = doubled = 0ns;
        for (director& d : all) {
            d.story.clear();
            d.sent = d.announced = d.resigned = 0;
        }
    }

    std::vector<director> all;
    moment now = 1h;
    nanoseconds latency = 200us;
    nanoseconds unheld{0};
    nanoseconds doubled{0};

private:
    std::size_t links_;
};

inline group_settings with(std::uint8_t priority, nanoseconds interval = 100ms) {
    group_settings s;
    s.priority = priority;
    s.interval = interval;
    return s;
}

/// Two of them, settled.
inline site pair_of(std::uint8_t first = 200, std::uint8_t second = 100, std::size_t links = 1,
                    nanoseconds interval = 100ms) {
    site s(links);
    s.add(with(first, interval));
    s.add(with(second, interval));
    s.start();
    s.pass(10 * interval);
    s.fresh();
    return s;
}

} // namespace weir::ha
