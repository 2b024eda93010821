#include "net/counted.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(counted, one_is_singular) {
    EXPECT_EQ(counted(0, "worker"), "0 workers");
    EXPECT_EQ(counted(1u, "worker"), "1 worker");
    EXPECT_EQ(counted(2ull, "worker"), "2 workers");
    EXPECT_EQ(counted(1, "more try", "more tries"), "1 more try");
    EXPECT_EQ(counted(3, "more try", "more tries"), "3 more tries");
}

} // namespace
} // namespace weir
