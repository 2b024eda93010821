// The parts of the connection table, each by itself: index, timer wheel, fragment tracker.

#include <array>
#include <functional>
#include <map>
#include <vector>

#include "flow/fragments.h"
#include "unit/flow/fixture.h"

namespace weir::test {
namespace {

std::uint64_t mix(std::uint64_t n) {
    n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9u;
    n = (n ^ n >> 27) * 0x94d049bb133111ebu;
    return n ^ n >> 31;
}

TEST(flow_index_table, goes_on_to_further_buckets_and_comes_back) {
    flow_index_table index(1 << 16); // eight buckets, all different
    const std::uint64_t hash = mix(1);
    std::vector<std::uint8_t> slots;
    for (std::uint32_t n = 1;; ++n) {
        const std::uint8_t slot = index.insert(hash, flow_ref::forward(n));
        if (slot == flow_index_table::no_slot) break;
        slots.push_back(slot);
    }
    EXPECT_EQ(slots.size(), 8 * flow_index_table::slots_per_bucket);
    for (std::uint32_t n = 1; n <= slots.size(); ++n)
        EXPECT_TRUE(index.find(hash, [n](flow_ref r) { return r.entry() == n; })) << n;
    for (const std::uint8_t slot : slots)
        index.remove(hash, slot);
    EXPECT_FALSE(index.probe(hash));
    EXPECT_NE(index.insert(hash, flow_ref::forward(1)), flow_index_table::no_slot);
}

TEST(flow_index_table, holds_what_it_is_sized_for) {
    constexpr std::uint32_t flows = 100'000;
    flow_index_table index(flows * 2); // a load of one half
    std::map<std::uint32_t, std::uint8_t> slots;
    for (std::uint32_t n = 1; n <= flows; ++n) {
        slots[n] = index.insert(mix(n), flow_ref::forward(n));
        ASSERT_NE(slots[n], flow_index_table::no_slot);
    }
    for (std::uint32_t n = 1; n <= flows; n += 2)
        index.remove(mix(n), slots[n]);
    for (std::uint32_t n = 1; n <= flows; ++n)
        EXPECT_EQ(static_cast<bool>(index.find(mix(n), [n](flow_ref r) { return r.entry() == n; })),
                  n % 2 == 0);
}

TEST(flow_index_table, refuses_nobody_while_there_is_room) {
    constexpr std::uint32_t references = 600'000;
    flow_index_table index(1'000'000); // a good deal fuller than a full table of NAT makes it
    std::uint32_t refused = 0;
    for (std::uint32_t n = 1; n <= references; ++n)
        if (index.insert(mix(n), flow_ref::forward(n)) == flow_index_table::no_slot) ++refused;
    EXPECT_EQ(refused, 0u);
}

class wheel : public flow_fixture {};

TEST_F(wheel, comes_round_when_asked_and_never_later_than_the_furthest) {
    std::vector<flow_entry> entries(100);
    timer_wheel w(start);
    w.arm(entries[1], 1, start, 5);
    w.arm(entries[2], 2, start, 5);
    w.arm(entries[3], 3, start, 1000);
    std::map<flow_index, std::uint32_t> visited;
    for (std::uint32_t now = start; now < start + 60; ++now)
        w.advance(entries, now, 100,
                  [&](flow_entry&, flow_index index) { visited[index] = now - start; });
    EXPECT_EQ(visited[1], 5u);
    EXPECT_EQ(visited[2], 5u);
    EXPECT_EQ(visited[3], timer_wheel::furthest);
}

TEST_F(wheel, keeps_to_its_budget_and_forgets_no_flow_after_a_long_sleep) {
    std::vector<flow_entry> entries(1001);
    timer_wheel w(start);
    for (flow_index i = 1; i <= 1000; ++i)
        w.arm(entries[i], i, start, 1 + i % 20);
    unsigned visited = 0;
    unsigned most = 0;
    for (int turn = 0; turn < 1000 && visited < 1000; ++turn) {
        const unsigned before = visited;
        w.advance(entries, start + 500, 10, [&](flow_entry&, flow_index) { ++visited; });
        most = std::max(most, visited - before);
    }
    EXPECT_EQ(visited, 1000u);
    EXPECT_LE(most, 10 + timer_wheel::chains);
}

/// A tracker, and a packet of the same addresses for each identification.
class fragments : public testing::Test {
protected:
    static flow_key key(std::uint32_t id, std::uint8_t client = 7) {
        return fragment_tracker::key_of(
            {ip_address::v4(192, 0, 2, client), ip_address::v4(192, 0, 2, 100), {}, {}, 17}, id);
    }
    static fragment_tracker::ports from(std::uint16_t port) {
        return {be16::from_host(port), be16::from_host(53)};
    }
    void first(std::uint32_t id, std::uint16_t port, std::uint32_t now = 1000) {
        t.remember(key(id), from(port), 1480, now, release, lose);
    }
    /// The port that the second of three fragments finds, or the last; 0 = none.
    std::uint16_t second(std::uint32_t id, std::uint32_t now = 1000) {
        const auto ports = t.follow(key(id), {1480, 1480, false}, now);
        return ports ? ports->source.host() : std::uint16_t{0};
    }
    std::uint16_t last(std::uint32_t id, std::uint32_t now = 1000) {
        const auto ports = t.follow(key(id), {2960, 48, true}, now);
        return ports ? ports->source.host() : std::uint16_t{0};
    }
    bool hold(std::uint32_t id, int& packet, std::uint8_t client = 7, std::uint32_t now = 1000) {
        return t.hold(key(id, client), &packet, now, lose);
    }

