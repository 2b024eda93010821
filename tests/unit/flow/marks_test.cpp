// What changes in the table is marked for each reader, once, and no change is missed.

#include "unit/flow/fixture.h"

#include <atomic>
#include <set>
#include <thread>

namespace weir::test {
namespace {

class marks : public flow_fixture {
protected:
    static constexpr auto always = [] { return true; };

    static std::set<flow_index> taken(change_marks& m, unsigned reader) {
        std::set<flow_index> all;
        for (std::uint32_t page = 0; page < m.pages(); ++page)
            EXPECT_TRUE(m.visit(reader, page, always, [&](flow_index i) { all.insert(i); }));
        return all;
    }
    static constexpr unsigned adopter = workers - 1;
    std::unique_ptr<flow_table> marked(change_marks& m) {
        auto t = std::make_unique<flow_table>(flow_table::settings{.capacity = 100,
                                                                   .workers = workers,
                                                                   .adopter = adopter,
                                                                   .grace = &grace,
                                                                   .targets = targets.data(),
                                                                   .hasher = {},
                                                                   .now = start});
        t->mark_changes(&m);
        return t;
    }
};

TEST_F(marks, each_reader_takes_each_mark_once) {
    change_marks m(10'000);
    EXPECT_EQ(m.pages(), 3u);
    const std::set<flow_index> set{0, 7, 8, 4095, 4096, 9999};
    for (const flow_index i : set)
        m.set(i);
    EXPECT_EQ(taken(m, 0), set);
    EXPECT_EQ(taken(m, 0), std::set<flow_index>{});
    EXPECT_EQ(taken(m, 7), set);
    m.set_for(1, 5);
    EXPECT_FALSE(m.take(0, 5));
    EXPECT_TRUE(m.take(1, 5));
    EXPECT_FALSE(m.take(1, 5));
}

TEST_F(marks, what_there_is_no_room_for_stays_marked) {
    change_marks m(10'000);
    for (flow_index i = 1; i <= 100; ++i)
        m.set(i);
    int room = 30;
    std::set<flow_index> first;
    EXPECT_FALSE(m.visit(
        2, 0, [&] { return room-- > 0; }, [&](flow_index i) { first.insert(i); }));
    EXPECT_EQ(first.size(), 30u);
    const std::set<flow_index> rest = taken(m, 2);
    EXPECT_EQ(rest.size(), 70u);
    for (const flow_index i : first)
        EXPECT_FALSE(rest.contains(i));
}

TEST_F(marks, whatever_a_worker_does_to_a_flow_is_marked) {
    change_marks m(10'000);
    auto t = marked(m);
    const flow_key k = key(1);
    const flow_index i = t->insert(0, opening(k), t->hash(k), start).flow.entry();
    flow_entry& e = t->entry(i);
    const std::set<flow_index> it{i};
    EXPECT_EQ(taken(m, 0), it) << "opened";
    flow_table::touch(e, start + 1);
    EXPECT_EQ(taken(m, 0), std::set<flow_index>{}) << "a packet marks nothing";
    ASSERT_TRUE(t->change_state(e, flow_state::syn_recv, flow_state::established, 900));
    EXPECT_EQ(taken(m, 0), it) << "moved";
    for (std::uint32_t now = start; now <= start + 90; ++now) {
        if (now <= start + 40) flow_table::touch(e, now);
        t->expire(0, now, 100, [](flow_entry&, flow_state) {});
        const bool marked = !taken(m, 0).empty();
        EXPECT_EQ(marked, now == start + 30 || now == start + 60)
            << now << ": told again while packets come, and the last of them";
    }
    ASSERT_TRUE(t->end(2, e, flow_state::established));
    EXPECT_EQ(taken(m, 0), it) << "ended";
    const flow_key other = key(2);
    const flow_index o = t->insert(1, opening(other), t->hash(other), start + 90).flow.entry();
    taken(m, 0);
    for (std::uint32_t now = start; now <= start + 150; ++now)
        t->expire(1, now, 100, [](flow_entry&, flow_state) {});
    EXPECT_EQ(taken(m, 0), std::set<flow_index>{o}) << "expired";
}

TEST_F(marks, a_copy_is_marked_once_it_is_used_here) {
    change_marks m(10'000);
    auto t = marked(m);
    const flow_key k = key(1);
    const flow_index i = t->insert(adopter, opening(k), t->hash(k), start).flow.entry();
    flow_entry& e = t->entry(i);
    EXPECT_FALSE(e.used_here());
    ASSERT_TRUE(flow_table::set_state(e, flow_state::syn_recv, flow_state::established, 900));
    int renewed = 0;
    const auto pass = [&](std::uint32_t from, std::uint32_t to) {
        for (std::uint32_t now = from; now <= to; ++now)
            t->expire(
                adopter, now, 100, [](flow_entry&, flow_state) {}, [&](flow_entry&) { ++renewed; });
    };
    pass(start, start + 61);
    EXPECT_EQ(taken(m, 0), std::set<flow_index>{}) << "its peer knows all that";
    flow_table::touch(e, start + 70);
    EXPECT_TRUE(e.used_here());
    pass(start + 62, start + 91);
    EXPECT_EQ(renewed, 1);
    EXPECT_EQ(taken(m, 0), std::set<flow_index>{i});
}

/// Each change is a number that only grows; at the end the reader must know the last of each.
TEST_F(marks, no_change_is_missed) {
    constexpr flow_index entries = 512;
    change_marks m(entries);
    std::vector<std::atomic<std::uint32_t>> values(entries);
    std::vector<std::uint32_t> seen(entries);
    std::atomic<int> running{2};
    const auto work = [&](std::uint32_t part) {
        for (std::uint32_t n = 1; n <= 200'000; ++n) {
            const flow_index i = (n * 2654435761u >> 8) % (entries / 2) * 2 + part;
            values[i].store(n, std::memory_order_relaxed);
            m.set(i);
        }
        --running;
    };
    std::thread a(work, 0);
    std::thread b(work, 1);
    const auto read = [&](flow_index i) { seen[i] = values[i].load(std::memory_order_relaxed); };
    while (running > 0)
        m.visit(3, 0, always, read);
    m.visit(3, 0, always, read);
    a.join();
    b.join();
    for (flow_index i = 0; i < entries; ++i)
        EXPECT_EQ(seen[i], values[i].load()) << i;
}

} // namespace
} // namespace weir::test
