// Limits that a flood runs into: a line when one begins to bite, then one a minute, with figures.

#include <set>

#include <gtest/gtest.h>

#include "director/limit_watch.h"

namespace weir::director {
namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;

class limits_watched : public testing::Test {
protected:
    /// What a look a second later says when so many more came to each of the two limits.
    lines after(std::uint64_t pings, std::uint64_t fragments = 0) {
        time += 1s;
        counts[0] += pings;
        counts[1] += fragments;
        return watch.look(counts, time);
    }

    static constexpr std::array<limit, 2> two{
        {{"pings", "a flood", nullptr, "ping"}, {"fragments", "too many", nullptr, "fragment"}}};
    limit_watch watch{two};
    std::array<std::uint64_t, 2> counts{};
    limit_watch::time_point time = loop::clock::standing_at(1h).now();
};

TEST_F(limits_watched, that_do_not_bite_are_silent) {
    for (int n = 0; n < 200; ++n)
        EXPECT_EQ(after(0), lines{});
}

TEST_F(limits_watched, have_a_line_at_once_then_one_a_minute) {
    EXPECT_EQ(after(5), lines{"5 pings in the last second: a flood"});
    for (int n = 0; n < 59; ++n)
        EXPECT_EQ(after(2), lines{});
    EXPECT_EQ(after(2), lines{"120 pings in the last minute: a flood"});
    for (int n = 0; n < 59; ++n)
        EXPECT_EQ(after(0), lines{});
    EXPECT_EQ(after(0), lines{}) << "over";
    EXPECT_EQ(after(1), lines{"1 ping in the last second: a flood"}) << "another one";
}

TEST_F(limits_watched, do_not_wait_for_each_other) {
    EXPECT_EQ(after(5), lines{"5 pings in the last second: a flood"});
    EXPECT_EQ(after(5, 7), lines{"7 fragments in the last second: too many"});
    for (int n = 0; n < 58; ++n)
        EXPECT_EQ(after(1, 1), lines{});
    EXPECT_EQ(after(0, 1), lines{"63 pings in the last minute: a flood"});
    EXPECT_EQ(after(0, 1), lines{"60 fragments in the last minute: too many"});
}

TEST(all_limits, each_has_a_counter_of_its_own) {
    packet_books books;
    for (std::size_t i = 1; i < drop_reasons; ++i)
        books.drop(static_cast<drop_reason>(i), 1000 + i);
    books.withheld.add(1);
    books.displaced.add(2);
    std::set<std::uint64_t> counts;
    for (const limit& each : limits())
        counts.insert(each.of(books));
    EXPECT_EQ(counts.size(), limits().size());
    EXPECT_FALSE(counts.contains(0));
}

} // namespace
} // namespace weir::director
