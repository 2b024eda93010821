// DPDK's log, line by line.

#include <gtest/gtest.h>

#include <vector>

#include "port/line_stream.h"

namespace weir::port {
namespace {

TEST(port_line_stream, lines_arrive_whole_however_they_were_written) {
    std::vector<std::string> lines;
    std::FILE* const stream =
        open_line_stream([&](const std::string& line) { lines.push_back(line); });
    ASSERT_NE(stream, nullptr);
    std::fputs("EAL: half", stream);
    std::fflush(stream);
    EXPECT_EQ(lines.size(), 0U);
    std::fputs(" a line\n\nand two\nmore\n", stream);
    std::fflush(stream); // as DPDK does after every message
    EXPECT_EQ(lines, (std::vector<std::string>{"EAL: half a line", "and two", "more"}));
    std::fputs("the last, unfinished", stream);
    std::fclose(stream);
    EXPECT_EQ(lines.back(), "the last, unfinished");
    EXPECT_EQ(lines.size(), 4U);
}

} // namespace
} // namespace weir::port
