// The heart: what it puts into the workers' letterboxes, what it makes of what is in them, and what
// it lets workers hold, when directors come, go and change.

#include "unit/ha/heart_site.h"

namespace weir::ha {
namespace {

TEST(heart, advertises_announces_and_holds_when_no_other_does) {
    director a("192.0.2.2");
    heart_site s{{&a}};
    a.publish(a.group_of(200));
    s.pass(20ms);
    EXPECT_FALSE(a.held.holds(1, s.now));
    s.pass(30ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
    EXPECT_FALSE(a.held.holds(2, s.now));
    ASSERT_EQ(a.story.size(), 2U);
    EXPECT_EQ(a.story[0].change.to, state::backup);
    EXPECT_EQ(a.story[1].change.to, state::active);
    EXPECT_EQ(a.story[1].group, 1);
    s.advertised = 0;
    s.pass(1s);
    EXPECT_NEAR(s.advertised, 100, 1);
    // At most three intervals from the last one.
    EXPECT_TRUE(a.held.holds(1, s.now + 15 * second / 1000));
    EXPECT_FALSE(a.held.holds(1, s.now + 31 * second / 1000));
}

TEST(heart, holds_nothing_once_its_worker_takes_no_letters) {
    director a("192.0.2.2");
    heart_site s{{&a}};
    a.publish(a.group_of(200));
    s.pass(100ms);
    ASSERT_TRUE(a.held.holds(1, s.now));
    s.polls = false;
    s.pass(50ms);
    EXPECT_FALSE(a.held.holds(1, s.now));
    EXPECT_EQ(a.story.back().change.why, event::lapsed);
    s.polls = true;
    const letter* const stale = a.boxes[0]->to_send.front();
    ASSERT_NE(stale, nullptr);
    EXPECT_LT(stale->time, s.now); // not to be sent any more
}

TEST_F(two_hearts, of_two_one_holds_and_the_other_takes_over) {
    a.publish(a.group_of(200));
    b.publish(b.group_of(199));
    s.pass(500ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
    EXPECT_FALSE(b.held.holds(1, s.now));
    s.all = {&b};
    s.pass(40ms);
    EXPECT_TRUE(b.held.holds(1, s.now));
    EXPECT_EQ(b.story.back().change.why, event::silence);
    // The first one, which was stopped, finds itself late.
    s.all = {&a, &b};
    EXPECT_FALSE(a.held.holds(1, s.now));
    s.pass(2ms);
    EXPECT_EQ(a.story.back().change.why, event::lapsed);
    s.pass(1s);
    EXPECT_TRUE(a.held.holds(1, s.now));
    EXPECT_FALSE(b.held.holds(1, s.now));
}

TEST_F(two_hearts, leaves_once_the_other_speaks_and_begins_nothing_more) {
    a.publish(a.group_of(200));
    b.publish(b.group_of(199));
    s.pass(500ms);
    a.beats.ask({request::what::leave, 0});
    s.pass(1ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
    s.pass(20ms);
    EXPECT_FALSE(a.held.holds(1, s.now));
    EXPECT_TRUE(b.held.holds(1, s.now));
    EXPECT_EQ(a.story.back().change.to, state::initialize);
    a.publish(a.group_of(200), a.group_of(200, 1, 2));
    s.pass(1s);
    EXPECT_FALSE(a.held.holds(1, s.now));
    EXPECT_FALSE(a.held.holds(2, s.now));
}

TEST_F(two_hearts, passes_packets_both_ways_while_a_group_changes_hands) {
    a.publish(a.group_of(200));
    b.publish(b.group_of(199));
    s.pass(5s);
    EXPECT_EQ(a.successor(s.now), a.mac());
    EXPECT_EQ(b.successor(s.now), b.mac());
    // By an operator's word, and back by preemption.
    a.beats.ask({request::what::yield, 1});
    s.pass(100ms);
    ASSERT_TRUE(b.held.holds(1, s.now));
    EXPECT_EQ(a.successor(s.now), b.mac());
    EXPECT_EQ(b.successor(s.now), a.mac());
    s.pass(2s);
    EXPECT_EQ(a.successor(s.now), a.mac());
    EXPECT_EQ(b.successor(s.now), b.mac());
    b.publish(b.group_of(100)); // any change of priority
    a.publish(a.group_of(201));
    b.beats.ask({request::what::yield, 1});
    s.pass(100ms);
    ASSERT_TRUE(a.held.holds(1, s.now));
    EXPECT_EQ(a.successor(s.now), b.mac());
    EXPECT_EQ(b.successor(s.now), a.mac());
    // A plan that comes meanwhile changes nothing.
    a.publish(a.group_of(202));
    s.pass(10ms);
    EXPECT_EQ(a.successor(s.now), b.mac());
}

TEST_F(two_hearts, passes_no_packet_to_the_dead_and_none_that_is_old) {
    a.publish(a.group_of(200));
    b.publish(b.group_of(199));
    s.pass(5s);
    s.all = {&b}; // a is stopped
    s.pass(200ms);
    ASSERT_TRUE(b.held.holds(1, s.now));
    EXPECT_EQ(b.successor(s.now), b.mac());
    s.all = {&a, &b}; // and goes on
    s.pass(5ms);
    ASSERT_FALSE(a.held.holds(1, s.now));
    EXPECT_EQ(a.successor(s.now), a.mac());
    s.pass(60ms); // takes the group back from one that lives
    ASSERT_TRUE(a.held.holds(1, s.now));
    EXPECT_EQ(a.successor(s.now), b.mac());
    EXPECT_EQ(b.successor(s.now), a.mac());
}

TEST_F(two_hearts, hands_one_group_over_when_asked) {
    a.publish(a.group_of(200), a.group_of(200, 1, 2));
    b.publish(b.group_of(199), b.group_of(199, 1, 2));
    s.pass(500ms);
    a.beats.ask({request::what::yield, 2});
    s.pass(1s);
    EXPECT_TRUE(a.held.holds(1, s.now));
    EXPECT_FALSE(a.held.holds(2, s.now));
    EXPECT_TRUE(b.held.holds(2, s.now));
}

TEST(heart, goes_on_through_another_plan_and_gives_up_what_is_gone) {
    director a("192.0.2.2");
    heart_site s{{&a}};
    a.publish(a.group_of(200), a.group_of(200, 1, 2));
    s.pass(500ms);
    const std::size_t before = a.story.size();
    a.publish(a.group_of(150));
    s.advertised = 0;
    s.pass(1ms);
    EXPECT_EQ(s.advertised, 1U); // the resignation of group 2, and maybe a beat
    s.pass(100ms);
    EXPECT_EQ(a.story.size(), before);
    EXPECT_TRUE(a.held.holds(1, s.now));
    EXPECT_FALSE(a.held.holds(2, s.now));
    // Plans that come faster than turns.
    a.publish(a.group_of(151));
    a.publish(a.group_of(152));
    s.pass(100ms);
    a.publish(a.group_of(153));
    s.pass(100ms);
    EXPECT_EQ(a.story.size(), before);
    EXPECT_TRUE(a.held.holds(1, s.now));
}

TEST(heart, announces_in_rounds_that_hold_up_no_advertisement) {
    director a("192.0.2.2");
    heart_site s{{&a}};
    a.publish(a.group_of(200, 1000));
    s.pass(45ms);
    s.advertised = 0;
    s.pass(1s);
    EXPECT_NEAR(s.advertised, 100, 1);
    EXPECT_LE(s.most, 17U);
    EXPECT_GE(s.announced, 2000U); // a round at once, the next after 200 ms
    s.pass(10s);
    EXPECT_EQ(s.announced, 4000U);
    s.pass(60s);
    EXPECT_EQ(s.announced, 5000U); // refreshed each minute
}

} // namespace
} // namespace weir::ha
