// Rules that every scheduler must obey.

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "unit/schedulers/fixture.h"

namespace weir {
namespace {

const std::vector<const char*> all_schedulers{"rr", "wrr", "lc",   "wlc",  "sed",
                                              "nq", "fo",  "ovf",  "sh",   "dh",
                                              "mh", "wrh", "twos", "lblc", "lblcr"};

/// Flow number `n`: its own client, destination, ports and random number; every second is IPv6.
new_flow any_flow(std::uint64_t n) {
    std::uint64_t mixed = (n + 1) * 0x9e3779b97f4a7c15;
    mixed ^= mixed >> 29;
    new_flow flow;
    if (n % 2 == 0) {
        flow.client = ip_address::v4(be32::from_host(static_cast<std::uint32_t>(mixed >> 32)));
        flow.vip = ip_address::v4(192, 0, 2, static_cast<std::uint8_t>(n));
    } else {
        flow.client = {mixed, ~mixed};
        flow.vip = {0xb80d0120, n};
    }
    flow.client_port = static_cast<std::uint16_t>(mixed);
    flow.vip_port = 80;
    flow.protocol = 6;
    flow.random = mixed * 0xbf58476d1ce4e5b9;
    return flow;
}

class every_scheduler : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(schedulers, every_scheduler, testing::ValuesIn(all_schedulers));

TEST_P(every_scheduler, is_registered_with_a_summary) {
    const scheduler_type* type = find_scheduler(GetParam());
    ASSERT_NE(type, nullptr);
    EXPECT_GT(std::string_view(type->summary).size(), 10U);
    EXPECT_EQ(type->api, scheduler_api);
}

/// The servers that instances of one scheduler choose, flow by flow.
std::vector<std::uint32_t> choices(scheduler& chooser) {
    std::vector<std::uint32_t> chosen;
    for (std::uint64_t n = 0; n < 200; ++n)
        chosen.push_back(chooser.pick(any_flow(n)));
    return chosen;
}

TEST_P(every_scheduler, that_reads_weights_live_needs_no_new_instance) {
    server_list servers{1, 1, 1, 1};
    const auto kept = servers.make(GetParam());
    for (std::size_t i = 0; i < servers.size(); ++i)
        servers[i].weight = static_cast<int>(2 * i + 1);
    const auto made_again = servers.make(GetParam());
    EXPECT_EQ(find_scheduler(GetParam())->live_weights, choices(*kept) == choices(*made_again));
}

TEST_P(every_scheduler, that_is_proportional_chooses_the_same_by_finer_weights) {
    if (!find_scheduler(GetParam())->proportional) return;
    server_list servers{1, 2, 0, 5};
    servers[0].active = 1;
    servers[3].active = 7;
    const auto by_coarse = choices(*servers.make(GetParam()));
    for (std::size_t i = 0; i < servers.size(); ++i)
        servers[i].weight = servers[i].weight * 100;
    EXPECT_EQ(choices(*servers.make(GetParam())), by_coarse);
}

TEST_P(every_scheduler, gives_none_for_an_empty_list) {
    server_list nobody{};
    server_list quiesced{0, 0, 0};
    for (std::uint64_t n = 0; n < 50; ++n) {
        EXPECT_EQ(nobody.make(GetParam())->pick(any_flow(n)), no_server);
        EXPECT_EQ(quiesced.make(GetParam())->pick(any_flow(n)), no_server);
    }
}

TEST_P(every_scheduler, never_gives_an_unavailable_server) {
    server_list servers{4, 4, 4, 4, 4, 4, 4, 4, 4};
    const auto chooser = servers.make(GetParam());
    // Every set of unavailable servers, each with another reason.
    for (unsigned out = 0; out < 1U << servers.size(); ++out) {
        for (std::size_t i = 0; i < servers.size(); ++i) {
            const bool is_out = (out >> i & 1) != 0;
            servers[i].weight = is_out && i % 4 == 3 ? 0 : 4;
            servers[i].unavailable = is_out && i % 4 != 3 ? 1U << i % 4 : 0;
        }
        for (std::uint64_t n = 0; n < 16; ++n) {
            const std::uint32_t server = chooser->pick(any_flow(out * 16 + n));
            if (server == no_server) continue; // sh, dh and mh may refuse
            ASSERT_LT(server, servers.size());
            ASSERT_TRUE(servers.views()[server].available());
        }
    }
}

TEST_P(every_scheduler, finds_a_server_when_others_are_down) {
    server_list servers{4, 4, 4, 4};
    const auto chooser = servers.make(GetParam());
    for (std::size_t left = 0; left < servers.size(); ++left) {
        for (std::size_t i = 0; i < servers.size(); ++i)
            servers[i].unavailable = i == left ? 0U : server_load::down;
        for (std::uint64_t n = 0; n < 100; ++n)
            ASSERT_EQ(chooser->pick(any_flow(n)), left);
    }
}

TEST_P(every_scheduler, takes_65535_servers) {
    server_list servers(std::vector<int>(65535, 1));
    for (std::size_t i = 0; i + 1 < servers.size(); ++i)
        servers[i].active = 1;
    const auto chooser = servers.make(GetParam());
    for (std::uint64_t n = 0; n < 20; ++n)
        EXPECT_LT(chooser->pick(any_flow(n)), servers.size());
}

TEST_P(every_scheduler, refuses_options_it_does_not_know) {
    server_list servers{1};
    EXPECT_THROW(servers.make(GetParam(), {"colour=blue"}), std::invalid_argument);
}

// Workers pick, open connections and end them, while the control core changes weights and states.
// Most useful under the thread sanitizer.
TEST_P(every_scheduler, serves_all_workers_at_once_while_servers_change) {
    server_list servers{3, 2, 1, 4, 2, 1, 5, 1};
    const auto chooser = servers.make(GetParam());
    servers[7].unavailable = server_load::disabled; // from first to last: must never serve
    std::atomic<bool> go_on{true};
    std::atomic<int> wrong{0};
    std::atomic<int> served{0};
    {
        std::vector<std::jthread> workers;
        for (std::uint64_t worker = 0; worker < 4; ++worker)
            workers.emplace_back([&, worker] {
                for (std::uint64_t n = 0; n < 3000 || served < 1000; ++n) {
                    const std::uint32_t server = chooser->pick(any_flow(worker << 32 | n));
                    if (server == no_server) continue;
                    if (server >= servers.size() || server == 7) {
                        ++wrong;
                        return;
                    }
                    ++served;
                    servers[server].active.fetch_add(1, std::memory_order_relaxed);
                    servers[server].active.fetch_sub(1, std::memory_order_relaxed);
                }
                go_on = false;
            });
        for (std::uint32_t turn = 0; go_on; ++turn) {
            servers[1 + turn % 6].weight = static_cast<int>(turn % 5);
            servers[1 + turn % 6].unavailable = turn % 7 == 0 ? 1U << turn % 3 : 0;
        }
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_GE(served, 1000);
}

} // namespace
} // namespace weir
