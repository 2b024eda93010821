// The fallback: for whom the servers have no place.

#include "rig.h"

namespace weir::test {
namespace {

TEST(fallback, takes_over_when_no_server_can) {
    for (const char* why : {"weight 0", "down", "overloaded"}) {
        rig r;
        const auto servers = r.service({.listen = "192.0.2.100:80/tcp",
                                        .servers = {"198.51.100.11"},
                                        .fallback = "198.51.100.13"});
        server_load& load = r.state().servers->load(servers[0]);
        r.expect("a server is there")
            .in(wan, request(1).syn())
            .out(lan, sent_on(request(1), lan, "198.51.100.11").syn());
        if (why[0] == 'w') load.weight = 0;
        if (why[0] == 'd') load.unavailable = server_load::down;
        if (why[0] == 'o') r.state().servers->limits(servers[0]).upper = 1;
        r.expect(why)
            .in(wan, request(2).syn())
            .out(lan, sent_on(request(2), lan, "198.51.100.13").syn());
        r.expect("what is open stays")
            .in(wan, request(1).ack())
            .out(lan, sent_on(request(1), lan, "198.51.100.11").ack());
        load.weight = 1;
        load.unavailable = 0;
        r.state().servers->limits(servers[0]).upper = 0;
        r.expect("the server is back")
            .in(wan, request(3).syn())
            .out(lan, sent_on(request(3), lan, "198.51.100.11").syn());
        r.expect("who is at the fallback stays there")
            .in(wan, request(2).ack())
            .out(lan, sent_on(request(2), lan, "198.51.100.13").ack());
        EXPECT_EQ(r.state().servers->totals(servers[1]).connections, 1u);
        EXPECT_EQ(r.state().servers->load(servers[1]).active, 1u);
    }
}

TEST(fallback, answers_come_back_through_nat) {
    rig r;
    r.service({.listen = "192.0.2.100:80/tcp",
               .mode = forward_mode::nat,
               .servers = {},
               .fallback = "198.51.100.13:8080"});
    bytes_of_frame sent;
    r.expect("SYN").in(wan, request(1).syn()).out(lan, &sent);
    EXPECT_EQ(ip_in(sent).destination_port(), 8080);
    r.expect("SYN ACK")
        .in(lan, from_host(lan, "198.51.100.13").to("192.0.2.7").tcp(8080, 1).syn().ack())
        .out(wan, sent_on(packet(), wan, "192.0.2.7")
                      .from("192.0.2.100")
                      .to("192.0.2.7")
                      .tcp(80, 1)
                      .syn()
                      .ack());
}

TEST(fallback, is_not_remembered_by_persistence) {
    rig r;
    const auto servers = r.service({.listen = "192.0.2.100:80/tcp",
                                    .servers = {"198.51.100.11"},
                                    .fallback = "198.51.100.13",
                                    .persistence = 300});
    r.state().servers->load(servers[0]).weight = 0;
    r.expect("nobody")
        .in(wan, request(1).syn())
        .out(lan, sent_on(request(1), lan, "198.51.100.13").syn());
    EXPECT_EQ(r.state().servers->templates(servers[1]), 0u);
    r.state().servers->load(servers[0]).weight = 1;
    r.expect("back")
        .in(wan, request(2).syn())
        .out(lan, sent_on(request(2), lan, "198.51.100.11").syn());
}

TEST(fallback, without_one_the_client_is_told) {
    rig r;
    r.service({.listen = "192.0.2.100:80/tcp", .servers = {}});
    bytes_of_frame sent;
    r.expect("nobody")
        .in(wan, request(1).syn())
        .out(wan, &sent)
        .dropped(drop_reason::no_destination);
    EXPECT_EQ(ip_in(sent).icmp_type(), 3) << "unreachable";
    EXPECT_EQ(ip_in(sent).icmp_code(), 3) << "port";
}

} // namespace
} // namespace weir::test
