// A full connection table: told when it begins, once a minute, and when it ends.

#include <gtest/gtest.h>

#include "director/table_watch.h"

namespace weir::director {
namespace {

using namespace std::chrono_literals;

class table_watched : public testing::Test {
protected:
    /// What a look a second later says when so many more clients had no room.
    std::string after(std::uint64_t more) {
        time += 1s;
        placed += more;
        const auto [full, text] = watch.look(placed, 1000, time);
        EXPECT_TRUE(text.empty() || full == (text.find("full") != std::string::npos)) << text;
        return text;
    }

    table_watch watch;
    std::uint64_t placed = 0;
    table_watch::time_point time = loop::clock::standing_at(1h).now();
};

TEST_F(table_watched, with_room_it_is_silent) {
    for (int n = 0; n < 200; ++n)
        EXPECT_EQ(after(0), "");
}

TEST_F(table_watched, that_is_full_is_told_once_and_its_end_too) {
    EXPECT_EQ(
        after(5),
        "the connection table is full (1000 entries, with those that workers hold "
        "back): weir places new clients without one; `connections` in [director] sets the size");
    EXPECT_EQ(after(7), "");
    for (int n = 0; n < 9; ++n)
        EXPECT_EQ(after(0), "") << "it may be full again the next moment";
    EXPECT_EQ(after(0), "the connection table has room again; clients without an entry: 12");
    EXPECT_EQ(after(0), "");
    EXPECT_NE(after(1).find("is full"), std::string::npos) << "another episode";
    for (int n = 0; n < 9; ++n)
        EXPECT_EQ(after(0), "");
    EXPECT_EQ(after(0), "the connection table has room again; clients without an entry: 1");
}

TEST_F(table_watched, that_stays_full_is_told_once_a_minute) {
    EXPECT_NE(after(1), "");
    for (int n = 0; n < 59; ++n)
        EXPECT_EQ(after(2), "");
    EXPECT_EQ(after(2), "the connection table is still full; clients without an entry in the "
                        "last minute: 120");
    for (int n = 0; n < 59; ++n)
        EXPECT_EQ(after(1), "");
    EXPECT_EQ(after(1), "the connection table is still full; clients without an entry in the "
                        "last minute: 60");
}

} // namespace
} // namespace weir::director
