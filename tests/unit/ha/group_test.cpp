// VRRP groups on a simulated clock: two or three directors on links that can be cut, and what each
// of them holds in every millisecond.

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

#include "ha/group.h"

namespace weir::ha {
namespace {

using namespace std::chrono_literals;

ip_address of_node(std::size_t node) {
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
            m.interval = static_cast<std::uint16_t>(d.group.settings().interval / 10ms);
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

group_settings with(std::uint8_t priority, nanoseconds interval = 100ms) {
    group_settings s;
    s.priority = priority;
    s.interval = interval;
    return s;
}

/// Two of them, settled.
site pair_of(std::uint8_t first = 200, std::uint8_t second = 100, std::size_t links = 1,
             nanoseconds interval = 100ms) {
    site s(links);
    s.add(with(first, interval));
    s.add(with(second, interval));
    s.start();
    s.pass(10 * interval);
    s.fresh();
    return s;
}

// The table.

TEST(vrrp_states, every_cell_is_one_that_was_meant) {
    // What does not stand here leaves all as it is.
    struct cell {
        state from;
        event by;
        state next;
        unsigned what;
    };
    using enum state;
    const std::vector<cell> cells{
        {initialize, event::start, backup, listen},
        {initialize, event::start_owner, active, send | announce},
        {backup, event::silence, active, send | announce},
        {backup, event::resigned, backup, hurry},
        {backup, event::better, backup, listen},
        {backup, event::lapsed, backup, listen},
        {backup, event::leave, initialize, nothing},
        {backup, event::broken, fault, nothing},
        {active, event::better, backup, send | listen},
        {active, event::worse, active, send | announce},
        {active, event::resigned, active, send},
        {active, event::beat, active, send},
        {active, event::leave, leaving, resign},
        {active, event::yield, yielding, resign},
        {active, event::broken, fault, resign},
        {active, event::lapsed, backup, listen},
        {leaving, event::beat, leaving, resign},
        {leaving, event::better, initialize, nothing},
        {leaving, event::worse, initialize, nothing},
        {leaving, event::alone, initialize, nothing},
        {leaving, event::broken, initialize, nothing},
        {leaving, event::lapsed, initialize, nothing},
        {yielding, event::beat, yielding, resign},
        {yielding, event::better, backup, listen},
        {yielding, event::worse, backup, listen},
        {yielding, event::lapsed, backup, listen},
        {yielding, event::alone, active, send | announce},
        {yielding, event::leave, leaving, nothing},
        {yielding, event::broken, fault, nothing},
        {fault, event::mended, backup, listen},
        {fault, event::leave, initialize, nothing},
    };
    for (std::size_t from = 0; from < states; ++from) {
        for (std::size_t by = 0; by < events; ++by) {
            const auto meant = std::find_if(cells.begin(), cells.end(), [&](const cell& c) {
                return c.from == static_cast<state>(from) && c.by == static_cast<event>(by);
            });
            const step got = step_of(static_cast<state>(from), static_cast<event>(by));
            EXPECT_EQ(got.next, meant == cells.end() ? static_cast<state>(from) : meant->next)
                << from << ' ' << by;
            EXPECT_EQ(got.what, meant == cells.end() ? 0u : meant->what) << from << ' ' << by;
        }
    }
    EXPECT_EQ(name_of(fault), "fault");
}

TEST(vrrp_states, an_address_is_held_by_whoever_is_active_or_gives_up) {
    for (std::size_t s = 0; s < states; ++s) {
        const auto each = static_cast<state>(s);
        EXPECT_EQ(holds(each),
                  each == state::active || each == state::leaving || each == state::yielding);
    }
}

// Election.

TEST(vrrp_group, the_better_priority_holds_and_the_other_listens) {
    site s(1);
    s.add(with(200));
    s.add(with(199));
    s.start();
    s.pass(5s);
    EXPECT_EQ(s.in(0), state::active);
    EXPECT_EQ(s.in(1), state::backup);
    // Three intervals and the skew time, (256 - 200) / 256 of an interval.
    ASSERT_EQ(s.all[0].story.size(), 2U);
    EXPECT_EQ(s.all[0].story[1].why, event::silence);
    EXPECT_NEAR(static_cast<double>((s.all[0].group.since() - 1h) / 100us), 3218, 2);
    EXPECT_EQ(s.all[1].story.size(), 1U); // never anything but a backup
    EXPECT_EQ(s.doubled, 0ns);
    EXPECT_EQ(s.all[0].announced, 1U);
}

TEST(vrrp_group, timers_are_those_of_the_rfc) {
    const auto at = [](std::uint8_t priority, nanoseconds interval, vrrp_version version) {
        const group g(with(priority, interval), {router{.version = version}});
        return std::pair{g.skew(0), g.down_interval(0)};
    };
    using enum vrrp_version;
    EXPECT_EQ(at(100, 1s, v3), (std::pair<nanoseconds, nanoseconds>{609375us, 3609375us}));
    EXPECT_EQ(at(254, 1s, v3), (std::pair<nanoseconds, nanoseconds>{7812500ns, 3007812500ns}));
    EXPECT_EQ(at(100, 10ms, v3), (std::pair<nanoseconds, nanoseconds>{6093750ns, 36093750ns}));
    EXPECT_EQ(at(100, 5s, v2), (std::pair<nanoseconds, nanoseconds>{609375us, 15609375us}));
}

TEST(vrrp_group, an_owner_waits_for_nobody) {
    site s(1);
    s.add(with(254));
    s.add(with(vrrp_owner));
    s.start();
    EXPECT_EQ(s.in(1), state::active);
    s.pass(2s);
    EXPECT_EQ(s.in(0), state::backup);
    EXPECT_EQ(s.doubled, 0ns);
}

TEST(vrrp_group, an_owner_preempts_whatever_its_file_says) {
    site s(1);
    s.add(with(200));
    s.start();
    s.pass(1s);
    group_settings owner = with(vrrp_owner);
    owner.preempt = false;
    s.add(owner);
    s.start(1);
    s.pass(10ms);
    EXPECT_EQ(s.in(0), state::backup);
    EXPECT_EQ(s.in(1), state::active);
}

TEST(vrrp_group, of_equals_the_greater_address_wins_once_both_are_active) {
    site s = pair_of(200, 200);
    // Who comes first stays: equals do not preempt.
    const std::size_t first = s.holds(0) ? 0 : 1;
    EXPECT_NE(s.holds(0), s.holds(1));
    EXPECT_EQ(s.in(1 - first), state::backup);
    s.all[0].links[0] = false;
    s.pass(1s);
    EXPECT_TRUE(s.holds(0) && s.holds(1));
    s.all[0].links[0] = true;
    s.pass(1s);
    EXPECT_EQ(s.in(0), state::backup);
    EXPECT_EQ(s.in(1), state::active);
}

TEST(vrrp_group, two_owners_resolve_it_by_address) {
    site s(1);
    s.add(with(vrrp_owner));
    s.add(with(vrrp_owner));
    s.start();
    s.pass(1s);
    EXPECT_EQ(s.in(0), state::backup);
    EXPECT_EQ(s.in(1), state::active);
}

// Death, leaving, failback.

TEST(vrrp_group, a_dead_one_is_replaced_after_the_down_interval) {
    for (const nanoseconds interval : {nanoseconds{10ms}, nanoseconds{100ms}, nanoseconds{1s}}) {
        site s = pair_of(254, 253, 1, interval);
        ASSERT_TRUE(s.holds(0));
        s.pass(interval / 2);
        s.all[0].runs = false;
        s.pass(10 * interval);
        EXPECT_TRUE(s.holds(1));
        EXPECT_EQ(s.all[1].story[0].why, event::silence);
        EXPECT_LE(s.unheld, 3 * interval + interval * 3 / 256 + 1ms);
        EXPECT_GE(s.unheld, 2 * interval);
        EXPECT_EQ(s.all[1].announced, 1U);
        EXPECT_GE(s.all[1].story[0].silence, 3 * interval);
    }
}

TEST(vrrp_group, who_leaves_serves_until_its_successor_speaks) {
    site s = pair_of();
    s.note(0, s.all[0].group.leave(s.now));
    EXPECT_EQ(s.in(0), state::leaving);
    EXPECT_EQ(s.all[0].resigned, 1U);
    s.pass(2s);
    EXPECT_EQ(s.in(0), state::initialize);
    EXPECT_TRUE(s.holds(1));
    EXPECT_EQ(s.unheld, 0ns);
    EXPECT_LE(s.doubled, 1ms); // while the successor's word is on its way
    EXPECT_EQ(s.all[1].story[0].why, event::silence);
    // The skew time of priority 100 and no more.
    EXPECT_LE(s.all[0].story[1].silence, 100ms);
    EXPECT_EQ(s.all[0].story[1].why, event::worse);
}

TEST(vrrp_group, who_leaves_and_has_no_successor_does_not_wait_long) {
    site s = pair_of();
    s.all[1].runs = false;
    s.note(0, s.all[0].group.leave(s.now));
    s.pass(390ms);
    EXPECT_EQ(s.in(0), state::leaving);
    EXPECT_EQ(s.all[0].resigned, 4U); // a lost one would otherwise cost a down interval
    s.pass(20ms);
    EXPECT_EQ(s.in(0), state::initialize);
    EXPECT_EQ(s.all[0].story.back().why, event::alone);
}

TEST(vrrp_group, leaving_never_lasts_longer_than_it_may_linger) {
    site s = pair_of(200, 100, 1, 1s);
    s.all[1].runs = false;
    s.note(0, s.all[0].group.leave(s.now));
    s.pass(2s + 1ms);
    EXPECT_EQ(s.in(0), state::initialize);
}

TEST(vrrp_group, a_backup_leaves_without_a_word) {
    site s = pair_of();
    s.note(1, s.all[1].group.leave(s.now));
    EXPECT_EQ(s.in(1), state::initialize);
    EXPECT_EQ(s.all[1].sent, 0U);
}

TEST(vrrp_group, who_yields_to_a_worse_peer_does_not_take_it_back) {
    site s = pair_of();
    s.note(0, s.all[0].group.yield(s.now));
    s.pass(3s);
    EXPECT_EQ(s.in(0), state::backup);
    EXPECT_EQ(s.in(1), state::active);
    EXPECT_EQ(s.unheld, 0ns);
    // It is there when the other dies, and prefers itself from then on.
    s.all[1].runs = false;
    s.pass(1s);
    EXPECT_EQ(s.in(0), state::active);
    s.all[1].runs = true;
    s.pass(1s);
    EXPECT_EQ(s.in(0), state::active);
    EXPECT_EQ(s.in(1), state::backup);
}

TEST(vrrp_group, who_yields_to_nobody_goes_on) {
    site s = pair_of();
    s.all[1].runs = false;
    s.note(0, s.all[0].group.yield(s.now));
    s.pass(1s);
    EXPECT_EQ(s.in(0), state::active);
    EXPECT_EQ(s.all[0].story.back().why, event::alone);
    EXPECT_EQ(s.unheld, 0ns);
}

TEST(vrrp_group, a_better_one_that_comes_back_preempts_without_a_gap) {
    site s = pair_of();
    s.all[0].runs = false;
    s.pass(1s);
    ASSERT_TRUE(s.holds(1));
    s.all[0] = site(1).add(with(200)); // born again
    s.start(0);
    s.fresh();
    s.pass(2s);
    EXPECT_EQ(s.in(0), state::active);
    EXPECT_EQ(s.in(1), state::backup);
    EXPECT_EQ(s.unheld, 0ns);
    EXPECT_LE(s.doubled, 1ms);
}

TEST(vrrp_group, without_preemption_whoever_holds_goes_on) {
    site s(1);
    group_settings polite = with(200);
    polite.preempt = false;
    s.add(with(100));
    s.start();
    s.pass(1s);
    s.add(polite);
    s.start(1);
    s.pass(5s);
    EXPECT_EQ(s.in(0), state::active);
    EXPECT_EQ(s.in(1), state::backup);
    s.all[0].runs = false;
    s.pass(1s);
    EXPECT_EQ(s.in(1), state::active);
}

TEST(vrrp_group, preemption_may_wait_and_may_be_forbidden) {
    site s(1);
    group_settings patient = with(200);
    patient.preempt_delay = 3s;
    s.add(with(100));
    s.start();
    s.pass(1s);
    s.add(patient);
    s.all[1].group.allow_preemption(false);
    s.start(1);
    s.pass(5s);
    EXPECT_EQ(s.in(1), state::backup);
    s.all[1].group.allow_preemption(true);
    s.pass(1s);
    EXPECT_EQ(s.in(1), state::active);

    s.all[1].runs = false;
    s.pass(1s);
    s.all[1] = site(1).add(patient);
    const moment began = s.now;
    s.start(1);
    s.pass(6s);
    EXPECT_EQ(s.in(1), state::active);
    EXPECT_GE(s.all[1].group.since() - began, 3s);
    EXPECT_LE(s.all[1].group.since() - began, 3500ms);
}

TEST(vrrp_group, of_three_the_next_best_takes_over) {
    site s(1);
    for (const int priority : {200, 199, 198})
        s.add(with(static_cast<std::uint8_t>(priority)));
    s.start();
    s.pass(2s);
    ASSERT_TRUE(s.holds(0));
    s.all[0].runs = false;
    s.fresh();
    s.pass(2s);
    EXPECT_EQ(s.in(1), state::active);
    EXPECT_EQ(s.in(2), state::backup);
    EXPECT_EQ(s.doubled, 0ns);
}

TEST(vrrp_group, a_peer_that_was_not_active_cannot_give_up_for_the_one_that_is) {
    site s(1);
    for (const int priority : {200, 100, 99})
        s.add(with(static_cast<std::uint8_t>(priority)));
    s.start();
    s.pass(2s);
    s.pass(30ms); // longer to the next advertisement than the skew time
    s.fresh();
    vrrp_message stray;
    stray.source = of_node(1);
    stray.priority = vrrp_resigns;
    stray.interval = 10;
    s.note(2, s.all[2].group.hear(0, stray, s.now));
    s.pass(2s);
    EXPECT_TRUE(s.all[2].story.empty());
}

// Splits and stops.

TEST(vrrp_group, after_a_split_the_winner_announces_and_the_loser_is_gone_at_once) {
    site s = pair_of();
    s.all[0].links[0] = false;
    s.pass(2s);
    ASSERT_TRUE(s.holds(0) && s.holds(1));
    s.all[0].links[0] = true;
    s.fresh();
    s.pass(2s);
    EXPECT_EQ(s.in(0), state::active);
    EXPECT_EQ(s.in(1), state::backup);
    EXPECT_EQ(s.all[0].announced, 1U);
    EXPECT_LE(s.doubled, 101ms); // an interval
    EXPECT_EQ(s.unheld, 0ns);
}

TEST(vrrp_group, one_that_hung_holds_nothing_until_it_has_listened_again) {
    site s = pair_of();
    s.all[0].stopped = true;
    s.pass(5s);
    EXPECT_TRUE(s.holds(1));
    s.fresh();
    s.all[0].stopped = false;
    s.pass(50ms);
    EXPECT_EQ(s.in(0), state::backup);
    ASSERT_EQ(s.all[0].story.size(), 1U);
    EXPECT_EQ(s.all[0].story[0].why, event::lapsed);
    EXPECT_GT(s.all[0].story[0].silence, 4s);
    EXPECT_EQ(s.all[0].sent, 0U);
    EXPECT_EQ(s.doubled, 0ns);
    s.pass(2s); // then it preempts as any that comes back
    EXPECT_TRUE(s.holds(0));
    EXPECT_LE(s.doubled, 1ms);
    EXPECT_EQ(s.unheld, 0ns);
}

TEST(vrrp_group, a_backup_that_hung_does_not_take_its_own_silence_for_the_others) {
    site s = pair_of(200, 100, 1, 10ms);
    s.all[1].stopped = true;
    s.all[1].came.clear();
    s.pass(3s);
    s.all[1].came.clear(); // what came meanwhile is lost
    s.all[1].stopped = false;
    s.pass(3s);
    EXPECT_TRUE(s.all[1].story.empty());
    EXPECT_EQ(s.doubled, 0ns);
}

TEST(vrrp_group, one_that_is_always_late_takes_over_all_the_same) {
    site s = pair_of(200, 100, 1, 10ms);
    s.all[0].runs = false;
    for (int i = 0; i < 10; ++i) {
        s.all[1].stopped = true;
        s.pass(20ms);
        s.all[1].stopped = false;
        s.pass(100us);
    }
    EXPECT_FALSE(s.all[1].story.empty());
}

TEST(vrrp_group, who_cannot_prove_that_it_sends_stops_holding) {
    site s = pair_of();
    group& g = s.all[0].group;
    const moment proved = s.now;
    for (int i = 0; i < 500; ++i) { // looks in time, but its worker does not poll
        s.now += 1ms;
        s.note(0, g.wake(s.now));
        s.note(0, g.look(s.now));
    }
    ASSERT_EQ(s.all[0].story.size(), 1U);
    EXPECT_EQ(s.all[0].story[0].why, event::lapsed);
    EXPECT_LE(s.all[0].group.since() - proved, 301ms);
}

// Groups of several routers.

TEST(vrrp_group, one_link_that_is_heard_is_enough_to_stay_a_backup) {
    site s = pair_of(200, 100, 2);
    s.all[0].links[0] = false;
    s.pass(5s);
    EXPECT_EQ(s.doubled, 0ns);
    EXPECT_EQ(s.in(1), state::backup);
    s.all[0].links[1] = false;
    s.pass(1s);
    EXPECT_EQ(s.in(1), state::active);
}

TEST(vrrp_group, a_port_without_link_hands_the_whole_group_over_by_the_other) {
    site s = pair_of(200, 200, 2, 1s);
    const std::size_t first = s.holds(0) ? 0 : 1;
    s.all[first].links[0] = false;
    s.note(first, s.all[first].group.set_broken(true, s.now));
    EXPECT_EQ(s.in(first), state::fault);
    s.pass(3s);
    EXPECT_TRUE(s.holds(1 - first));
    EXPECT_LE(s.unheld, 221ms); // the skew time of priority 200
    // Mended, it listens first.
    s.all[first].links[0] = true;
    s.note(first, s.all[first].group.set_broken(false, s.now));
    s.pass(10s);
    EXPECT_EQ(s.in(first), state::backup);
}

TEST(vrrp_group, of_equals_with_several_links_one_link_decides) {
    // Greater on one link, smaller on the other: both would give way.
    group_settings settings = with(200);
    group a(settings, {router{.source = of_node(1)}, router{.source = of_node(1)}});
    group b(settings, {router{.source = of_node(0)}, router{.source = of_node(2)}});
    moment now = 1h;
    for (group* g : {&a, &b}) {
        g->start(now);
        g->proved(now + 1s);
        g->look(now + 50ms);
        g->look(now + 100ms);
        g->look(now + 200ms);
        g->look(now + 300ms);
        g->look(now + 400ms);
        ASSERT_EQ(g->now_in(), state::active);
    }
    now += 401ms;
    vrrp_message from_a;
    from_a.priority = 200;
    from_a.interval = 10;
    from_a.source = of_node(1);
    vrrp_message from_b = from_a;
    from_b.source = of_node(0);
    a.hear(0, from_b, now);
    from_b.source = of_node(2);
    a.hear(1, from_b, now);
    b.hear(0, from_a, now);
    EXPECT_EQ(a.now_in(), state::active);
    EXPECT_EQ(b.now_in(), state::backup);
}

TEST(vrrp_group, broken_before_it_begins_it_is_no_backup_until_mended) {
    group g(with(200), {router{}});
    g.set_broken(true, 1s);
    const outcome o = g.start(1s);
    EXPECT_EQ(g.now_in(), state::fault);
    EXPECT_EQ(o.change.why, event::broken);
    EXPECT_EQ(g.next(), moment::max());
    g.set_broken(false, 2s);
    EXPECT_EQ(g.now_in(), state::backup);
}

// Other intervals, other settings.

TEST(vrrp_group, a_backup_waits_by_the_interval_of_who_is_active) {
    site s(1);
    s.add(with(200, 1s));
    s.add(with(100, 100ms));
    s.start();
    s.pass(20s);
    EXPECT_EQ(s.in(0), state::active);
    const unsigned moves = static_cast<unsigned>(s.all[1].story.size());
    s.pass(10s);
    EXPECT_EQ(s.all[1].story.size(), moves);
    EXPECT_EQ(s.in(1), state::backup);
}

TEST(vrrp_group, another_configuration_disturbs_nothing) {
    site s = pair_of();
    for (std::size_t i = 0; i < 2; ++i) {
        group next(with(i == 0 ? 201 : 90), {router{.source = of_node(i)}});
        const int same[]{0};
        next.take_over(s.all[i].group, same);
        s.all[i].group = next;
    }
    s.pass(3s);
    EXPECT_TRUE(s.all[0].story.empty());
    EXPECT_TRUE(s.all[1].story.empty());
    EXPECT_EQ(s.unheld, 0ns);
    EXPECT_EQ(s.doubled, 0ns);
    EXPECT_EQ(s.all[0].group.priority(), 201);
}

TEST(vrrp_group, a_priority_that_falls_lets_the_other_preempt) {
    site s = pair_of();
    s.all[0].group.set_priority(50);
    s.pass(2s);
    EXPECT_EQ(s.in(1), state::active);
    EXPECT_EQ(s.unheld, 0ns);
    s.all[0].group.set_priority(200);
    s.pass(2s);
    EXPECT_EQ(s.in(0), state::active);
}

TEST(vrrp_group, whatever_happens_one_of_them_holds_in_the_end) {
    std::mt19937 random(9568);
    for (int run = 0; run < 200; ++run) {
        const std::size_t links = 1 + random() % 2;
        site s(links);
        for (std::size_t i = 0; i < 3; ++i)
            s.add(with(static_cast<std::uint8_t>(100 + random() % 3), 10ms));
        s.start();
        for (int step = 0; step < 30; ++step) {
            site::director& d = s.all[random() % 3];
            switch (random() % 5) {
            case 0:
                d.links[random() % links] = random() % 2 == 0;
                break;
            case 1:
                d.stopped = random() % 2 == 0;
                break;
            case 2:
                s.note(static_cast<std::size_t>(&d - s.all.data()), d.group.yield(s.now));
                break;
            case 3:
                s.note(static_cast<std::size_t>(&d - s.all.data()),
                       d.group.set_broken(random() % 2 == 0, s.now));
                break;
            default:
                break;
            }
            s.pass(std::chrono::milliseconds{random() % 60});
        }
        for (std::size_t i = 0; i < 3; ++i) {
            s.all[i].stopped = false;
            s.all[i].links.assign(links, true);
            s.note(i, s.all[i].group.set_broken(false, s.now));
        }
        s.pass(500ms);
        s.fresh();
        s.pass(500ms);
        EXPECT_EQ(s.unheld, 0ns) << run;
        EXPECT_EQ(s.doubled, 0ns) << run;
    }
}

} // namespace
} // namespace weir::ha
