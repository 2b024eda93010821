// Which connections `--wait` waits for.

#include "weirctl/emptying.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace weir::weirctl {
namespace {

using nlohmann::json;

const json changed{{"service", "web"}, {"server", "192.0.2.11:80"},
                   {"name", ""},       {"address", "192.0.2.11"},
                   {"port", 80},       {"text", "is drained"}};

json server(const char* address, unsigned port, const char* why, unsigned active,
            unsigned inactive) {
    return {{"address", address}, {"port", port},         {"why", json::array({why})},
            {"active", active},   {"inactive", inactive}, {"fallback", false}};
}

TEST(weirctl_emptying, active_and_inactive_ones_of_the_server_count) {
    EXPECT_EQ(connections_left(changed, {server("192.0.2.11", 80, "drained", 2, 3),
                                         server("192.0.2.11", 81, "drained", 7, 0),
                                         server("192.0.2.12", 80, "down", 7, 0)}),
              (left_over{2, 3}));
    EXPECT_EQ(connections_left(changed, {server("192.0.2.11", 80, "disabled", 0, 0)}), left_over{});
}

TEST(weirctl_emptying, those_that_end_are_told_apart) {
    EXPECT_EQ(to_string(left_over{3, 12}), "3 active connections, 12 ending or UDP");
    EXPECT_EQ(to_string(left_over{1, 0}), "1 active connection, 0 ending or UDP");
}

TEST(weirctl_emptying, a_server_that_was_removed_ends_like_any) {
    EXPECT_EQ(connections_left(changed, {server("192.0.2.11", 80, "removed", 1, 0)}),
              (left_over{1, 0}));
    EXPECT_EQ(connections_left(changed, {}), left_over{});
}

TEST(weirctl_emptying, a_server_that_takes_connections_again_never_ends) {
    json back = server("192.0.2.11", 80, "", 1, 0);
    back["why"] = json::array();
    EXPECT_EQ(connections_left(changed, {back}), std::nullopt);
    back["fallback"] = true;
    EXPECT_EQ(connections_left(changed, {back}), left_over{})
        << "the fallback at its address is another";
}

TEST(weirctl_emptying, persistence_brings_clients_to_a_drained_server_alone) {
    json sticky = server("192.0.2.11", 80, "drained", 1, 0);
    EXPECT_EQ(why_clients_return(changed, {sticky}), "") << "a director without the figure";
    sticky["persistent"] = 0;
    EXPECT_EQ(why_clients_return(changed, {sticky}), "");
    sticky["persistent"] = 3;
    EXPECT_EQ(why_clients_return(changed, {server("192.0.2.12", 80, "down", 1, 0), sticky}),
              "persistence still leads 3 clients there: `weirctl disable` sends their next "
              "connections elsewhere, as does `expire-quiescent = yes`");
    sticky["why"] = json::array({"disabled", "drained"});
    EXPECT_EQ(why_clients_return(changed, {sticky}), "");
    sticky["why"] = json::array({"drained"});
    sticky["port"] = 81;
    EXPECT_EQ(why_clients_return(changed, {sticky}), "") << "another server";
}

} // namespace
} // namespace weir::weirctl
