// What leaves in one burst has come from ports, from Linux and from weir itself: each is booked as
// what it is, whether it left or not.

#include "rig.h"

namespace weir::test {
namespace {

struct booked {
    std::uint64_t sent = 0, dropped = 0;             ///< received ones
    std::uint64_t linux_sent = 0, linux_lost = 0;    ///< Linux's
    std::uint64_t generated = 0, generated_lost = 0; ///< resets
    friend bool operator==(const booked&, const booked&) = default;
    friend std::ostream& operator<<(std::ostream& out, const booked& b) {
        return out << "sent " << b.sent << " dropped " << b.dropped << " Linux's " << b.linux_sent
                   << " lost " << b.linux_lost << " resets " << b.generated << " lost "
                   << b.generated_lost;
    }
};

class transmitter_books : public testing::Test {
protected:
    explicit transmitter_books(const rig_settings& settings = {}) : r(settings) {
        r.service({.listen = "192.0.2.100:80/tcp",
                   .mode = forward_mode::nat,
                   .servers = {"198.51.100.11"}});
        bytes_of_frame sent;
        r.expect("SYN").in(wan, request().syn()).out(lan, &sent);
        before = books();
    }
    static packet answer(std::uint16_t port = 40001) {
        return from_host(lan, "198.51.100.11").to("192.0.2.7").tcp(80, port).ack();
    }
    /// It is answered by a reset.
    static packet to_nobody(std::uint16_t port = 40001) {
        return from_host(wan, "192.0.2.7").to("192.0.2.100").tcp(port, 81).syn();
    }
    static packet of_linux() {
        return packet()
            .mac(port_mac(wan), mac_of("192.0.2.7"))
            .from("192.0.2.2")
            .to("192.0.2.7")
            .udp(53, 1);
    }
    /// What comes of these leaves through wan in one burst: resets, answers, Linux's.
    void feed(unsigned resets, unsigned answers, unsigned linuxs) {
        for (unsigned i = 0; i < resets; ++i)
            r.feed(wan, 0, to_nobody().bytes());
        for (unsigned i = 0; i < answers; ++i)
            r.feed(lan, 0, answer().bytes());
        for (unsigned i = 0; i < linuxs; ++i)
            r.from_linux(wan, 0, of_linux().bytes());
    }
    /// What was booked since the last look, but for what nobody listens to.
    booked since() {
        const booked now = books();
        const booked last = std::exchange(before, now);
        return {now.sent - last.sent,
                now.dropped - last.dropped,
                now.linux_sent - last.linux_sent,
                now.linux_lost - last.linux_lost,
                now.generated - last.generated,
                now.generated_lost - last.generated_lost};
    }
    booked books() {
        booked all;
        for (const packet_books& b : r.state().books) {
            all.sent += b.transmitted.get();
            all.linux_sent += b.linux_sent.get();
            all.linux_lost += b.linux_lost.get();
            all.generated += b.generated.get();
            all.generated_lost += b.generated_lost.get();
        }
        for (const drop_reason reason :
             {drop_reason::port_down, drop_reason::tx_full, drop_reason::ring_full})
            all.dropped += r.drops(reason);
        return all;
    }
    /// All that was sent is looked at no further.
    std::size_t take_sent() {
        r.turn();
        EXPECT_TRUE(r.books_balance()) << r.books();
        return std::exchange(r.sent()[wan], {}).size();
    }

    rig r;
    booked before;
};

TEST_F(transmitter_books, of_a_mixed_burst_and_of_the_one_after_it) {
    feed(3, 2, 4);
    EXPECT_EQ(take_sent(), 9u);
    EXPECT_EQ(since(), (booked{.sent = 2, .linux_sent = 4, .generated = 3}));
    feed(0, 9, 0);
    EXPECT_EQ(take_sent(), 9u);
    EXPECT_EQ(since(), (booked{.sent = 9}));
}

TEST_F(transmitter_books, of_a_mixed_burst_longer_than_one) {
    feed(7, 20, 30);
    EXPECT_EQ(take_sent(), 57u);
    EXPECT_EQ(since(), (booked{.sent = 20, .linux_sent = 30, .generated = 7}));
}

TEST_F(transmitter_books, while_the_link_is_down) {
    r.set_link(wan, false);
    feed(3, 2, 4);
    EXPECT_EQ(take_sent(), 0u);
    EXPECT_EQ(since(), (booked{.dropped = 2, .linux_lost = 4, .generated_lost = 3}));
    r.set_link(wan, true);
    feed(0, 5, 0);
    EXPECT_EQ(take_sent(), 5u);
    EXPECT_EQ(since(), (booked{.sent = 5}));
}

TEST_F(transmitter_books, when_a_part_finds_room_in_the_queue) {
    constexpr unsigned room = 511, left = 5;
    for (unsigned fed = 0; fed < room - left;) {
        const unsigned now = std::min(32u, room - left - fed);
        feed(0, 0, now);
        r.poll_without_collecting();
        fed += now;
    }
    EXPECT_EQ(since(), (booked{.linux_sent = room - left}));
    feed(3, 4, 2);
    r.poll_without_collecting();
    EXPECT_EQ(since(), (booked{.sent = 2, .dropped = 2, .linux_lost = 2, .generated = 3}));
    EXPECT_EQ(take_sent(), room);
}

/// Two workers, of which only the first has queues.
class transmitter_books_of_two : public transmitter_books {
protected:
    transmitter_books_of_two() : transmitter_books({.workers = 2, .queues = 1}) {}
};

TEST_F(transmitter_books_of_two, through_the_worker_that_has_the_queue) {
    constexpr std::uint16_t clients = 16; // both workers have something of
    for (std::uint16_t port = 1; port <= clients; ++port)
        r.feed(wan, 0, request(port).syn().bytes());
    r.turn();
    r.sent()[lan].clear();
    since();
    for (std::uint16_t port = 1; port <= clients; ++port) {
        r.feed(lan, 0, answer(port).bytes());
        r.feed(wan, 0, to_nobody(port).bytes());
    }
    for (unsigned i = 0; i < 8; ++i)
        r.from_linux(wan, 1, of_linux().bytes());
    EXPECT_EQ(take_sent(), 2u * clients + 8);
    EXPECT_GT(r.state().books[0].handed_over.get(), clients);
    EXPECT_EQ(since(), (booked{.sent = clients, .linux_sent = 8, .generated = clients}));
}

} // namespace
} // namespace weir::test
