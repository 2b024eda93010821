// The parts of the connection table, each by itself: index, timer wheel, fragment tracker.

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
    flow_index_table index(1 << 10);
    const std::uint64_t hash = mix(1);
    std::vector<std::uint8_t> slots;
    for (std::uint32_t n = 1;; ++n) {
        const std::uint8_t slot = index.insert(hash, flow_ref::forward(n));
        if (slot == flow_index_table::no_slot) break;
        slots.push_back(slot);
    }
    EXPECT_EQ(slots.size(), 4 * flow_index_table::slots_per_bucket);
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

TEST(fragment_tracker, remembers_holds_and_gives_up) {
    fragment_tracker t(64, flow_hasher{});
    const flow_key packet{ip_address::v4(192, 0, 2, 7), ip_address::v4(192, 0, 2, 100), {}, {}, 17};
    const flow_key k = fragment_tracker::key_of(packet, 77);
    std::vector<void*> lost;
    std::vector<void*> released;
    const auto lose = [&](void* p) { lost.push_back(p); };
    int fragments[8];
    EXPECT_FALSE(t.find_ports(k, 1000));
    for (unsigned i = 0; i < fragment_tracker::most_held; ++i)
        EXPECT_TRUE(t.hold(k, &fragments[i], 1000, lose));
    EXPECT_FALSE(t.hold(k, &fragments[7], 1000, lose));
    t.remember(
        k, {be16::from_host(5), be16::from_host(53)}, 1000, [&](void* p) { released.push_back(p); },
        lose);
    EXPECT_EQ(released.size(), fragment_tracker::most_held);
    ASSERT_TRUE(t.find_ports(k, 1000));
    EXPECT_EQ(t.find_ports(k, 1000)->destination, be16::from_host(53));
    EXPECT_FALSE(t.find_ports(fragment_tracker::key_of(packet, 78), 1000));
    EXPECT_FALSE(t.find_ports(k, 1000 + fragment_tracker::lifetime));
    EXPECT_TRUE(t.hold(fragment_tracker::key_of(packet, 79), &fragments[0], 2000, lose));
    for (int i = 0; i < 100; ++i)
        t.expire(2000 + fragment_tracker::hold_time, lose);
    EXPECT_EQ(lost.size(), 1u);
}

TEST(fragment_tracker, a_flood_costs_others_their_place_only) {
    fragment_tracker t(64, flow_hasher{});
    unsigned lost = 0;
    int fragment = 0;
    for (std::uint32_t id = 0; id < 10000; ++id)
        t.hold(fragment_tracker::key_of(flow_key{}, id), &fragment, 1000, [&](void*) { ++lost; });
    EXPECT_EQ(lost, 10000u - 64u);
    t.clear([&](void*) { ++lost; });
    EXPECT_EQ(lost, 10000u);
}

} // namespace
} // namespace weir::test
