// When a grace period is over: not before every reader that might hold something has let go.

#include "flow/grace_periods.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(grace_periods, are_over_once_every_reader_has_been_quiescent) {
    const grace_periods grace(3);
    for (const unsigned reader : {0u, 1u, 2u})
        grace.go_online(reader);
    const std::uint64_t token = grace.begin();
    EXPECT_FALSE(grace.is_over(token));
    grace.quiescent(2);
    grace.quiescent(0);
    EXPECT_FALSE(grace.is_over(token));
    grace.quiescent(1);
    EXPECT_TRUE(grace.is_over(token));
    EXPECT_FALSE(grace.is_over(grace.begin())) << "the next one has just begun";
}

TEST(grace_periods, do_not_wait_for_who_is_offline_or_came_later) {
    const grace_periods grace(2);
    EXPECT_TRUE(grace.is_over(grace.begin())) << "all begin offline";
    grace.go_online(0);
    const std::uint64_t token = grace.begin();
    grace.go_online(1);
    EXPECT_FALSE(grace.is_over(token));
    grace.go_offline(0);
    EXPECT_TRUE(grace.is_over(token));
}

} // namespace
} // namespace weir
