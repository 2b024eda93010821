#pragma once

// A configuration with a mistake, and what must be said of it: its line, what is wrong, what would
// be right; and one problem for each.

#include <gtest/gtest.h>

#include <string>

#include "unit/config/fixture.h"

namespace weir::config {

struct mistake {
    std::string text;
    std::string problems;
};

class mistakes : public testing::TestWithParam<mistake> {
protected:
    static void is_told_once_with_its_line() {
        EXPECT_EQ(problems_of(GetParam().text), GetParam().problems) << GetParam().text;
        EXPECT_FALSE(load_here(GetParam().text));
    }
};

} // namespace weir::config
