// Who is fed and who is not: all workers must have turned since the last look.

#include <gtest/gtest.h>

#include "director/watchdog.h"

namespace weir::director {
namespace {

using namespace std::chrono_literals;
using numbers = std::vector<unsigned>;

class watched_workers : public testing::Test {
protected:
    thread_watch::findings after_a_second(std::vector<std::uint64_t> turns) {
        time += 1s;
        return watch.look(turns, time);
    }

    thread_watch watch;
    thread_watch::time_point time = loop::clock::standing_at(1h).now();
};

TEST_F(watched_workers, that_turn_are_well) {
    for (std::uint64_t n = 1; n < 10; ++n) {
        const auto found = after_a_second({n * 1000, n});
        EXPECT_TRUE(found.all_turn);
        EXPECT_EQ(found.stuck, numbers{});
    }
}

TEST_F(watched_workers, of_which_one_stands_still_are_not_fed_and_told_once) {
    EXPECT_TRUE(after_a_second({10, 10}).all_turn);
    EXPECT_FALSE(after_a_second({20, 10}).all_turn) << "at once";
    EXPECT_EQ(after_a_second({30, 10}).stuck, numbers{}) << "a pause is no news";
    EXPECT_EQ(after_a_second({40, 10}).stuck, numbers{1});
    const auto later = after_a_second({50, 10});
    EXPECT_FALSE(later.all_turn);
    EXPECT_EQ(later.stuck, numbers{}) << "told already";
    const auto again = after_a_second({60, 11});
    EXPECT_TRUE(again.all_turn);
    EXPECT_EQ(again.again, numbers{1});
}

TEST_F(watched_workers, that_never_began_are_not_fed) {
    for (int n = 0; n < 3; ++n)
        EXPECT_FALSE(after_a_second({0}).all_turn);
    EXPECT_EQ(after_a_second({0}).stuck, numbers{0});
}

} // namespace
} // namespace weir::director
