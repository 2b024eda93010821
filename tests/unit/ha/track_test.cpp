// What tracked things do to a group: the arithmetic, and the heart that follows it.

#include <gtest/gtest.h>

#include <vector>

#include "ha/track.h"

namespace weir::ha {
namespace {

track_sum sum(const std::vector<tracked>& all) {
    return sum_of(all);
}

TEST(tracked_things, without_priority_are_a_fault_while_bad) {
    EXPECT_EQ(sum({}), (track_sum{0, false}));
    EXPECT_EQ(sum({{0, true}, {0, true}}), (track_sum{0, false}));
    EXPECT_EQ(sum({{0, true}, {0, false}}), (track_sum{0, true}));
}

TEST(tracked_things, with_priority_add_while_good_or_subtract_while_bad) {
    EXPECT_EQ(sum({{-50, true}, {-20, true}}), (track_sum{0, false}));
    EXPECT_EQ(sum({{-50, false}, {-20, true}}), (track_sum{-50, false}));
    EXPECT_EQ(sum({{-50, false}, {-20, false}, {+30, true}}), (track_sum{-40, false}));
    EXPECT_EQ(sum({{+30, false}}), (track_sum{0, false}));
}

TEST(tracked_things, never_make_or_unmake_an_owner) {
    EXPECT_EQ(adjusted(200, -50), 150);
    EXPECT_EQ(adjusted(200, +54), 254);
    EXPECT_EQ(adjusted(200, +55), 254);
    EXPECT_EQ(adjusted(200, -199), 1);
    EXPECT_EQ(adjusted(200, -253), 1);
    EXPECT_EQ(adjusted(vrrp_owner, -253), vrrp_owner);
}

} // namespace
} // namespace weir::ha
