// What links to peers do to an election: who is kept from taking over, who takes at once.

#include <gtest/gtest.h>

#include "ha/links.h"
#include "unit/ha/site.h"

namespace weir::ha {
namespace {

constexpr moment now = 1h;

hearing fast(nanoseconds ago, nanoseconds sent = 1s) {
    return {now - ago, sent, 10ms, false};
}
hearing slow(nanoseconds ago, nanoseconds sent) {
    return {now - ago, sent, 1s, true};
}

TEST(proof_of_life, is_a_link_that_is_not_silent) {
    EXPECT_EQ(proof_of_life({}, now), -1);
    EXPECT_EQ(proof_of_life(std::vector<hearing>(2), now), -1);
    EXPECT_EQ(proof_of_life(std::vector{fast(30ms)}, now), 0);
    EXPECT_EQ(proof_of_life(std::vector{fast(34ms)}, now), -1);
    EXPECT_EQ(proof_of_life(std::vector{fast(34ms), fast(5ms)}, now), 1);
    EXPECT_EQ(proof_of_life(std::vector{slow(3s, 1s)}, now), 0);
    EXPECT_EQ(proof_of_life(std::vector{slow(4s, 1s)}, now), -1);
}

TEST(proof_of_life, a_slow_link_does_not_delay_what_fast_ones_have_seen) {
    // It was sent before the peer died, or just after its last fast heartbeat.
    EXPECT_EQ(proof_of_life(std::vector{fast(40ms, 1000ms), slow(10ms, 500ms)}, now), -1);
    EXPECT_EQ(proof_of_life(std::vector{fast(40ms, 1000ms), slow(10ms, 1020ms)}, now), -1);
    // It was sent when the fast link should have spoken again: that is cut, the peer lives.
    EXPECT_EQ(proof_of_life(std::vector{fast(40ms, 1000ms), slow(10ms, 1021ms)}, now), 1);
    // Of two fast ones the later decides.
    EXPECT_EQ(
        proof_of_life(std::vector{fast(9s, 100ms), fast(40ms, 1000ms), slow(10ms, 1015ms)}, now),
        -1);
}

/// A backup that has heard an active peer of priority 200 at 100 ms.
struct backup {
    explicit backup(std::uint8_t priority = 100)
        : g(with(priority), {router{.source = of_node(1)}}) {
        at = 1h;
        g.start(at);
        hear(200);
    }
    void hear(std::uint8_t priority) {
        vrrp_message m;
        m.source = of_node(0);
        m.version = vrrp_version::v3;
        m.priority = priority;
        m.interval = 10;
        g.hear(0, m, at);
    }
    /// A millisecond at a time; the last outcome that moved.
    outcome pass(nanoseconds time, const link_word& word) {
        outcome last;
        for (const moment end = at + time; at < end;) {
            at += 1ms;
            for (const outcome& o : {g.hear_links(word, at), g.look(at)})
                if (o.moved) last = o;
        }
        return last;
    }
    group g;
    moment at{0};
};

const link_word nobody{.next_in_line = true};
const link_word held{.held = true, .outranked = true, .peer = 0};
const link_word gave_up{.gave_up = true, .next_in_line = true, .peer = 0};

TEST(links, silence_alone_is_a_death) {
    backup b;
    b.pass(359ms, nobody);
    EXPECT_EQ(b.g.now_in(), state::backup);
    EXPECT_TRUE(b.pass(3ms, nobody).moved);
    EXPECT_TRUE(b.g.holding());
}

TEST(links, who_is_heard_to_hold_is_not_dead) {
    backup b;
    EXPECT_FALSE(b.pass(10s, held).moved);
    EXPECT_TRUE(b.g.kept_back());
    const outcome o = b.pass(1ms, nobody);
    EXPECT_EQ(o.change.to, state::active);
    EXPECT_EQ(o.change.why, event::silence);
    EXPECT_FALSE(b.g.kept_back());
}

TEST(links, a_worse_holder_is_replaced_where_preemption_is_allowed) {
    const link_word worse{.held = true, .next_in_line = true, .peer = 0};
    backup b;
    EXPECT_TRUE(b.pass(1s, worse).moved);
    backup patient;
    patient.g.allow_preemption(false);
    EXPECT_FALSE(patient.pass(1s, worse).moved);
}

TEST(links, a_peer_that_is_heard_by_vrrp_keeps_nothing_back) {
    backup b;
    b.hear(50); // a worse one than us: to be replaced
    for (int i = 0; i < 40 && !b.g.holding(); ++i) {
        b.pass(10ms, held);
        b.hear(50);
    }
    EXPECT_TRUE(b.g.holding());
}

TEST(links, who_gives_up_by_a_link_is_replaced_at_once) {
    backup b;
    b.pass(50ms, held);
    const outcome o = b.pass(1ms, gave_up);
    EXPECT_EQ(o.change.to, state::active);
    EXPECT_EQ(o.change.link_peer, 0);
}

TEST(links, the_second_in_line_waits_its_skew_time) {
    backup b;
    link_word second = gave_up;
    second.next_in_line = false;
    EXPECT_FALSE(b.pass(1ms, second).moved);
    EXPECT_FALSE(b.pass(58ms, {}).moved);
    EXPECT_TRUE(b.pass(4ms, {}).moved); // 156 / 256 of 100 ms
}

TEST(links, who_gives_up_by_vrrp_is_believed) {
    backup b;
    b.hear(vrrp_resigns); // the link's word is a little older
    EXPECT_TRUE(b.pass(65ms, held).moved);
}

TEST(links, a_silent_peer_is_fenced_first) {
    backup b;
    link_word unfenced = nobody;
    unfenced.unfenced = true;
    EXPECT_FALSE(b.pass(10s, unfenced).moved);
    EXPECT_TRUE(b.g.wants_fence());
    EXPECT_TRUE(b.pass(1ms, nobody).moved);
}

TEST(links, one_that_gave_up_needs_no_fence) {
    backup b;
    b.hear(vrrp_resigns);
    link_word unfenced = nobody;
    unfenced.unfenced = true;
    EXPECT_TRUE(b.pass(65ms, unfenced).moved);
    EXPECT_FALSE(b.g.wants_fence());
}

TEST(links, of_two_holders_the_worse_one_steps_down) {
    backup b;
    b.pass(400ms, nobody);
    ASSERT_TRUE(b.g.holding());
    EXPECT_FALSE(b.pass(100ms, held).moved);
    const outcome o = b.pass(2ms, held);
    EXPECT_EQ(o.change.to, state::backup);
    EXPECT_EQ(o.change.link_peer, 0);
    EXPECT_FALSE(b.pass(10s, held).moved);
}

TEST(links, a_reload_keeps_what_they_said) {
    backup b;
    b.pass(50ms, held);
    group next(with(100), {router{.source = of_node(1)}});
    const int same[] = {0};
    next.take_over(b.g, same);
    b.g = next;
    for (int i = 0; i < 1000; ++i)
        EXPECT_FALSE(b.g.look(b.at += 1ms).moved);
}

} // namespace
} // namespace weir::ha
