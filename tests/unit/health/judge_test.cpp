// Rise and fall, and how long a server that flaps is held down.

#include <gtest/gtest.h>

#include <vector>

#include "health/judge.h"

namespace weir::health {
namespace {

using ms = std::chrono::milliseconds;

/// Answers `g` and `b` in a row, and what they make of it after each: u, d or ?.
std::string course(standing begin, unsigned fall, unsigned rise, std::string_view answers) {
    judge j(fall, rise, begin);
    std::string result;
    for (const char answer : answers) {
        j.take(answer == 'g');
        result += j.now() == standing::up ? 'u' : j.now() == standing::down ? 'd' : '?';
    }
    return result;
}

TEST(judge, falls_and_rises_after_rows) {
    EXPECT_EQ(course(standing::up, 3, 2, "bbgbbbggb"), "uuuuudduu");
    EXPECT_EQ(course(standing::up, 1, 1, "bgbg"), "dudu");
    EXPECT_EQ(course(standing::down, 3, 3, "ggbggg"), "dddddu");
}

TEST(judge, takes_the_first_answer_of_one_that_is_unknown) {
    EXPECT_EQ(course(standing::unknown, 3, 3, "gbb"), "uuu");
    // It has never been up: the first good answer will do.
    EXPECT_EQ(course(standing::unknown, 3, 3, "bbgbbb"), "dduuud");
    EXPECT_EQ(course(standing::unknown, 2, 3, "bgbbggg"), "duudddu");
}

TEST(flap_hold, grows_with_each_fall_up_to_a_limit) {
    const config::flap_damping rule{ms(1000), ms(5000)};
    flap_hold hold;
    ms now(100000);
    std::vector<long> holds;
    for (int i = 0; i < 6; ++i) {
        hold.fell(rule, now);
        holds.push_back(std::max(hold.until() - now, ms(0)).count());
        now += ms(6000);
        hold.rose(now);
        now += ms(100);
    }
    EXPECT_EQ(holds, (std::vector<long>{0, 1000, 2000, 4000, 5000, 5000}));
    now += rule.max; // long enough up: forgotten
    hold.fell(rule, now);
    EXPECT_EQ(hold.until(), now);
}

TEST(flap_hold, of_zero_is_none) {
    flap_hold hold;
    for (int i = 0; i < 5; ++i)
        hold.fell({ms(0), ms(5000)}, ms(1000));
    EXPECT_EQ(hold.until(), ms(1000));
}

TEST(ramp, is_never_nothing_and_ends_at_one) {
    EXPECT_EQ(ramp(ms(0), ms(1000)), 0.01);
    EXPECT_EQ(ramp(ms(500), ms(1000)), 0.5);
    EXPECT_EQ(ramp(ms(1000), ms(1000)), 1);
    EXPECT_EQ(ramp(ms(0), ms(0)), 1);
}

} // namespace
} // namespace weir::health
