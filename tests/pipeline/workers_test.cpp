// Several workers on one table, and devices with fewer queues than workers.

#include "rig.h"

namespace weir::test {
namespace {

packet reply(std::uint16_t port) {
    return from_host(lan, "198.51.100.11").to("192.0.2.7").tcp(80, port);
}

TEST(workers, a_nat_reply_may_arrive_at_any_worker) {
    rig r({.workers = 2});
    const auto servers = r.service(
        {.listen = "192.0.2.100:80/tcp", .mode = forward_mode::nat, .servers = {"198.51.100.11"}});
    bytes_of_frame sent;
    for (std::uint16_t port = 1000; port < 1020; ++port) {
        r.expect("SYN at worker 0").on_worker(0).in(wan, request(port).syn()).out(lan, &sent);
        r.expect("SYN ACK at worker 1")
            .on_worker(1)
            .in(lan, reply(port).syn().ack())
            .out(wan, sent_on(packet(), wan, "192.0.2.7")
                          .from("192.0.2.100")
                          .to("192.0.2.7")
                          .tcp(80, port)
                          .syn()
                          .ack());
        r.expect("ACK at worker 1").on_worker(1).in(wan, request(port).ack()).out(lan, &sent);
    }
    EXPECT_EQ(r.state().servers->load(servers[0]).active, 20u);
    EXPECT_EQ(r.state().flows->size(), 20u);
}

TEST(workers, one_queue_feeds_two_workers) {
    rig r({.workers = 2, .queues = 1});
    r.service(
        {.listen = "192.0.2.100:80/tcp", .mode = forward_mode::nat, .servers = {"198.51.100.11"}});
    bytes_of_frame sent;
    for (std::uint16_t port = 1000; port < 1064; ++port) {
        r.expect("SYN").in(wan, request(port).syn()).out(lan, &sent);
        r.expect("reply").in(lan, reply(port).syn().ack()).out(wan, &sent);
    }
    const std::uint64_t over = r.state().books[0].handed_over.get();
    EXPECT_GT(over, 20u) << "nothing was spread";
    EXPECT_LT(over, 108u) << "everything went to the other worker";
    const auto pieces = fragments_of(
        from_host(wan, "192.0.2.7").to("192.0.2.100").tcp(1000, 80).ack().payload(3000).bytes(),
        1500, 80);
    auto e = r.expect("fragments meet at one worker");
    for (const auto& piece : pieces)
        e.in(wan, piece);
    for (std::size_t i = 0; i < pieces.size(); ++i)
        e.out(lan, &sent);
}

TEST(workers, many_packets_of_one_new_flow_open_it_once) {
    rig r;
    const auto servers =
        r.service({.listen = "192.0.2.100:53/udp", .servers = {"198.51.100.11", "198.51.100.12"}});
    for (int i = 0; i < 100; ++i)
        r.feed(wan, 0, from_host(wan, "192.0.2.7").to("192.0.2.100").udp(5000, 53).bytes());
    r.turn();
    EXPECT_EQ(r.sent()[lan].size(), 100u);
    EXPECT_EQ(r.state().servers->totals(servers[0]).connections, 1u);
    EXPECT_EQ(r.state().servers->totals(servers[1]).connections, 0u);
    EXPECT_EQ(r.state().servers->totals(servers[0]).in_packets, 100u);
    EXPECT_TRUE(r.books_balance());
}

} // namespace
} // namespace weir::test
