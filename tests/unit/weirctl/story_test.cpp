#include "weirctl/story.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "message/base64.h"
#include "weirctl/pcapng.h"

namespace weir::weirctl {
namespace {

using nlohmann::json;

/// Without the time, which is local.
std::string told(const json& record) {
    const std::string text = story_text(record);
    return text.substr(text.find(' ') + 1);
}

json first_packet() {
    return {{"time_ns", 1'700'000'000'123'456'789u},
            {"when", "handled"},
            {"from", "wire"},
            {"kind", "packet"},
            {"length", 60},
            {"worker", 0},
            {"port", "wan"},
            {"source", "203.0.113.7:40001"},
            {"destination", "192.0.2.100:80"},
            {"protocol", "tcp"},
            {"flags", "SYN"},
            {"service", "web"},
            {"scheduler", "wlc"}};
}

TEST(story, a_new_flow_through_nat) {
    json r = first_packet();
    r.update({{"end", "sent"},
              {"choice", "scheduler"},
              {"server", "198.51.100.11:8080"},
              {"name", "web1"},
              {"forward", "nat"},
              {"out_port", "lan"},
              {"left",
               {{"mac", "02:00:00:00:00:11"},
                {"length", 60},
                {"source", "203.0.113.7:40001"},
                {"destination", "198.51.100.11:8080"},
                {"tunnel", false}}}});
    EXPECT_EQ(told(r), "wan: 203.0.113.7:40001 > 192.0.2.100:80 tcp SYN, worker 0\n"
                       "    service web: new flow: wlc chose 198.51.100.11:8080 web1 (nat)\n"
                       "    rewritten to 203.0.113.7:40001 > 198.51.100.11:8080\n"
                       "    sent through lan to 02:00:00:00:00:11, 60 bytes\n");
}

TEST(story, a_silent_server) {
    json r = first_packet();
    r.update({{"end", "sent"},
              {"choice", "known"},
              {"server", "198.51.100.11:80"},
              {"forward", "dr"},
              {"flow", {{"state", "SYN_RECV"}, {"direction", "to_server"}, {"silent", 1}}},
              {"out_port", "lan"},
              {"left", {{"mac", "02:00:00:00:00:11"}, {"length", 60}, {"tunnel", false}}}});
    EXPECT_EQ(told(r),
              "wan: 203.0.113.7:40001 > 192.0.2.100:80 tcp SYN, worker 0\n"
              "    service web: known flow, SYN_RECV, silent for 1 s, to "
              "198.51.100.11:80 (dr)\n"
              "    the client repeats its SYN: the server has not answered, or its answer, "
              "which does not pass weir, is lost\n"
              "    sent through lan to 02:00:00:00:00:11, 60 bytes\n");
}

TEST(story, no_server_takes_it) {
    json r = first_packet();
    r.update({{"end", "dropped"},
              {"reason", "no_destination"},
              {"answered", true},
              {"servers",
               {{{"server", "198.51.100.11:80"}, {"why", {"held"}}},
                {{"server", "198.51.100.12:80"}, {"why", {"drained", "overloaded"}}}}}});
    EXPECT_EQ(told(r), "wan: 203.0.113.7:40001 > 192.0.2.100:80 tcp SYN, worker 0\n"
                       "    service web\n"
                       "    dropped: no_destination: no server takes new connections "
                       "(198.51.100.11:80: held; 198.51.100.12:80: drained, overloaded); the "
                       "sender was told\n");
}

TEST(story, without_an_entry_it_says_why_if_it_is_known) {
    const auto told_of = [](const char* reason) {
        json r = first_packet();
        r.update({{"end", "held"},
                  {"choice", "slot"},
                  {"server", "198.51.100.11:80"},
                  {"forward", "dr"},
                  {"next_hop", "198.51.100.11"},
                  {"out_port", "lan"}});
        if (*reason != '\0') r[reason] = true;
        const std::string text = told(r);
        const std::size_t begin = text.find("no entry");
        return text.substr(begin, text.find('\n', begin) - begin);
    };
    EXPECT_EQ(told_of("table_full"),
              "no entry, because the table is full: its slot leads to 198.51.100.11:80 (dr)");
    EXPECT_EQ(told_of("over_share"), "no entry, because the service fills its share of the table: "
                                     "its slot leads to 198.51.100.11:80 (dr)");
    EXPECT_EQ(told_of(""), "no entry: its slot leads to 198.51.100.11:80 (dr)")
        << "a later packet of such a connection";
}

TEST(story, lost_later) {
    json r = first_packet();
    r.erase("port");
    r.erase("worker");
    r.update({{"when", "lost"}, {"end", "dropped"}, {"reason", "no_neighbour"}});
    EXPECT_EQ(told(r), "later: 203.0.113.7:40001 > 192.0.2.100:80 tcp SYN\n    service web\n"
                       "    dropped: no_neighbour: the next hop does not answer ARP or neighbour "
                       "discovery\n");
}

TEST(base64, there_and_back) {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        EXPECT_EQ(message::from_base64(message::to_base64(std::as_bytes(std::span(bytes)))), bytes);
        bytes += static_cast<char>(i * 7);
    }
    EXPECT_EQ(message::to_base64(std::as_bytes(std::span(std::string_view("weir")))), "d2Vpcg==");
    for (const char* wrong : {"a", "ab=c", "ab!=", "===="})
        EXPECT_EQ(message::from_base64(wrong), std::nullopt) << wrong;
}

/// The length stands at both ends of a block, and is a multiple of four.
TEST(pcapng, blocks_are_whole) {
    for (const std::string& block : {pcapng::begin("weir"), pcapng::interface("wan", 0),
                                     pcapng::block({.interface = 1,
                                     .time_ns = 1,
                                     .outbound = true,
                                     .length = 61,
                                     .bytes = "12345",
                                     .comment = "dropped: no_service"})}) {
        std::uint32_t first = 0, last = 0;
        ASSERT_GE(block.size(), 12u);
        std::memcpy(&first, block.data() + 4, 4);
        std::memcpy(&last, block.data() + block.size() - 4, 4);
        EXPECT_EQ(first, block.size());
        EXPECT_EQ(last, block.size());
        EXPECT_EQ(block.size() % 4, 0u);
    }
}

} // namespace
} // namespace weir::weirctl
