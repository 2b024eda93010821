// What the tables hold after one director has died, or the link was cut, and how late they are.

#include <algorithm>
#include <string>

#include "unit/sync/two_tables.h"

namespace weir::sync::test {
namespace {

TEST_F(two_tables, when_a_peer_dies_its_copies_count_as_seen_then) {
    connect(a, b);
    a.open(key(1), at_a[11]);
    settle(a, b);
    both_wait(880); // a may have heard of it a moment ago
    cut(a, b);
    b.pass_time(600);
    EXPECT_NE(b.find(key(1)), nullptr);
    b.pass_time(500);
    EXPECT_EQ(b.find(key(1)), nullptr);
    EXPECT_EQ(b.flows->size(), 0u);
}

TEST_F(two_tables, who_takes_over_tells_of_it_and_a_restarted_peer_learns_all) {
    connect(a, b);
    a.open(key(1), at_a[11]);
    a.open(key(2), at_a[12]);
    settle(a, b);
    cut(a, b);
    a.restart(3);
    at_a[12] = a.add_server(12);
    at_a[11] = a.add_server(11);
    b.pass_time(5);
    flow_table::touch(*b.find(key(1)), b.now);
    ASSERT_TRUE(
        b.flows->set_state(*b.find(key(1)), flow_state::established, flow_state::close_wait, 60));
    connect(b, a);
    settle(b, a);
    ASSERT_NE(a.find(key(1)), nullptr);
    EXPECT_EQ(a.find(key(1))->state, flow_state::close_wait);
    EXPECT_EQ(a.find(key(1))->target, at_a[11]);
    ASSERT_NE(a.find(key(2)), nullptr);
    EXPECT_EQ(active(a, at_a[12]), 1u);
}

TEST_F(two_tables, what_moves_to_the_other_moves_back_with_its_state) {
    connect(a, b);
    connect(b, a);
    settle(b, a);
    const flow_index i = a.open(key(1), at_a[11]);
    settle(a, b);
    settle(b, a);
    EXPECT_EQ(b.tells->flows_told(), 0u) << "what is adopted is not told";
    both_wait(10);
    flow_entry& copy = *b.find(key(1)); // b is active now
    flow_table::touch(copy, b.now);
    ASSERT_TRUE(b.flows->change_state(copy, flow_state::established, flow_state::fin_wait, 120));
    settle(b, a);
    EXPECT_EQ(a.flows->entry(i).state, flow_state::fin_wait);
    EXPECT_FALSE(a.flows->entry(i).used_here());
    ASSERT_TRUE(b.flows->end(0, copy, flow_state::fin_wait));
    settle(b, a);
    EXPECT_EQ(a.find(key(1)), nullptr);
}

TEST_F(two_tables, what_is_said_late_does_not_undo_what_the_new_holder_saw) {
    connect(a, b);
    connect(b, a);
    settle(b, a);
    const flow_index i = a.open(key(1), at_a[11]);
    settle(a, b);
    // A packet at a, and in the same second the client's FIN at b, before b hears of a's.
    a.marks->set(i);
    flow_entry& copy = *b.find(key(1));
    flow_table::touch(copy, b.now);
    EXPECT_TRUE(copy.used_here()) << "in the second in which it was heard of";
    ASSERT_TRUE(b.flows->change_state(copy, flow_state::established, flow_state::fin_wait, 120));
    b.servers->moved(at_b[11], false);
    settle(a, b);
    EXPECT_EQ(b.find(key(1))->state, flow_state::fin_wait);
    EXPECT_EQ(active(b, at_b[11]), 0u);
    settle(b, a);
    EXPECT_EQ(a.flows->entry(i).state, flow_state::fin_wait);
    EXPECT_EQ(active(a, at_a[11]), 0u);
    ASSERT_TRUE(b.flows->end(0, copy, flow_state::fin_wait));
    settle(b, a);
    EXPECT_EQ(a.find(key(1)), nullptr);
}

TEST_F(two_tables, both_choose_the_same_when_both_had_it_in_one_second) {
    connect(a, b);
    connect(b, a);
    // Each has placed it elsewhere: the one whose connection is further on its way holds, else the
    // first server.
    a.open(key(1), at_a[11], flow_state::fin_wait);
    b.open(key(1), at_b[12], flow_state::established);
    a.open(key(2), at_a[12]);
    b.open(key(2), at_b[11]);
    pass_on(a, b);
    pass_on(b, a);
    settle(a, b);
    settle(b, a);
    EXPECT_EQ(a.find(key(1))->target, at_a[11]);
    EXPECT_EQ(b.find(key(1))->target, at_b[11]);
    EXPECT_EQ(a.find(key(2))->target, at_a[11]);
    EXPECT_EQ(b.find(key(2))->target, at_b[11]);
    EXPECT_EQ(active(a, at_a[11]), 1u);
    EXPECT_EQ(active(b, at_b[11]), 1u);
    EXPECT_EQ(active(a, at_a[12]) + active(b, at_b[12]), 0u);
}

TEST_F(two_tables, the_later_packet_wins) {
    connect(a, b);
    connect(b, a);
    a.open(key(1), at_a[11]);
    b.open(key(1), at_b[12]); // both were active, for a while
    flow_entry& of_b = *b.find(key(1));
    both_wait(5);
    flow_table::touch(of_b, b.now);
    settle(a, b);
    EXPECT_EQ(b.find(key(1))->target, at_b[12]);
    settle(b, a);
    ASSERT_NE(a.find(key(1)), nullptr);
    EXPECT_EQ(a.find(key(1))->target, at_a[12]);
    EXPECT_EQ(active(a, at_a[11]), 0u);
    EXPECT_EQ(active(a, at_a[12]), 1u);
}

TEST_F(two_tables, a_client_that_uses_its_port_again_has_its_later_connection) {
    connect(a, b);
    connect(b, a);
    for (const flow_state over : {flow_state::close, flow_state::time_wait, flow_state::reset}) {
        const flow_key k = key(static_cast<std::uint32_t>(over));
        a.open(k, at_a[11], over); // in one second, and as told to b it is not over yet
        b.open(k, at_b[12], flow_state::established);
        settle(a, b);
        settle(b, a);
        EXPECT_EQ(b.find(k)->target, at_b[12]);
        EXPECT_EQ(a.find(k)->target, at_a[12]);
        EXPECT_EQ(a.find(k)->state, flow_state::established);
    }
    EXPECT_EQ(inactive(a, at_a[11]), 0u);
    EXPECT_EQ(active(a, at_a[12]), 3u);
}

TEST_F(two_tables, what_began_anew_and_is_not_told_yet_does_not_end_for_that) {
    connect(b, a);
    const flow_index i = b.open(key(1), at_b[11], flow_state::fin_wait);
    settle(b, a);
    connect(a, b);
    settle(a, b); // which tells b of its own flow, as seen last at a
    flow_entry& of_b = b.flows->entry(i);
    of_b.heard = static_cast<std::uint16_t>(of_b.last_seen);
    b.move(i, flow_state::syn_recv, 10); // the client uses its port again
    cut(b, a);
    connect(b, a);
    settle(b, a);
    EXPECT_EQ(a.find(key(1)), nullptr) << "b has not told of a handshake";
    b.move(i, flow_state::established, 900);
    settle(a, b);
    EXPECT_NE(b.find(key(1)), nullptr);
    settle(b, a);
    EXPECT_NE(a.find(key(1)), nullptr);
}

TEST_F(two_tables, after_a_stop_what_was_on_its_way_is_not_all) {
    connect(a, b);
    settle(a, b);
    ASSERT_TRUE(b.adopts->is_whole());
    b.adopts->doubt();
    EXPECT_FALSE(b.adopts->is_whole());
    pass_on(a, b, 1 << 16, 300); // a mark that may have waited while b was stopped
    EXPECT_FALSE(b.adopts->is_whole());
    pass_on(a, b, 1 << 16, 600); // the answer to it was given since
    EXPECT_TRUE(b.adopts->is_whole());
}

TEST_F(two_tables, what_ended_during_a_cut_ends_at_the_other_too) {
    connect(a, b);
    const flow_index i = a.open(key(1), at_a[11]);
    a.open(key(2), at_a[11]);
    settle(a, b);
    cut(a, b);
    a.end(i);
    connect(a, b);
    pass_on(a, b, 5 * longest_record);
    settle(a, b);
    EXPECT_EQ(b.find(key(1)), nullptr);
    EXPECT_NE(b.find(key(2)), nullptr);
}

TEST_F(two_tables, lag_is_the_age_of_the_oldest_change_that_the_other_may_lack) {
    connect(a, b);
    settle(a, b);
    EXPECT_EQ(a.tells->lag(0), 0u);
    a.open(key(1), at_a[11]);
    bytes told;
    while (a.tells->work(told, 1 << 16, a.names, a.now, 100)) {
    }
    EXPECT_EQ(a.tells->lag(150), 50u) << "told, not acknowledged";
    EXPECT_FALSE(told.empty());
    bytes quiet;
    a.tells->work(quiet, 1 << 16, a.names, a.now, 200);
    EXPECT_TRUE(quiet.empty()) << "one mark at a time";
}

} // namespace
} // namespace weir::sync::test
