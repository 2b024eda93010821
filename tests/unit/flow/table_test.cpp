// The connection table: lookups under both keys, full, expiry, shared by workers.

#include "unit/flow/fixture.h"

#include <atomic>
#include <set>
#include <thread>

namespace weir::test {
namespace {

class connection_table : public flow_fixture {};

TEST_F(connection_table, a_nat_flow_is_found_from_both_sides) {
    for (const bool v6 : {false, true}) {
        auto t = table(100);
        const flow_key k = key(7, v6);
        const auto opened = t->insert(0, opening(k, first_nat), t->hash(k), start);
        ASSERT_TRUE(opened.flow && opened.ours);
        EXPECT_EQ(t->find(k, t->hash(k), start), opened.flow);
        const flow_target& server = targets[first_nat];
        const flow_key reply{server.address, k.source, server.port, k.source_port, 6};
        const flow_ref back = t->find(reply, t->hash(reply), start);
        ASSERT_TRUE(back);
        EXPECT_TRUE(back.is_reverse());
        EXPECT_EQ(back.entry(), opened.flow.entry());
        EXPECT_FALSE(t->find(k.reversed(), t->hash(k.reversed()), start));
        flow_key udp = k;
        udp.proto = 17;
        EXPECT_FALSE(t->find(udp, t->hash(udp), start));
    }
}

TEST_F(connection_table, probe_and_confirm_find_what_find_finds) {
    auto t = table(5000);
    for (std::uint32_t n = 0; n < 5000; ++n) {
        const flow_key k = key(n);
        ASSERT_TRUE(t->insert(n % workers, opening(k), t->hash(k), start).flow);
    }
    for (std::uint32_t n = 0; n < 10000; ++n) {
        const flow_key k = key(n);
        const std::uint64_t hash = t->hash(k);
        const flow_ref candidate = t->probe(hash);
        const flow_ref found = t->find(k, hash, start);
        EXPECT_EQ(t->confirm(candidate, k, start), found && candidate == found);
        EXPECT_TRUE(candidate || !found); // a probe that finds nothing is final
        EXPECT_EQ(static_cast<bool>(t->find(k, hash, start)), n < 5000) << n;
    }
}

TEST_F(connection_table, says_when_it_is_full_and_recovers) {
    auto t = table(64);
    std::uint32_t opened = 0;
    for (std::uint32_t n = 0; n < 5000; ++n) {
        const flow_key k = key(n);
        opened += static_cast<bool>(t->insert(0, opening(k, first_nat), t->hash(k), start).flow);
    }
    EXPECT_GE(opened, 64u);
    EXPECT_LT(opened, 1000u);
    EXPECT_EQ(t->size(), opened);
    EXPECT_LE(t->size(), t->entries()) << "never more than there are";
    EXPECT_GT(t->size(), t->capacity()) << "what workers need not hold back is used";
    std::uint32_t ended = 0;
    for (std::uint32_t now = start; now < start + 200; ++now)
        t->expire(0, now, 10000, [&](flow_entry&, flow_state) { ++ended; });
    EXPECT_EQ(ended, opened);
    EXPECT_EQ(t->size(), 0u);
    for (int i = 0; i < 1000; ++i) {
        quiesce();
        t->recycle(0);
    }
    const flow_key k = key(1);
    EXPECT_TRUE(t->insert(0, opening(k), t->hash(k), start + 200).flow);
}

TEST_F(connection_table, memory_is_not_reused_before_a_grace_period) {
    auto t = table(64);
    std::set<flow_index> first;
    for (std::uint32_t n = 0; n < 1000; ++n) {
        const flow_key k = key(n);
        if (const auto o = t->insert(0, opening(k), t->hash(k), start); o.flow)
            first.insert(o.flow.entry());
    }
    for (std::uint32_t now = start; now < start + 100; ++now)
        t->expire(0, now, 10000, [](flow_entry&, flow_state) {});
    for (int i = 0; i < 10; ++i)
        t->recycle(0); // no worker was quiescent
    const flow_key k = key(1);
    EXPECT_FALSE(t->insert(0, opening(k), t->hash(k), start + 100).flow);
    for (int i = 0; i < 10; ++i) {
        quiesce();
        t->recycle(0);
    }
    EXPECT_TRUE(t->insert(0, opening(k), t->hash(k), start + 100).flow);
}

TEST_F(connection_table, packets_keep_a_flow_and_states_shorten_it) {
    auto t = table(10);
    const flow_key k = key(1);
    flow_entry& e = (*t)[t->insert(0, opening(k), t->hash(k), start).flow];
    std::uint32_t ended_at = 0;
    const auto pass = [&](std::uint32_t from, std::uint32_t to) {
        for (std::uint32_t now = from; now < to; ++now)
            t->expire(0, now, 100, [&](flow_entry&, flow_state) { ended_at = now; });
    };
    pass(start, start + 50);
    flow_table::touch(e, start + 50);
    pass(start + 50, start + 109);
    EXPECT_EQ(ended_at, 0u);
    EXPECT_TRUE(t->find(k, t->hash(k), start + 109));
    EXPECT_FALSE(t->find(k, t->hash(k), start + 110)) << "its time is over, the wheel or not";
    ASSERT_TRUE(t->change_state(e, flow_state::syn_recv, flow_state::established, 900));
    EXPECT_FALSE(t->change_state(e, flow_state::syn_recv, flow_state::close, 10));
    pass(start + 109, start + 949);
    EXPECT_EQ(ended_at, 0u);
    pass(start + 949, start + 951);
    EXPECT_EQ(ended_at, start + 950);
}

TEST_F(connection_table, a_flow_that_was_ended_is_found_no_more_and_may_come_again) {
    auto t = table(10);
    const flow_key k = key(1);
    const flow_ref old = t->insert(0, opening(k), t->hash(k), start).flow;
    ASSERT_TRUE(t->end(0, (*t)[old], flow_state::syn_recv));
    EXPECT_FALSE(t->find(k, t->hash(k), start));
    const auto again = t->insert(1, opening(k), t->hash(k), start);
    EXPECT_TRUE(again.ours);
    EXPECT_EQ(t->find(k, t->hash(k), start), again.flow);
}

TEST_F(connection_table, lists_live_flows_piece_by_piece) {
    auto t = table(1000);
    for (std::uint32_t n = 0; n < 500; ++n) {
        const flow_key k = key(n);
        t->insert(n % workers, opening(k), t->hash(k), start);
    }
    std::set<std::uint16_t> seen;
    flow_index at = 0;
    do {
        at = t->for_each(at, 100, start,
                         [&](const flow_entry& e) { seen.insert(e.client_port.host()); });
    } while (at != 0);
    EXPECT_EQ(seen.size(), 500u);
}

TEST_F(connection_table, costs_less_than_128_bytes_a_flow) {
    auto t = table(1'000'000);
    EXPECT_LE(t->bytes(), 128'000'000u);
}

// Four workers open, find and lose flows of their own and look for the others' flows.
TEST_F(connection_table, workers_do_not_disturb_each_other) {
    auto t = table(20000);
    std::atomic<std::uint64_t> wrong{0};
    std::vector<std::thread> threads;
    for (unsigned w = 0; w < workers; ++w) {
        threads.emplace_back([&, w] {
            std::uint32_t now = start;
            for (std::uint32_t round = 0; round < 50; ++round, now += 40) {
                const std::uint32_t base = w * 1'000'000 + round * 2000;
                for (std::uint32_t n = base; n < base + 2000; ++n) {
                    const flow_key k = key(n);
                    t->insert(w, opening(k, first_nat + w), t->hash(k), now);
                }
                for (std::uint32_t n = base; n < base + 2000; ++n) {
                    const flow_key k = key(n);
                    const flow_ref found = t->find(k, t->hash(k), now);
                    if (found && (*t)[found].client != k.source) ++wrong;
                    const flow_key others = key((w + 1) % workers * 1'000'000 + round * 2000);
                    const flow_ref of_other = t->find(others, t->hash(others), now);
                    if (of_other && (*t)[of_other].target != first_nat + (w + 1) % workers) ++wrong;
                }
                t->expire(w, now, 1 << 20, [](flow_entry&, flow_state) {});
                t->recycle(w);
                grace.quiescent(w);
            }
            for (int i = 0; i < 200; ++i, ++now)
                t->expire(w, now, 1 << 20, [](flow_entry&, flow_state) {});
            grace.go_offline(w);
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(wrong, 0u);
    EXPECT_EQ(t->size(), 0u) << "flows were lost";
}

// All workers open the same flow at the same time: all agree on one entry.
TEST_F(connection_table, a_flow_opened_twice_is_one) {
    auto t = table(20000);
    for (std::uint32_t n = 0; n < 2000; ++n) {
        const flow_key k = key(n);
        std::atomic<unsigned> ready{0};
        std::array<flow_ref, 2> got;
        const auto open = [&](unsigned w) {
            ++ready;
            while (ready < 2) {
            }
            got[w] = t->insert(w, opening(k), t->hash(k), start).flow;
        };
        std::thread other(open, 1);
        open(0);
        other.join();
        EXPECT_EQ(got[0], got[1]) << n;
    }
    EXPECT_EQ(t->size(), 2000u);
}

} // namespace
} // namespace weir::test