    std::vector<void*> lost;
    std::vector<void*> released;
    std::function<void(void*)> lose = [this](void* p) { lost.push_back(p); };
    std::function<void(void*)> release = [this](void* p) { released.push_back(p); };
    fragment_tracker t{64, 1000, flow_hasher{}};
    std::array<int, 1000> packets{};
};

TEST_F(fragments, wait_for_their_first_and_keep_their_order) {
    EXPECT_EQ(second(77), 0);
    std::vector<void*> order;
    for (unsigned i = 0; i < fragment_tracker::most_held; ++i) {
        EXPECT_TRUE(hold(77, packets[i]));
        order.push_back(&packets[i]);
    }
    EXPECT_FALSE(hold(77, packets[99]));
    first(77, 5);
    EXPECT_EQ(released, order);
    EXPECT_EQ(second(77), 5);
    EXPECT_EQ(second(78), 0);
    EXPECT_EQ(second(77, 1000 + fragment_tracker::lifetime), 0);
}

TEST_F(fragments, without_a_first_are_given_up) {
    EXPECT_TRUE(hold(79, packets[0], 7, 2000));
    for (int i = 0; i < 100; ++i)
        t.expire(2000 + fragment_tracker::hold_time, lose);
    EXPECT_EQ(lost.size(), 1u);
}

TEST_F(fragments, are_forgotten_with_the_last_in_any_order) {
    first(1, 5);
    EXPECT_EQ(second(1), 5);
    EXPECT_EQ(last(1), 5);
    EXPECT_EQ(last(1), 0) << "the identification again: whose it is, its first one says";
    first(2, 6);
    EXPECT_EQ(last(2), 6);
    EXPECT_EQ(second(2), 6);
    EXPECT_EQ(second(2), 0);
    EXPECT_TRUE(hold(2, packets[0]));
    first(2, 8);
    EXPECT_EQ(released.size(), 1u);
    EXPECT_EQ(last(2), 8);
}

TEST_F(fragments, of_a_flood_leave_room_to_other_sources) {
    unsigned held = 0;
    for (std::uint32_t id = 0; id < 1000; ++id)
        held += hold(id % 4, packets[id]);
    EXPECT_EQ(held, 125u) << "an eighth";
    EXPECT_TRUE(hold(1, packets[0], 8));
    for (int i = 0; i < 100; ++i)
        t.expire(1000 + fragment_tracker::hold_time, lose);
    EXPECT_EQ(lost.size(), 126u);
    EXPECT_TRUE(hold(1, packets[0])) << "the source may hold others again";
}

TEST_F(fragments, of_all_sources_have_a_bound) {
    unsigned held = 0;
    for (std::uint32_t id = 0; id < 64; ++id)
        for (std::uint8_t client = 1; client <= 60; ++client)
            held += hold(client, packets[0], client);
    EXPECT_LE(held - lost.size(), 1000u);
    t.clear(lose);
    EXPECT_EQ(lost.size(), held);
}

TEST_F(fragments, a_flood_costs_others_their_place_only) {
    for (std::uint32_t id = 0; id < 10000; ++id)
        hold(id, packets[0], static_cast<std::uint8_t>(id));
    EXPECT_EQ(lost.size(), 10000u - 64u);
    t.clear(lose);
    EXPECT_EQ(lost.size(), 10000u);
}

} // namespace
} // namespace weir::test
