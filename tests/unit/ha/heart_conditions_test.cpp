// What the heart lets a group hold it by: links and addresses, whom it hears, what it is told, and
// workers that poll.

#include "unit/ha/heart_site.h"

namespace weir::ha {
namespace {

TEST(heart, gives_up_without_link_and_without_address) {
    director a("192.0.2.2");
    heart_site s{{&a}};
    group_plan g = a.group_of(200);
    a.publish(g);
    s.pass(100ms);
    a.links[0] = false;
    s.pass(1ms);
    EXPECT_FALSE(a.held.holds(1, s.now));
    EXPECT_EQ(a.story.back().change.to, state::fault);
    a.links[0] = true;
    s.pass(100ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
    g.routers[0].source = {};
    a.publish(g);
    s.pass(2ms);
    EXPECT_EQ(a.story.back().change.to, state::fault);
}

TEST_F(two_hearts, counts_what_it_refuses) {
    group_plan of_a = a.group_of(200);
    group_plan of_b = b.group_of(199);
    of_b.routers[0].form = vrrp_checksum::pseudo;
    of_b.routers[0].learns_form = false;
    of_b.routers[0].advertised.push_back(ip("203.0.113.1"));
    a.publish(of_a);
    b.publish(of_b);
    s.spoil = true;
    s.pass(200ms);
    EXPECT_TRUE(a.held.holds(1, s.now) && b.held.holds(1, s.now));
    const auto checksum = static_cast<std::size_t>(vrrp_fault::checksum);
    EXPECT_GT(of_a.routers[0].counts->faults[checksum].get(), 10U);
    s.spoil = false;
    s.pass(50ms);
    EXPECT_GT(of_a.routers[0].counts->other_addresses.get(), 0U);
    EXPECT_GT(of_a.routers[0].counts->pseudo.get(), 0U);
    EXPECT_GT(of_a.counts->splits.get(), 0U);
    // It answers in the form it heard.
    s.pass(50ms);
    EXPECT_GT(of_b.routers[0].counts->pseudo.get(), 0U);
    EXPECT_TRUE(a.held.holds(1, s.now));
    EXPECT_FALSE(b.held.holds(1, s.now));
}

TEST_F(two_hearts, speaks_to_its_peers_alone_when_they_are_given) {
    group_plan of_a = a.group_of(200);
    group_plan of_b = b.group_of(199);
    of_a.routers[0].unicast = {ip("192.0.2.3")};
    of_b.routers[0].unicast = {ip("192.0.2.2")};
    a.publish(of_a);
    b.publish(of_b);
    s.pass(200ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
    EXPECT_FALSE(b.held.holds(1, s.now));
    of_b.routers[0].unicast = {ip("192.0.2.4")};
    b.publish(of_b);
    s.pass(100ms);
    EXPECT_GT(of_b.routers[0].counts->strangers.get(), 0U);
    EXPECT_TRUE(b.held.holds(1, s.now));
}

TEST_F(two_hearts, follows_orders_in_its_next_turns) {
    const group_plan of_a = a.group_of(200);
    const group_plan of_b = b.group_of(199);
    a.publish(of_a);
    b.publish(of_b);
    s.pass(200ms);
    ASSERT_TRUE(a.held.holds(1, s.now));
    of_a.orders->adjustment = -50;
    s.pass(100ms);
    EXPECT_EQ(of_a.counts->priority.load(), 150);
    EXPECT_TRUE(b.held.holds(1, s.now)) << "b is better now";
    EXPECT_FALSE(a.held.holds(1, s.now));
    of_a.orders->adjustment = 0;
    s.pass(100ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
    of_a.orders->adjustment = +10;
    a.publish(of_a); // a plan begins with the priority of its file
    s.pass(20ms);
    EXPECT_EQ(of_a.counts->priority.load(), 210);
    of_a.orders->fault = true;
    s.pass(20ms);
    EXPECT_EQ(of_a.counts->now.load(), state::fault);
    EXPECT_TRUE(b.held.holds(1, s.now));
    EXPECT_EQ(a.story.back().change.why, event::broken);
    of_a.orders->fault = false;
    s.pass(100ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
}

TEST_F(two_hearts, waits_at_its_start_as_long_as_it_is_told) {
    const group_plan of_a = a.group_of(200);
    const group_plan of_b = b.group_of(199);
    of_a.orders->waits = true;
    of_a.orders->may_preempt = false;
    a.publish(of_a);
    s.pass(300ms);
    EXPECT_EQ(of_a.counts->now.load(), state::backup);
    b.publish(of_b);
    s.pass(200ms);
    EXPECT_TRUE(b.held.holds(1, s.now));
    of_a.orders->waits = false;
    s.pass(200ms);
    EXPECT_FALSE(a.held.holds(1, s.now)) << "it may not take it from b yet";
    of_a.orders->may_preempt = true;
    s.pass(100ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
}

TEST_F(two_hearts, takes_nothing_back_after_a_stop_before_it_has_heard_all_anew) {
    a.with_peers.set(true, 0);
    a.publish(a.group_of(200));
    b.publish(b.group_of(199));
    s.pass(200ms);
    ASSERT_TRUE(a.held.holds(1, s.now));
    s.all = {&b}; // a is stopped as a whole
    s.pass(1s);
    s.all = {&a, &b};
    s.pass(1s);
    EXPECT_TRUE(b.held.holds(1, s.now)) << "what a knows of b's connections is a second old";
    a.with_peers.set(true, 0);
    s.pass(200ms);
    EXPECT_TRUE(b.held.holds(1, s.now)) << "said by a thread that had not seen the stop";
    a.with_peers.set(true, a.with_peers.stops());
    s.pass(100ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
    EXPECT_FALSE(b.held.holds(1, s.now));
}

TEST_F(two_hearts, waits_no_longer_when_the_active_one_gives_up) {
    const group_plan of_a = a.group_of(200);
    b.publish(b.group_of(199));
    s.pass(100ms);
    ASSERT_TRUE(b.held.holds(1, s.now));
    of_a.orders->waits = true;
    of_a.orders->may_preempt = false;
    a.publish(of_a);
    s.pass(100ms);
    b.beats.ask({request::what::leave, 0});
    s.pass(20ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
}

TEST_F(two_hearts, do_not_take_their_own_late_worker_for_a_death) {
    a.publish(a.group_of(200));
    b.publish(b.group_of(199));
    s.pass(500ms);
    const auto told = b.story.size();
    for (const std::size_t worker : {0U, 1U}) {
        b.hangs[worker] = true;
        s.pass(300ms);
        EXPECT_FALSE(b.held.holds(1, s.now)) << worker;
        b.hangs[worker] = false;
        s.pass(300ms);
        EXPECT_FALSE(b.held.holds(1, s.now)) << worker;
        EXPECT_EQ(b.story.size(), told) << worker;
    }
    // A death meanwhile is seen as soon as the worker has looked.
    b.hangs[1] = true;
    s.pass(20ms);
    s.all = {&b};
    s.pass(300ms);
    EXPECT_FALSE(b.held.holds(1, s.now));
    b.hangs[1] = false;
    s.pass(40ms); // what lay in the card was of one that lived
    EXPECT_TRUE(b.held.holds(1, s.now));
}

TEST(heart, holds_nothing_while_a_worker_misses_its_deadline) {
    director a("192.0.2.2");
    heart_site s{{&a}};
    const group_plan of_a = a.group_of(200);
    a.publish(of_a);
    a.beats.set_deadline(100ms);
    s.pass(200ms);
    ASSERT_TRUE(a.held.holds(1, s.now));
    EXPECT_EQ(a.beats.stalled(), -1);
    s.now += second; // the whole process was stopped
    s.pass(90ms);
    EXPECT_EQ(a.beats.stalled(), -1) << "the heart's own delay is no worker's";
    a.hangs[1] = true; // not the one that sends for port 0
    s.pass(95ms);
    EXPECT_EQ(a.beats.stalled(), -1);
    s.pass(10ms);
    EXPECT_EQ(a.beats.stalled(), 1);
    EXPECT_EQ(of_a.counts->now.load(), state::fault);
    a.hangs[1] = false;
    s.pass(100ms);
    EXPECT_EQ(a.beats.stalled(), -1);
    EXPECT_TRUE(a.held.holds(1, s.now));
    a.hangs[0] = a.hangs[1] = true;
    a.beats.set_deadline(0ns);
    s.pass(300ms);
    EXPECT_EQ(a.beats.stalled(), -1) << "without a deadline";
}

TEST(heart, notes_how_late_it_is) {
    director a("192.0.2.2");
    heart_site s{{&a}};
    a.publish(a.group_of(200));
    s.pass(100ms);
    EXPECT_GE(a.beats.lateness()[0] + a.beats.lateness()[1], 90U);
    s.now += second / 10;
    s.pass(1ms);
    EXPECT_EQ(a.beats.lateness()[17], 1U); // 65 to 131 ms
}

} // namespace
} // namespace weir::ha
