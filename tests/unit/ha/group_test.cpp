// VRRP groups: who is elected, how one leaves or yields, and who takes over.

#include <gtest/gtest.h>

#include "unit/ha/site.h"

namespace weir::ha {
namespace {

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

TEST(vrrp_group, an_owner_does_not_wait) {
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

TEST(vrrp_group, who_yields_without_a_successor_goes_on) {
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

} // namespace
} // namespace weir::ha
