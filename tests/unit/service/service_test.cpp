// What workers read: neighbours, routes, rule sets, server slots.

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "net/hash.h"
#include "service/neighbours.h"
#include "service/routes.h"
#include "service/rule_set.h"
#include "service/scheduler_registry.h"
#include "service/server_store.h"

namespace weir {
namespace {

const mac_address some_mac{{2, 0, 0, 0, 0, 9}};

TEST(neighbours, are_found_by_port_and_address) {
    neighbour_table t(100);
    const auto a = *parse_address("192.0.2.1");
    const auto b = *parse_address("2001:db8::1");
    const neighbour_id on_0 = t.add(0, a);
    const neighbour_id on_1 = t.add(1, a);
    EXPECT_NE(on_0, on_1);
    EXPECT_EQ(t.add(0, a), on_0);
    EXPECT_EQ(t.find(0, a), on_0);
    EXPECT_EQ(t.find(0, b), 0u);
    EXPECT_FALSE(t.at(on_0).resolved());
    t.set(on_1, some_mac);
    EXPECT_TRUE(t.at(on_1).resolved());
    EXPECT_EQ(t.at(on_1).mac(), some_mac);
    EXPECT_EQ(t.at(on_1).port(), 1);
    t.unresolve(on_1);
    EXPECT_FALSE(t.at(on_1).resolved());
    EXPECT_FALSE(t.at(0).resolved()) << "slot 0 is nobody";
}

TEST(neighbours, come_and_go_for_ever_in_fixed_memory) {
    neighbour_table t(64);
    std::map<std::uint32_t, neighbour_id> live;
    std::mt19937 random(1);
    for (int i = 0; i < 20000; ++i) {
        const auto n = static_cast<std::uint32_t>(random() % 200);
        const ip_address address = ip_address::v4(be32::from_host(0x0a000000 + n));
        if (const auto found = live.find(n); found != live.end()) {
            EXPECT_EQ(t.find(0, address), found->second);
            t.remove(found->second);
            t.release(found->second);
            live.erase(found);
        } else if (const neighbour_id id = t.add(0, address); id != 0) {
            live[n] = id;
        } else {
            EXPECT_EQ(live.size(), 64u);
        }
        EXPECT_EQ(t.find(0, address) != 0, live.contains(n));
    }
}

TEST(routes, the_longest_prefix_wins_against_a_naive_search) {
    std::mt19937 random(7);
    for (int round = 0; round < 50; ++round) {
        std::vector<route_table::item> items;
        for (std::uint32_t i = 0; i < 40; ++i) {
            const bool v6 = random() % 2 == 0;
            const ip_address address =
                v6 ? ip_address{random() % 4, random()}
                   : ip_address::v4(be32::from_host(static_cast<std::uint32_t>(random())));
            const auto length = static_cast<std::uint8_t>(random() % (v6 ? 129 : 33));
            const prefix p{address, length};
            items.push_back(
                {{p.first(), length}, {.port = 0, .gateway = i + 1, .reachable = true}});
        }
        const route_table table(items);
        for (int probe = 0; probe < 500; ++probe) {
            ip_address address = items[random() % items.size()].destination.first();
            if (address.is_v4() || random() % 2 == 0)
                address = ip_address::v4(be32{static_cast<std::uint32_t>(random())});
            const route_table::item* best = nullptr;
            for (const auto& item : items)
                if (item.destination.contains(address)
                    && (best == nullptr || item.destination.length > best->destination.length))
                    best = &item;
            const route& found = table.find(address);
            EXPECT_EQ(found.reachable, best != nullptr) << to_string(address);
            if (best != nullptr) {
                EXPECT_EQ(found.gateway, best->via.gateway) << to_string(address);
            }
        }
    }
}

TEST(routes, the_ipv6_default_does_not_carry_ipv4) {
    const route_table::item item{{{}, 0}, {.port = 0, .gateway = 1, .reachable = true}};
    const route_table table({&item, 1});
    EXPECT_TRUE(table.find(*parse_address("2001:db8::1")).reachable);
    EXPECT_FALSE(table.find(*parse_address("192.0.2.1")).reachable);
}

TEST(server_store, slots_start_from_nothing_each_time) {
    server_store s(3, 2);
    const target_id a = s.take();
    s.counters(0)[a].in_packets.add(5);
    s.counters(1)[a].in_packets.add(7);
    s.opened(a, true);
    EXPECT_EQ(s.totals(a).in_packets, 12u);
    EXPECT_NE(s.take(), 0u);
    EXPECT_NE(s.take(), 0u);
    EXPECT_EQ(s.take(), 0u) << "full";
    s.load(a).weight = 7;
    s.closed(a, true); // a slot is freed when no connection names it
    s.free(a);
    EXPECT_EQ(s.take(), a);
    EXPECT_EQ(s.totals(a), server_totals{});
    EXPECT_EQ(s.load(a).weight, 1);
    EXPECT_EQ(s.load(a).active, 0u);
}

TEST(server_store, thresholds_as_lvs) {
    server_store s(1, 1);
    const target_id id = s.take();
    s.set_limits(id, 4, 3);
    const auto overloaded = [&] { return s.load(id).unavailable == server_load::overloaded; };
    for (int i = 0; i < 3; ++i)
        s.opened(id, i % 2 == 0);
    EXPECT_FALSE(overloaded());
    s.opened(id, true);
    EXPECT_TRUE(overloaded()) << "reached the upper threshold";
    s.closed(id, true);
    EXPECT_TRUE(overloaded()) << "3 is not below 3";
    s.closed(id, true);
    EXPECT_FALSE(overloaded());
}

TEST(rule_set, finds_among_ten_thousand_services) {
    server_store servers(10001, 1);
    rule_set::contents contents;
    const auto listener = [](std::uint32_t n) {
        return endpoint{ip_address::v4(be32::from_host(0xc0000000 + n / 10)),
                        static_cast<std::uint16_t>(80 + n % 10), protocol::tcp};
    };
    for (std::uint32_t n = 0; n < 10000; ++n) {
        auto rule = std::make_shared<service_rule>();
        rule->name = std::to_string(n);
        rule->listen = {listener(n)};
        rule->mode = forward_mode::nat;
        rule->targets = {servers.take()};
        rule->servers = {{&servers.load(rule->targets[0]),
                          ip_address::v4(be32::from_host(0x0a000000 + n)), 8080, 1}};
        contents.services.push_back(std::move(rule));
    }
    port_rule port;
    port.addresses = {{ip_address::v4(198, 51, 100, 1), 24}};
    contents.ports = {port};
    const rule_set rules(std::move(contents));
    for (std::uint32_t n = 0; n < 10000; ++n) {
        const endpoint where = listener(n);
        const service_rule* found = rules.find(where.address, be16::from_host(where.port), 6);
        ASSERT_NE(found, nullptr);
        EXPECT_EQ(found->name, std::to_string(n));
        EXPECT_EQ(rules.find(where.address, be16::from_host(where.port), 17), nullptr);
        EXPECT_TRUE(rules.serves(where.address) && rules.answers(where.address));
        const auto reply = rules.find_reply(ip_address::v4(be32::from_host(0x0a000000 + n)),
                                            be16::from_host(8080), 6);
        EXPECT_EQ(reply.rule, found);
    }
    EXPECT_FALSE(rules.serves(ip_address::v4(198, 51, 100, 1)));
    EXPECT_TRUE(rules.is_own(ip_address::v4(198, 51, 100, 1)));
    EXPECT_EQ(rules.find_reply(ip_address::v4(10, 0, 0, 1), be16::from_host(81), 6).rule, nullptr);
}

TEST(rule_set, roles_of_an_address_add_up_but_for_our_own) {
    const ip_address held = ip_address::v4(192, 0, 2, 1);
    const ip_address silent = ip_address::v4(192, 0, 2, 2);
    const ip_address own = ip_address::v4(192, 0, 2, 3);
    rule_set::contents contents;
    const auto add = [&](const ip_address& address, std::uint16_t port, bool answers) {
        auto rule = std::make_shared<service_rule>();
        rule->listen = {{address, port, protocol::tcp}};
        rule->answers = answers;
        contents.services.push_back(std::move(rule));
    };
    add(held, 80, false);
    add(held, 443, true);
    add(silent, 80, false);
    add(own, 80, true);
    port_rule port;
    port.addresses = {{own, 24}};
    contents.ports = {port};
    const rule_set rules(std::move(contents));
    EXPECT_TRUE(rules.serves(held) && rules.answers(held) && !rules.is_own(held));
    EXPECT_TRUE(rules.serves(silent) && !rules.answers(silent));
    EXPECT_TRUE(rules.is_own(own) && !rules.serves(own) && !rules.answers(own));
    EXPECT_FALSE(rules.role_of(ip_address::v4(192, 0, 2, 4)).known());
}

TEST(server_store, thresholds_hold_exactly_however_many_open_at_once) {
    server_store store(4, 1);
    const target_id id = store.take();
    constexpr std::uint32_t upper = 1000;
    store.limits(id).upper = upper; // the lower one is 750 then
    std::atomic<std::uint32_t> open{0};
    std::atomic<bool> too_many{false};
    const auto open_and_close = [&](bool active) {
        for (int round = 0; round < 20'000; ++round) {
            if (!store.reserve(id, active)) continue;
            if (open.fetch_add(1) >= upper) too_many = true;
            if (round % 3 != 0) continue;
            open.fetch_sub(1);
            store.closed(id, active);
        }
    };
    std::vector<std::thread> workers;
    for (int w = 0; w < 4; ++w)
        workers.emplace_back(open_and_close, w % 2 == 0);
    for (std::thread& worker : workers)
        worker.join();
    const server_load& load = store.load(id);
    EXPECT_FALSE(too_many);
    EXPECT_EQ(load.active + load.inactive, open);
    while (store.reserve(id, true)) {
    }
    EXPECT_EQ(load.active + load.inactive, upper);
    EXPECT_NE(load.unavailable & server_load::overloaded, 0u);
    EXPECT_FALSE(store.reserve(id, true));
    while (load.active + load.inactive >= 750)
        store.closed(id, load.active > 0);
    EXPECT_EQ(load.unavailable & server_load::overloaded, 0u) << "below the lower one";
    EXPECT_TRUE(store.reserve(id, true));
}

TEST(server_store, a_threshold_taken_away_lets_the_server_go) {
    server_store store(4, 1);
    const target_id id = store.take();
    store.limits(id).lower = store.limits(id).upper = 1;
    EXPECT_TRUE(store.reserve(id, true));
    EXPECT_FALSE(store.reserve(id, true));
    store.limits(id).upper = 0;
    store.judge_load(id);
    EXPECT_TRUE(store.load(id).unavailable == 0 && store.reserve(id, true));
}

TEST(schedulers, of_one_name_are_told_of) {
    const std::size_t before = registration_errors().size();
    EXPECT_FALSE(register_scheduler(*find_scheduler("rr")));
    ASSERT_EQ(registration_errors().size(), before + 1);
    EXPECT_EQ(registration_errors().back(), "there is already a scheduler named 'rr'");
    EXPECT_NE(load_plugin("/nowhere/plugin.so"), "") << "whose error is told by itself";
    EXPECT_EQ(registration_errors().size(), before + 1);
}

} // namespace
} // namespace weir
