// The schedulers that choose by address: sh, dh and wrh. (Maglev has a file of its own.)

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

#include "unit/schedulers/fixture.h"

namespace weir {
namespace {

/// The server of each of `count` clients.
std::vector<std::uint32_t> places(scheduler& chooser, std::uint32_t count) {
    std::vector<std::uint32_t> servers;
    for (std::uint32_t i = 0; i < count; ++i)
        servers.push_back(chooser.pick(from_client(i)));
    return servers;
}

/// How many clients each server has.
std::vector<int> shares(const std::vector<std::uint32_t>& places, std::size_t servers) {
    std::vector<int> counts(servers);
    for (const std::uint32_t server : places)
        ++counts.at(server);
    return counts;
}

new_flow to_vip(std::uint32_t n) {
    new_flow flow;
    flow.vip = ip_address::v4(be32::from_host(0x0a000000 + n));
    return flow;
}

/// ip_vs_sh_hashkey, copied from Linux 6.1.
std::uint32_t kernel_slot(std::uint32_t address, std::uint32_t port) {
    return ((port + address) * 0x61c88647U) >> 24;
}

TEST(source_hash, has_the_slots_of_lvs) {
    // Slot by slot as ip_vs_sh_reassign deals them: 3 for one server, 2 for the next, 1 for the
    // last.
    const std::vector<std::uint32_t> dealt{0, 0, 0, 1, 1, 2};
    server_list servers{3, 2, 1};
    const auto chooser = servers.make("sh");
    const auto with_port = servers.make("sh", {"port"});
    for (std::uint32_t i = 0; i < 2000; ++i) {
        const std::uint32_t address = 0x0a000000 + i;
        EXPECT_EQ(chooser->pick(from_client(i, 4000)), dealt[kernel_slot(address, 0) % 6]);
        EXPECT_EQ(with_port->pick(from_client(i, 4000)), dealt[kernel_slot(address, 4000) % 6]);
    }
}

TEST(source_hash, folds_ipv6_as_lvs_does) {
    server_list servers(std::vector<int>(256, 1));
    const auto chooser = servers.make("sh");
    new_flow flow;
    const std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8, 1, 2, 3, 4,
                                             5,    6,    7,    8,    9, 0, 1, 2};
    flow.client = ip_address::v6(bytes.data());
    const std::uint32_t folded = 0x20010db8U ^ 0x01020304U ^ 0x05060708U ^ 0x09000102U;
    EXPECT_EQ(chooser->pick(flow), kernel_slot(folded, 0));
}

TEST(source_hash, refuses_the_clients_of_a_full_or_quiesced_server_without_fallback) {
    server_list servers{1, 1, 1};
    const auto strict = servers.make("sh");
    const auto lenient = servers.make("sh", {"fallback"});
    const auto before = places(*strict, 1000);
    servers[1].unavailable = server_load::overloaded;
    for (int round = 0; round < 2; ++round) {
        for (std::uint32_t i = 0; i < before.size(); ++i) {
            const bool own = before[i] != 1;
            EXPECT_EQ(strict->pick(from_client(i)), own ? before[i] : no_server);
            const std::uint32_t other = lenient->pick(from_client(i));
            EXPECT_TRUE(own ? other == before[i] : other == 0 || other == 2);
        }
        servers[1].unavailable = 0;
        servers[1].weight = 0;
    }
}

TEST(source_hash, sends_the_clients_of_a_server_that_is_down_to_others) {
    server_list servers{1, 1, 1};
    const auto chooser = servers.make("sh");
    const auto before = places(*chooser, 1000);
    for (const auto why : {server_load::down, server_load::disabled}) {
        servers[1].unavailable = why;
        for (std::uint32_t i = 0; i < before.size(); ++i) {
            const std::uint32_t now = chooser->pick(from_client(i));
            EXPECT_TRUE(before[i] != 1 ? now == before[i] : now == 0 || now == 2);
        }
    }
}

TEST(source_hash, with_more_servers_than_slots_serves_the_first) {
    server_list servers(std::vector<int>(20, 1));
    const auto chooser = servers.make("sh", {"bits=4"});
    const auto counts = shares(places(*chooser, 20'000), 20);
    for (std::size_t i = 0; i < 20; ++i)
        EXPECT_EQ(counts[i] > 0, i < 16) << i;
}

TEST(source_hash, reads_its_options_strictly) {
    server_list servers{1};
    EXPECT_NO_THROW(servers.make("sh", {"port", "fallback", "bits=20"}));
    for (const char* wrong : {"bits=3", "bits=21", "bits=", "bits=8x", "bits", "ports", "port=1"})
        EXPECT_THROW(servers.make("sh", {wrong}), std::invalid_argument) << wrong;
}

TEST(destination_hash, has_the_slots_of_lvs) {
    server_list servers{5, 1, 1};
    const auto chooser = servers.make("dh");
    for (std::uint32_t i = 0; i < 2000; ++i) // 256 slots dealt one by one, whatever the weights
        EXPECT_EQ(chooser->pick(to_vip(i)), kernel_slot(0x0a000000 + i, 0) % 3);
    EXPECT_EQ(chooser->pick(from_client(1)), chooser->pick(from_client(2)));
}

TEST(destination_hash, refuses_when_its_server_is_quiesced_and_strays_when_it_is_down) {
    server_list servers{1, 1, 1};
    const auto chooser = servers.make("dh");
    std::uint32_t n = 0;
    while (chooser->pick(to_vip(n)) != 1)
        ++n;
    servers[1].weight = 0;
    EXPECT_EQ(chooser->pick(to_vip(n)), no_server);
    servers[1].weight = 1;
    servers[1].unavailable = server_load::overloaded;
    EXPECT_EQ(chooser->pick(to_vip(n)), no_server);
    servers[1].unavailable = server_load::down;
    EXPECT_EQ(chooser->pick(to_vip(n)), 2U);
    servers[2].weight = 0;
    EXPECT_EQ(chooser->pick(to_vip(n)), 0U);
    servers[0].weight = 0;
    EXPECT_EQ(chooser->pick(to_vip(n)), no_server);
}

TEST(rendezvous_hash, shares_by_weight) {
    server_list servers{1, 0, 6, 3};
    const auto counts = shares(places(*servers.make("wrh"), 200'000), 4);
    EXPECT_NEAR(counts[0], 20'000, 500); // 4 standard deviations: 540
    EXPECT_EQ(counts[1], 0);
    EXPECT_NEAR(counts[2], 120'000, 800);
    EXPECT_NEAR(counts[3], 60'000, 800);
}

TEST(rendezvous_hash, moves_only_the_flows_of_a_server_that_goes) {
    server_list all{3, 1, 2, 5, 1};
    const auto before = places(*all.make("wrh"), 50'000);
    for (std::size_t gone = 0; gone < all.size(); ++gone) {
        for (const auto why : {server_load::down, server_load::overloaded, server_load::disabled}) {
            all[gone].unavailable = why;
            const auto after = places(*all.make("wrh"), 50'000);
            for (std::size_t i = 0; i < after.size(); ++i)
                ASSERT_EQ(after[i] == before[i], before[i] != gone) << "flow " << i;
            all[gone].unavailable = 0;
        }
    }
    // Removed from the list: the flows of the others stay, whatever their new indexes.
    server_list rest{3, 1, 5, 1};
    const std::array<std::uint32_t, 4> was{0, 1, 3, 4};
    for (std::size_t i = 0; i < rest.size(); ++i)
        rest.views()[i].address = all.views()[was[i]].address;
    const auto after = places(*rest.make("wrh"), 50'000);
    for (std::size_t i = 0; i < after.size(); ++i)
        ASSERT_TRUE(before[i] == 2 || was[after[i]] == before[i]);
}

TEST(rendezvous_hash, moves_flows_only_to_a_server_whose_weight_grows) {
    server_list servers{2, 2, 2};
    const auto before = places(*servers.make("wrh"), 50'000);
    servers[1].weight = 4;
    const auto after = places(*servers.make("wrh"), 50'000);
    int moved = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
        if (after[i] == before[i]) continue;
        ASSERT_EQ(after[i], 1U);
        ++moved;
    }
    EXPECT_NEAR(moved, 50'000 / 2 - 50'000 / 3, 500);
}

TEST(rendezvous_hash, is_the_same_for_directors_that_list_the_servers_in_another_order) {
    server_list one{1, 2, 3};
    server_list other{3, 2, 1};
    other.views()[0].address = one.views()[2].address;
    other.views()[2].address = one.views()[0].address;
    const auto first = places(*one.make("wrh"), 5000);
    const auto second = places(*other.make("wrh"), 5000);
    for (std::size_t i = 0; i < first.size(); ++i)
        ASSERT_EQ(second[i], 2 - first[i]);
}

TEST(rendezvous_hash, hashes_the_port_on_request) {
    server_list servers{1, 1, 1, 1};
    const auto by_address = servers.make("wrh");
    const auto by_port = servers.make("wrh", {"port"});
    std::map<std::uint32_t, int> seen;
    for (std::uint16_t port = 1; port <= 400; ++port) {
        EXPECT_EQ(by_address->pick(from_client(7, port)), by_address->pick(from_client(7, 1)));
        ++seen[by_port->pick(from_client(7, port))];
    }
    EXPECT_EQ(seen.size(), 4U);
}

} // namespace
} // namespace weir
