// How the log counts a service's servers.

#include "director/use_log.h"

#include <gtest/gtest.h>

namespace weir::director {
namespace {

TEST(use_log, counts_all_servers_and_says_which_count_for_nothing) {
    plane::known_service web;
    web.servers.resize(2);
    web.use = plane::usage{.able = 2};
    EXPECT_EQ(servers_of(1, web), "1 of 2 servers");
    web.use->able = 1;
    EXPECT_EQ(servers_of(1, web), "1 of 2 servers (1 drained, disabled or without a way)");
    web.servers.resize(1);
    EXPECT_EQ(servers_of(1, web), "1 of 1 server");
}

} // namespace
} // namespace weir::director
