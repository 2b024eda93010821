// A log whose reader stops reading: the writer goes on, and the log says what it lost.

#include "log/sink.h"

#include <array>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace weir::log {
namespace {

std::string gap(std::uint64_t lines) {
    return "lost " + std::to_string(lines) + "\n";
}

/// Two ends: the log writes to [1], its reader reads from [0].
struct ends {
    std::array<int, 2> fd{-1, -1};
    ~ends() {
        for (const int one : fd)
            if (one >= 0) close(one);
    }
    std::string read_all() {
        std::string all;
        std::array<char, 65536> some;
        fcntl(fd[0], F_SETFL, O_NONBLOCK);
        for (ssize_t n = 0; (n = read(fd[0], some.data(), some.size())) > 0;)
            all.append(some.data(), static_cast<std::size_t>(n));
        return all;
    }
};

class log_sink : public testing::TestWithParam<bool> {
protected:
    void SetUp() override {
        ASSERT_EQ(GetParam() ? socketpair(AF_UNIX, SOCK_STREAM, 0, e.fd.data()) : pipe(e.fd.data()),
                  0);
    }
    ends e;
};

TEST_P(log_sink, goes_on_when_nothing_is_read_and_then_says_what_was_lost) {
    sink out(e.fd[1]);
    const std::string line = std::string(99, 'x') + "\n";
    std::uint64_t written = 0;
    while (out.lost() == 0 && written < 1'000'000) {
        out.write(line, gap);
        ++written;
    }
    ASSERT_EQ(out.lost(), 1u) << "the reader never fell behind";
    for (int i = 0; i < 41; ++i)
        out.write(line, gap);
    EXPECT_EQ(out.lost(), 42u);

    std::string all = e.read_all();
    out.write("the next\n", gap);
    all += e.read_all();
    // Each line is whole or lost, and what the log says it lost adds up.
    std::istringstream lines(all);
    std::uint64_t whole = 0;
    std::uint64_t said = 0;
    for (std::string text; std::getline(lines, text);) {
        whole += text + "\n" == line;
        if (text.starts_with("lost ")) said += std::stoull(text.substr(5));
    }
    EXPECT_EQ(whole, written - 1);
    EXPECT_EQ(said, 42u);
    EXPECT_TRUE(all.ends_with("\nthe next\n"));
    out.write("and on\n", gap);
    EXPECT_EQ(e.read_all(), "and on\n");
}

INSTANTIATE_TEST_SUITE_P(pipe_and_socket, log_sink, testing::Bool());

TEST(log_sink_descriptor, is_not_made_non_blocking_for_those_who_share_it) {
    ends e;
    ASSERT_EQ(pipe(e.fd.data()), 0);
    sink out(e.fd[1]);
    out.write("a line\n", gap);
    EXPECT_EQ(fcntl(e.fd[1], F_GETFL) & O_NONBLOCK, 0);
}

TEST(log_sink_descriptor, may_be_closed) {
    sink out(999); // no such descriptor
    out.write("a line\n", gap);
    EXPECT_EQ(out.lost(), 0u);
}

} // namespace
} // namespace weir::log
