// Captures: frames as they came and as they leave, chosen by their own addresses or by their
// flow's.

#include <algorithm>
#include <utility>
#include <vector>

#include "watching.h"

namespace weir::test {
namespace {

using watch::sighting;

/// Through NAT a frame has no VIP on one side of weir and no server on the other: its flow has
/// both.
TEST(watch, frames_by_the_flow_that_they_are_of) {
    rig r;
    r.service(web);
    r.service({.listen = "[2001:db8::100]:80/tcp",
               .mode = forward_mode::nat,
               .servers = {"2001:db8:1::11"}});
    struct side {
        const char *client, *vip, *server;
    };
    for (const side& of : {side{"192.0.2.7", "192.0.2.100", "198.51.100.11"},
                           side{"2001:db8::7", "2001:db8::100", "2001:db8:1::11"}}) {
        watch::order by_vip;
        by_vip.frames = true;
        by_vip.what.vip = watch::parse_party(of.vip);
        watch::order by_server = by_vip;
        by_server.what.server = watch::parse_party(of.server);
        watch::order stranger = by_server;
        stranger.what.server = watch::parse_party("198.51.100.12");
        watching vip(r, by_vip), both(r, by_server), nobody(r, stranger);
        const auto said = [](watching& eye) {
            std::vector<std::pair<watch::moment, port_id>> all;
            for (int i = 0; i < 4; ++i)
                all.emplace_back(eye.next().when, eye.record().seen.port);
            EXPECT_TRUE(eye.nothing());
            std::ranges::sort(all);
            return all;
        };
        bytes_of_frame sent;
        r.expect("SYN")
            .in(wan, from_host(wan, of.client).to(of.vip).tcp(40001, 80).syn())
            .out(lan, &sent);
        r.expect("its answer")
            .in(lan, from_host(lan, of.server).to(of.client).tcp(80, 40001).syn().ack())
            .out(wan, &sent);
        const std::vector<std::pair<watch::moment, port_id>> all{{watch::moment::handled, wan},
                                                                 {watch::moment::handled, lan},
                                                                 {watch::moment::left, wan},
                                                                 {watch::moment::left, lan}};
        EXPECT_EQ(said(vip), all) << of.vip;
        EXPECT_EQ(said(both), all) << of.vip;
        EXPECT_TRUE(nobody.nothing());
    }
}

TEST(watch, lost_frames_by_the_flow_that_they_are_of) {
    rig r;
    r.service(web);
    watch::order drops;
    drops.what.only_dropped = true;
    drops.what.vip = watch::parse_party("192.0.2.100");
    drops.what.server = watch::parse_party("198.51.100.11:80");
    watching eye(r, drops);
    r.set_link(lan, false);
    r.expect("rewritten for the server").in(wan, request().syn()).dropped(drop_reason::port_down);
    EXPECT_EQ(eye.next().reason, drop_reason::port_down);
    EXPECT_TRUE(eye.nothing());
}

TEST(watch, frames_that_leave_and_how_much_of_them) {
    rig r;
    r.service(web);
    watch::order frames;
    frames.frames = true;
    frames.snap = 60;
    watching eye(r, frames);
    bytes_of_frame sent;
    r.expect("a stray, and a reset")
        .in(wan, request().payload(100).ack())
        .out(wan, &sent)
        .dropped(drop_reason::no_connection);
    unsigned left = 0;
    for (int i = 0; i < 2; ++i) {
        const sighting s = eye.next();
        EXPECT_LE(s.bytes_in, 60);
        if (s.when == watch::moment::left) {
            ++left;
            EXPECT_EQ(s.out_port, wan);
            EXPECT_EQ(eye.record().out.size(), sent.size());
        }
    }
    EXPECT_EQ(left, 1u);
}

} // namespace
} // namespace weir::test
