// Silent servers: the link is asked who has their next hop, once a second.

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "director/neighbour_asker.h"
#include "packets/builder.h"

namespace weir::director {
namespace {

using namespace std::chrono_literals;

const mac_address ours = *parse_mac("02:00:00:00:00:01");

class asking : public testing::Test {
protected:
    asking() {
        port_rule lan;
        lan.twin = true;
        lan.mac = ours;
        lan.v4 = *parse_address("192.0.2.2");
        lan.v6 = *parse_address("2001:db8::2");
        port_rule bare = lan;
        bare.twin = false;
        ports = {lan, bare};
    }
    void on_link(const std::string& server, port_id port = 0) {
        hops[*parse_address(server)] = {port, *parse_address(server)};
    }
    void ask(const std::string& server) { asker.ask_for(*parse_address(server)); }

    loop::clock time = loop::clock::standing_at(1h);
    std::vector<port_rule> ports;
    std::unordered_map<ip_address, neighbour_asker::next_hop> hops;
    std::vector<test::bytes_of_frame> sent;
    neighbour_asker asker{time, ports,
                          [this](const ip_address& server) {
                              const auto found = hops.find(server);
                              return found == hops.end() ? std::nullopt
                                                         : std::optional(found->second);
                          },
                          [this](port_id, std::span<const std::byte> frame) {
                              sent.emplace_back(frame.begin(), frame.end());
                          }};
};

TEST_F(asking, sends_an_arp_request_to_all) {
    on_link("192.0.2.11");
    ask("192.0.2.11");
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0], test::packet()
                           .mac(ours, mac_address::broadcast())
                           .from("192.0.2.2")
                           .to("192.0.2.11")
                           .arp_request()
                           .bytes());
}

TEST_F(asking, sends_a_solicitation_to_the_group_of_the_server) {
    on_link("2001:db8::12:3456");
    ask("2001:db8::12:3456");
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0], test::packet()
                           .mac(ours, {{0x33, 0x33, 0xff, 0x12, 0x34, 0x56}})
                           .from("2001:db8::2")
                           .solicit("2001:db8::12:3456")
                           .bytes());
}

TEST_F(asking, is_for_the_gateway_where_there_is_one) {
    hops[*parse_address("198.51.100.11")] = {0, *parse_address("192.0.2.1")};
    ask("198.51.100.11");
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0], test::packet()
                           .mac(ours, mac_address::broadcast())
                           .from("192.0.2.2")
                           .to("192.0.2.1")
                           .arp_request()
                           .bytes());
}

TEST_F(asking, is_done_once_a_second) {
    on_link("192.0.2.11");
    on_link("192.0.2.12");
    for (int n = 0; n < 100; ++n)
        ask("192.0.2.11");
    EXPECT_EQ(sent.size(), 1u);
    ask("192.0.2.12");
    EXPECT_EQ(sent.size(), 2u);
    time.wind(999ms);
    ask("192.0.2.11");
    EXPECT_EQ(sent.size(), 2u);
    time.wind(1ms);
    ask("192.0.2.11");
    EXPECT_EQ(sent.size(), 3u);
}

TEST_F(asking, is_not_done_where_no_answer_could_reach_linux) {
    ask("192.0.2.99"); // no route
    on_link("192.0.2.11", 1);
    ask("192.0.2.11"); // no twin
    ports[0].v6 = {};
    on_link("2001:db8::11");
    ask("2001:db8::11"); // no address to ask from
    EXPECT_TRUE(sent.empty());
}

} // namespace
} // namespace weir::director
