// VRRP groups when links, directors or their clocks fail, and when their settings differ.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "unit/ha/site.h"

namespace weir::ha {
namespace {

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

TEST(vrrp_group, one_that_is_late_again_and_again_is_waited_for_longer) {
    site s = pair_of(200, 199, 1, 10ms);
    for (int i = 0; i < 20; ++i) {
        s.pass(500ms);
        s.all[0].stopped = true;
        s.pass(35ms);
        s.all[0].stopped = false;
    }
    s.pass(500ms);
    EXPECT_EQ(std::ranges::count(s.all[0].story, event::lapsed, &transition::why), 2);
    EXPECT_EQ(std::ranges::count(s.all[1].story, state::active, &transition::to), 2);
    EXPECT_EQ(s.all[0].group.advertised(), 20ms);
    s.fresh();
    s.pass(61s);
    EXPECT_EQ(s.all[0].group.advertised(), 10ms);
    EXPECT_TRUE(s.all[0].story.empty() && s.all[1].story.empty());
    s.all[0].runs = false;
    s.pass(35ms);
    EXPECT_TRUE(s.holds(1)) << "and its death is seen as soon as ever";
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
