#include "unit/command/commands_fixture.h"

namespace weir::command {
namespace {

using nlohmann::json;

/// What a worker puts for the one that watches.
void show(watch::watch& w, const watch::sighting& seen, const std::string& frame = "frame") {
    watch::sighting s = seen;
    w.put(0, s, std::as_bytes(std::span(frame)), {});
}

TEST_F(commands_test, a_trace_ends_after_so_many_packets_and_says_what_is_missing) {
    std::string text;
    const answer rest =
        start_command(json{{"command", "trace"}, {"client", "192.0.2.7"}, {"limit", 1}}.dump(),
                      {director, speeds, busy, "a test"});
    ASSERT_EQ(director.watches.size(), 1u);
    EXPECT_TRUE(rest(text));
    EXPECT_EQ(text, "") << "nothing yet";
    watch::sighting seen;
    seen.end = watch::outcome::dropped;
    seen.reason = drop_reason::no_destination;
    std::copy_n("web", 4, seen.service.data());
    director.services[0].servers[0].why = {idle_reason::held, idle_reason::drained};
    show(*director.watches[0], seen);
    EXPECT_FALSE(rest(text));
    const json line = json::parse(text.substr(0, text.find('\n')));
    EXPECT_EQ(line.at("end"), "dropped");
    EXPECT_EQ(line.at("reason"), "no_destination");
    EXPECT_EQ(line.at("servers").at(0),
              (json{{"server", "10.1.0.1"}, {"why", {"held", "drained"}}}));
    EXPECT_EQ(json::parse(text.substr(text.find('\n') + 1)), (json{{"lost", 0}, {"over_rate", 0}}));
}

TEST_F(commands_test, packets_of_one_client_are_counted_for_a_while) {
    const answer rest = start_command(
        json{{"command", "connections"}, {"client", "192.0.2.7:40001"}, {"seconds", 5}}.dump(),
        {director, speeds, busy, "a test"});
    ASSERT_EQ(director.watches.size(), 1u);
    watch::watch& count = *director.watches[0];
    EXPECT_TRUE(count.wanted().counts);
    EXPECT_EQ(count.wanted().what.client->port, 40001);
    EXPECT_FALSE(count.admits(0, director.time)) << "none is shown";
    std::string text;
    for (int piece = 0; piece < 100; ++piece) // of the list, and then of patience
        EXPECT_TRUE(rest(text));
    count.tally(0, false, 60);
    count.tally(1, false, 70);
    count.tally(1, true, 1500);
    director.time += 5;
    text.clear();
    EXPECT_FALSE(rest(text));
    EXPECT_EQ(json::parse(text), (json{{"seconds", 5},
                                       {"in_packets", 2},
                                       {"in_bytes", 130},
                                       {"out_packets", 1},
                                       {"out_bytes", 1500}}));
    EXPECT_EQ(error_of({{"command", "connections"}, {"seconds", 5}}),
              "of which \"client\" are packets to be counted?");
}

TEST_F(commands_test, a_watch_ends_with_its_answer) {
    {
        const answer rest = start_command(R"({"command":"capture","dropped":""})",
                                          {director, speeds, busy, "a test"});
        ASSERT_EQ(director.watches.size(), 1u);
        EXPECT_TRUE(director.watches[0]->wanted().what.only_dropped);
        std::string text;
        watch::sighting seen;
        seen.end = watch::outcome::dropped;
        seen.reason = drop_reason::no_service;
        show(*director.watches[0], seen, "weir");
        EXPECT_TRUE(rest(text));
        EXPECT_EQ(json::parse(text).at("data"), "d2Vpcg==");
        EXPECT_EQ(json::parse(text).at("comment"), "dropped: no_service");
    }
    EXPECT_TRUE(director.watches.empty());
}

TEST_F(commands_test, what_a_trace_cannot_be) {
    EXPECT_EQ(error_of({{"command", "trace"}, {"client", "nobody"}}),
              "\"client\" must be ADDRESS, ADDRESS/LENGTH or ADDRESS:PORT");
    EXPECT_EQ(error_of({{"command", "trace"}, {"dropped", "luck"}}),
              "\"dropped\" must be a reason as `weirctl status` names it, such as no_service");
    EXPECT_EQ(error_of({{"command", "capture"}, {"program", {"6 0 0"}}}),
              "\"program\" must be instructions \"CODE JT JF K\"");
    EXPECT_EQ(error_of({{"command", "capture"}, {"program", {"5 0 0 4294967295"}}}),
              "\"program\" is not a sound BPF program");
    EXPECT_TRUE(director.watches.empty());
}

} // namespace
} // namespace weir::command
