// When a grace period ends: not before every reader has dropped what it might hold.

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

TEST(grace_periods, ignore_offline_and_later_readers) {
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
