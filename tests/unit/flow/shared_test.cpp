// Several workers on the same flows: clocks that differ, ends that race with changes, memory that
// moves from one worker to another.

#include "unit/flow/fixture.h"

#include <atomic>
#include <thread>

namespace weir::test {
namespace {

class shared_flows : public flow_fixture {
protected:
    flow_ref open(flow_table& t, unsigned worker, const flow_key& k, std::uint32_t now) {
        return t.insert(worker, opening(k), t.hash(k), now).flow;
    }
    /// Lets every flow of a worker expire and its memory return.
    void run_out(flow_table& t, unsigned worker, std::uint32_t& now) {
        for (std::uint32_t end = now + 200; now < end; ++now)
            t.expire(worker, now, 1 << 20, [](flow_entry&, flow_state) {});
        for (int i = 0; i < 1000; ++i) {
            quiesce();
            t.recycle(worker);
        }
    }
};

TEST_F(shared_flows, an_ended_flow_is_over_whatever_a_workers_clock_says) {
    auto t = table(100);
    const flow_key k = key(1);
    flow_entry& e = (*t)[open(*t, 0, k, start)];
    flow_table::touch(e, start + 1); // by a worker whose clock is a little ahead
    ASSERT_TRUE(t->end(1, e, flow_state::syn_recv));
    EXPECT_FALSE(t->find(k, t->hash(k), start));
    EXPECT_FALSE(t->find(k, t->hash(k), start + 1));
}

TEST_F(shared_flows, a_flow_ends_once) {
    auto t = table(100);
    flow_entry& e = (*t)[open(*t, 0, key(1), start)];
    EXPECT_FALSE(t->end(1, e, flow_state::established)) << "it is in another state";
    EXPECT_TRUE(t->end(1, e, flow_state::syn_recv));
    EXPECT_FALSE(t->end(1, e, flow_state::dead)) << "who saw it dead has not ended it";
    std::uint32_t ended = 0;
    for (std::uint32_t now = start; now < start + 100; ++now)
        t->expire(0, now, 100, [&](flow_entry&, flow_state) { ++ended; });
    EXPECT_EQ(ended, 0u) << "nor has the timer";
    EXPECT_EQ(t->size(), 0u);
}

TEST_F(shared_flows, a_removed_flow_cannot_be_brought_to_life) {
    auto t = table(100);
    flow_entry& e = (*t)[open(*t, 0, key(1), start)]; // another worker has just found it
    for (std::uint32_t now = start; now < start + 100; ++now)
        t->expire(0, now, 100, [](flow_entry&, flow_state) {});
    EXPECT_EQ(e.state, flow_state::dead);
}

TEST_F(shared_flows, a_client_that_comes_back_again_and_again_finds_room) {
    auto t = table(10000);
    const flow_key k = key(1);
    for (int i = 0; i < 5000; ++i) {
        const flow_ref flow = open(*t, 0, k, start);
        ASSERT_TRUE(flow) << i;
        ASSERT_TRUE(t->end(0, (*t)[flow], flow_state::syn_recv));
    }
    std::uint32_t now = start;
    run_out(*t, 0, now);
    EXPECT_EQ(t->size(), 0u);
    EXPECT_FALSE(t->probe(t->hash(k))) << "something was left in the index";
}

TEST_F(shared_flows, another_worker_reuses_retired_memory) {
    constexpr std::uint32_t capacity = 4000;
    auto t = table(capacity);
    std::uint32_t now = start;
    for (unsigned worker = 0; worker < workers; ++worker) {
        std::uint32_t opened = 0;
        for (std::uint32_t n = 0; n < capacity; ++n)
            opened += static_cast<bool>(open(*t, worker, key(n + worker * 100'000), now));
        EXPECT_EQ(opened, capacity) << "worker " << worker;
        run_out(*t, worker, now);
    }
    EXPECT_EQ(t->size(), 0u);
}

// One worker lets flows expire while another, whose clock is a second behind, moves them between
// states: in the end every count is back at zero.
TEST_F(shared_flows, counts_come_out_even_when_flows_change_as_they_end) {
    constexpr std::uint32_t flows = 64;
    auto t = table(flows * 20);
    std::atomic<std::int64_t> active{0};
    std::atomic<std::int64_t> inactive{0};
    const auto count = [&](flow_state state, int n) {
        (is_active(state) ? active : inactive) += n;
    };
    std::atomic<std::uint32_t> clock{start};
    std::atomic<bool> stop{false};
    std::thread other([&] {
        grace.go_online(1);
        for (std::uint32_t n = 0; !stop; ++n) {
            const flow_key k = key(n % flows);
            const std::uint32_t now = clock - 1;
            if (const flow_ref found = t->find(k, t->hash(k), now)) {
                flow_entry& e = (*t)[found];
                const flow_state before = e.state;
                const flow_state after =
                    is_active(before) ? flow_state::fin_wait : flow_state::established;
                if (before != flow_state::dead && t->change_state(e, before, after, 1)) {
                    count(after, 1);
                    count(before, -1);
                }
                if (n % 16 == 0 && t->end(1, e, after)) count(after, -1);
            }
            grace.quiescent(1);
        }
        grace.go_offline(1);
    });
    for (unsigned w = 2; w < workers; ++w)
        grace.go_offline(w);
    const auto ended = [&](flow_entry&, flow_state last) { count(last, -1); };
    std::uint32_t now = start;
    for (int round = 0; round < 5000; ++round, clock = ++now) {
        for (std::uint32_t n = 0; n < flows; ++n) {
            const flow_key k = key(n);
            if (t->find(k, t->hash(k), now)) continue;
            while (!t->insert(0, {k, 1, flow_state::syn_recv, 1}, t->hash(k), now).flow) {
                t->recycle(0); // full of ended flows until the other worker has been quiescent
                grace.quiescent(0);
            }
            count(flow_state::syn_recv, 1);
        }
        t->expire(0, now, 1 << 20, ended);
    }
    stop = true;
    other.join();
    for (int i = 0; i < 200; ++i)
        t->expire(0, ++now, 1 << 20, ended);
    EXPECT_EQ(t->size(), 0u);
    EXPECT_EQ(active, 0);
    EXPECT_EQ(inactive, 0);
}

} // namespace
} // namespace weir::test
