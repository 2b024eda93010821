// Two who have the key understand each other; whoever has not gets nothing in.

#include <array>
#include <memory>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sync/channel.h"

namespace weir::sync {
namespace {

constexpr pair_key key{1, 2, 3};

class channels : public testing::Test {
protected:
    channels() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0); }

    /// Lets both go on until neither moves.
    static void pump(channel& a, channel& b) {
        for (int i = 0; i < 50; ++i) {
            a.pump();
            b.pump();
        }
    }

    std::array<int, 2> ends{};
    key_context ours{key};
};

TEST_F(channels, with_one_key_carry_bytes_both_ways) {
    const key_context theirs(key);
    channel a(ends[0], ours, channel::role::connects);
    channel b(ends[1], theirs, channel::role::accepts);
    a.out() = {1, 2, 3};
    pump(a, b);
    ASSERT_EQ(a.now(), channel::state::open) << a.why();
    ASSERT_EQ(b.now(), channel::state::open) << b.why();
    EXPECT_EQ(b.in(), (bytes{1, 2, 3}));
    b.consume(2);
    EXPECT_EQ(b.in(), bytes{3});
    b.out() = bytes(300'000, 7);
    pump(a, b);
    EXPECT_GT(a.in().size(), 100'000u) << "and no more than it has room for";
    EXPECT_LT(a.in().size(), 200'000u);
    for (std::size_t got = 0; got < 300'000; pump(a, b)) {
        ASSERT_FALSE(a.in().empty());
        got += a.in().size();
        a.consume(a.in().size());
    }
    b.close("enough");
    a.pump();
    EXPECT_EQ(a.now(), channel::state::closed);
    EXPECT_EQ(a.why(), "it has closed the connection");
}

TEST_F(channels, with_two_keys_come_to_nothing) {
    const key_context theirs(pair_key{1, 2, 4});
    channel a(ends[0], ours, channel::role::connects);
    channel b(ends[1], theirs, channel::role::accepts);
    a.out() = {1, 2, 3};
    pump(a, b);
    EXPECT_EQ(a.now(), channel::state::closed);
    EXPECT_EQ(b.now(), channel::state::closed);
    EXPECT_NE(b.why().find("is the key the same"), std::string::npos) << b.why();
    EXPECT_TRUE(b.in().empty());
}

TEST_F(channels, take_no_plain_bytes) {
    channel b(ends[1], ours, channel::role::accepts);
    ASSERT_EQ(::write(ends[0], "GET / HTTP/1.0\r\n\r\n", 18), 18);
    b.pump();
    EXPECT_EQ(b.now(), channel::state::closed);
    EXPECT_TRUE(b.in().empty());
    close(ends[0]);
}

/// TLS without a key of ours, as any client or server speaks it: `SSL_VERIFY_NONE` and no PSK.
TEST_F(channels, do_not_speak_with_whom_has_no_key) {
    for (const bool it_connects : {true, false}) {
        std::array<int, 2> pair{};
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()), 0);
        const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_method()),
                                                                   SSL_CTX_free);
        const std::unique_ptr<SSL, void (*)(SSL*)> it(SSL_new(context.get()), SSL_free);
        SSL_set_fd(it.get(), pair[0]);
        if (it_connects)
            SSL_set_connect_state(it.get());
        else
            SSL_set_accept_state(it.get());
        channel b(pair[1], ours, it_connects ? channel::role::accepts : channel::role::connects);
        for (int i = 0; i < 50; ++i) {
            SSL_do_handshake(it.get());
            b.pump();
        }
        EXPECT_EQ(b.now(), channel::state::closed);
        EXPECT_TRUE(b.in().empty());
        close(pair[0]);
    }
    close(ends[0]);
    close(ends[1]);
}

TEST_F(channels, see_a_connection_that_was_cut) {
    channel b(ends[1], ours, channel::role::accepts);
    close(ends[0]);
    b.pump();
    EXPECT_EQ(b.now(), channel::state::closed);
    EXPECT_NE(b.why(), "");
}

} // namespace
} // namespace weir::sync
