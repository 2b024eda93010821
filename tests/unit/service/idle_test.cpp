// Every reason why a server gets no new connections, alone and together.

#include <gtest/gtest.h>

#include "service/idle.h"

namespace weir {
namespace {

using reasons = std::vector<idle_reason>;

struct idle_test : testing::Test {
    server_load load;
    flow_target target;

    idle_test() { target.hop = 7; }
    reasons why() const { return why_idle(load, target); }
};

TEST_F(idle_test, a_server_that_works_has_no_reason) {
    EXPECT_EQ(why(), reasons{});
    EXPECT_EQ(state_of(why()), "up");
}

TEST_F(idle_test, each_reason_is_found) {
    load.set(server_load::removed, true);
    EXPECT_EQ(why(), reasons{idle_reason::removed});
    load.unavailable = server_load::disabled;
    EXPECT_EQ(why(), reasons{idle_reason::disabled});
    load.unavailable = server_load::down;
    EXPECT_EQ(why(), reasons{idle_reason::down});
    load.unavailable = server_load::overloaded;
    EXPECT_EQ(why(), reasons{idle_reason::overloaded});
    EXPECT_EQ(state_of(why()), "up"); // its connections go on, and it comes back by itself
    load.unavailable = 0;
    load.weight = 0;
    EXPECT_EQ(why(), reasons{idle_reason::drained});
    EXPECT_EQ(state_of(why()), "drained");
}

TEST_F(idle_test, a_server_without_a_next_hop_has_no_route_unless_it_is_this_host) {
    target.hop = 0;
    EXPECT_EQ(why(), reasons{idle_reason::no_route});
    EXPECT_EQ(state_of(why()), "up");
    target.forward = {forward_mode::local};
    EXPECT_EQ(why(), reasons{});
}

TEST_F(idle_test, a_server_whose_next_hop_is_silent_has_no_neighbour) {
    EXPECT_EQ(why_idle(load, target, idle_reason::down, {.silent = true}),
              reasons{idle_reason::no_neighbour});
    EXPECT_EQ(state_of({idle_reason::no_neighbour}), "up");
}

TEST_F(idle_test, a_server_behind_a_port_without_link_has_no_link) {
    EXPECT_EQ(why_idle(load, target, idle_reason::down, {.linked = false, .silent = true}),
              (reasons{idle_reason::no_link, idle_reason::no_neighbour}));
    EXPECT_EQ(state_of({idle_reason::no_link}), "up");
}

TEST_F(idle_test, checks_keep_a_server_out_for_one_of_three_reasons) {
    load.unavailable = server_load::down;
    for (const idle_reason by : {idle_reason::down, idle_reason::unproven, idle_reason::held}) {
        EXPECT_EQ(why_idle(load, target, by), reasons{by});
        EXPECT_EQ(state_of(why_idle(load, target, by)), name_of(by));
    }
    load.unavailable = 0;
    EXPECT_EQ(why_idle(load, target, idle_reason::held), reasons{}) << "used all the same";
}

TEST_F(idle_test, all_reasons_are_given_in_their_order) {
    target.hop = 0;
    load.weight = 0;
    load.unavailable = server_load::overloaded | server_load::down | server_load::disabled;
    EXPECT_EQ(words_of(why()), (std::vector<std::string_view>{"disabled", "down", "drained",
                                                              "overloaded", "no_route"}));
    EXPECT_EQ(state_of(why()), "disabled");
}

} // namespace
} // namespace weir
