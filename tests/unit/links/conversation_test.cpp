// Whether a heartbeat is the peer's now: two that meet, restarts, and somebody who repeats.

#include <gtest/gtest.h>

#include "links/conversation.h"

namespace weir::links {
namespace {

using verdict = conversation::verdict;

struct director {
    explicit director(std::uint64_t of) : boot(of), heard(of) {}
    heartbeat say() { return {.boot = boot, .echo = heard.echo(), .sequence = ++sequence}; }
    verdict hear(const heartbeat& h, std::size_t link = 0, bool alive = false) {
        return heard.hear(h, link, alive);
    }
    std::uint64_t boot;
    std::uint64_t sequence = 0;
    conversation heard;
};

struct pair_that_met {
    pair_that_met() {
        b.hear(a.say());
        a.hear(b.say());
        b.hear(a.say());
    }
    director a{1};
    director b{2};
};

TEST(conversations, begin_with_a_proof_on_both_sides) {
    director a(1);
    director b(2);
    EXPECT_EQ(b.hear(a.say()), verdict::unproven);
    EXPECT_EQ(a.hear(b.say()), verdict::fresh);
    EXPECT_EQ(b.hear(a.say()), verdict::fresh);
    EXPECT_EQ(a.hear(b.say()), verdict::good);
    EXPECT_EQ(b.hear(a.say()), verdict::good);
}

TEST(conversations, refuse_what_was_said_before) {
    pair_that_met p;
    const heartbeat once = p.a.say();
    EXPECT_EQ(p.b.hear(once), verdict::good);
    EXPECT_EQ(p.b.hear(once), verdict::old);
}

TEST(conversations, refuse_their_own_voice) {
    pair_that_met p;
    EXPECT_EQ(p.a.hear(p.a.say()), verdict::old);
}

TEST(conversations, count_links_apart_but_know_the_newest) {
    pair_that_met p;
    const heartbeat first = p.a.say();
    const heartbeat second = p.a.say();
    EXPECT_EQ(p.b.hear(second, 0), verdict::good);
    EXPECT_TRUE(p.b.heard.newest());
    EXPECT_EQ(p.b.hear(first, 1), verdict::good); // late, by a slow link
    EXPECT_FALSE(p.b.heard.newest());
    EXPECT_EQ(p.b.hear(first, 1), verdict::old);
}

TEST(conversations, one_that_starts_believes_no_old_run) {
    pair_that_met p;
    const heartbeat old = p.a.say();
    director again(3); // b, started anew
    EXPECT_EQ(again.hear(old), verdict::unproven);
    EXPECT_EQ(again.hear(old), verdict::unproven);
    EXPECT_EQ(p.a.hear(again.say()), verdict::fresh);
    EXPECT_EQ(again.hear(p.a.say()), verdict::fresh);
}

TEST(conversations, a_run_that_was_replaced_never_comes_back) {
    pair_that_met p;
    const heartbeat old = p.a.say();
    director again(4); // a, started anew
    again.hear(p.b.say());
    EXPECT_EQ(p.b.hear(again.say()), verdict::fresh);
    EXPECT_EQ(p.b.hear(old), verdict::old);
}

TEST(conversations, repeated_runs_do_not_displace_one_that_lives) {
    pair_that_met p;
    EXPECT_EQ(p.b.hear({.boot = 99, .echo = 98, .sequence = 1}, 0, true), verdict::unproven);
    EXPECT_EQ(p.b.heard.echo(), 1u);
}

} // namespace
} // namespace weir::links
