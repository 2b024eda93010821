// Slot tables: what each slot leads to, and what a change of servers moves.

#include <map>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "service/server_store.h"
#include "service/slot_keeper.h"

namespace weir {
namespace {

/// Servers with loads of their own, numbered from 0.
class slots : public testing::Test {
protected:
    slot_server server(std::uint32_t number) const {
        return {id_of(number), rendezvous_parts::mix(number, 0x5eed), &store_.load(id_of(number))};
    }
    std::vector<slot_server> servers(std::uint32_t count, std::uint32_t first = 0) const {
        std::vector<slot_server> list;
        for (std::uint32_t n = first; n < first + count; ++n)
            list.push_back(server(n));
        return list;
    }
    static target_id id_of(std::uint32_t number) { return number + 1; }
    server_load& load(std::uint32_t number) const { return store_.load(id_of(number)); }

    static std::vector<target_id> of(const slot_keeper& keeper) {
        std::vector<target_id> list;
        for (std::size_t slot = 0; slot < keeper.table()->size(); ++slot)
            list.push_back(keeper.table()->word(slot).newest());
        return list;
    }
    static std::map<target_id, int> shares(const std::vector<target_id>& slots) {
        std::map<target_id, int> count;
        for (const target_id id : slots)
            ++count[id];
        return count;
    }

    server_store store_{5000, 1};
};

TEST_F(slots, an_order_visits_every_slot_once_and_knows_its_ranks) {
    for (unsigned bits = 0; bits <= 14; ++bits) {
        const slot_order order(rendezvous_parts::mix(bits, 7), bits);
        std::vector<bool> seen(std::size_t{1} << bits);
        double before = 0;
        for (std::uint32_t rank = 0; rank < seen.size(); ++rank) {
            const std::uint32_t slot = order.slot_at(rank);
            ASSERT_LT(slot, seen.size());
            EXPECT_FALSE(seen[slot]);
            seen[slot] = true;
            EXPECT_EQ(order.rank_of(slot), rank);
            EXPECT_GT(order.reluctance(rank), before);
            before = order.reluctance(rank);
        }
    }
}

TEST_F(slots, sizes_are_powers_of_two_with_128_slots_for_each_server) {
    EXPECT_EQ(slot_table::bits_for(0), 0u);
    EXPECT_EQ(slot_table::bits_for(1), 0u);
    for (const std::size_t n : {2, 3, 4, 5, 64, 1000, 10000, 65535}) {
        const std::size_t size = std::size_t{1} << slot_table::bits_for(n);
        EXPECT_GE(size, std::max<std::size_t>(n * 128, 512));
        EXPECT_TRUE(size == 512 || size < n * 256);
    }
}

TEST_F(slots, a_word_keeps_its_other_columns) {
    const slot_word all(~std::uint64_t{0});
    EXPECT_EQ(all.with_newest(5).newest(), 5u);
    EXPECT_EQ(all.with_newest(5).bits() >> 20, ~std::uint64_t{0} >> 20);
    EXPECT_EQ(slot_word().with_newest(1 << 17).newest(), 1u << 17);
}

TEST_F(slots, are_shared_by_weight) {
    for (const std::uint32_t count : {2, 3, 10, 100}) {
        for (std::uint32_t n = 0; n < count; ++n)
            load(n).weight = n == 0 ? 3 : 1;
        const slot_keeper keeper(servers(count));
        const auto share = shares(of(keeper));
        const double one = static_cast<double>(keeper.table()->size()) / (count + 2);
        EXPECT_NEAR(share.at(id_of(0)), 3 * one, one * 0.5) << count;
        for (std::uint32_t n = 1; n < count; ++n)
            EXPECT_NEAR(share.at(id_of(n)), one, one * 0.35) << count << " servers, " << n;
    }
}

TEST_F(slots, of_a_server_that_is_out_go_to_all_others_and_no_others_move) {
    constexpr std::uint32_t count = 50;
    slot_keeper keeper(servers(count));
    const auto before = of(keeper);
    load(7).set(server_load::down, true);
    EXPECT_FALSE(keeper.renew());
    const auto after = of(keeper);
    std::map<target_id, int> heirs;
    for (std::size_t slot = 0; slot < before.size(); ++slot) {
        if (before[slot] == id_of(7))
            ++heirs[after[slot]];
        else
            EXPECT_EQ(after[slot], before[slot]);
    }
    EXPECT_FALSE(heirs.contains(id_of(7)));
    EXPECT_GT(heirs.size(), count * 3 / 4) << "no few take it all";
    for (const auto& [id, count_of] : heirs)
        EXPECT_LT(count_of, 16) << id;
    load(7).set(server_load::down, false);
    EXPECT_FALSE(keeper.renew());
    EXPECT_EQ(of(keeper), before) << "as if it had never been out";
}

TEST_F(slots, do_not_mind_thresholds) {
    load(0).set(server_load::overloaded, true);
    const slot_keeper keeper(servers(2));
    EXPECT_EQ(shares(of(keeper)).size(), 2u);
}

TEST_F(slots, lead_nowhere_without_servers) {
    EXPECT_EQ(slot_keeper({}).table()->newest(~std::uint64_t{0}), 0u);
    slot_keeper keeper(servers(3));
    for (std::uint32_t n = 0; n < 3; ++n)
        load(n).set(server_load::disabled, true);
    keeper.renew();
    EXPECT_EQ(shares(of(keeper)).size(), 1u);
    EXPECT_EQ(keeper.table()->newest(1), 0u);
    load(1).set(server_load::disabled, false);
    keeper.renew();
    EXPECT_EQ(shares(of(keeper)).at(id_of(1)), 512);
    load(2).set(server_load::disabled, false);
    keeper.renew();
    EXPECT_EQ(of(keeper), of(slot_keeper(servers(3))));
}

/// Whatever led there, the table is the one that is built from the start.
TEST_F(slots, after_any_changes_are_those_of_a_new_table) {
    constexpr std::uint32_t count = 40;
    std::mt19937 random(1);
    slot_keeper keeper(servers(count));
    for (int round = 0; round < 60; ++round) {
        const unsigned changes = round % 10 == 0 ? 30 : 1 + random() % 4;
        for (unsigned i = 0; i < changes; ++i) {
            const auto n = static_cast<std::uint32_t>(random() % count);
            load(n).weight = static_cast<std::int32_t>(random() % 5 * (random() % 100));
            load(n).set(server_load::down, random() % 4 == 0);
        }
        std::int64_t effort = 1;
        while (keeper.renew(effort))
            effort = 200; // in many small steps
        ASSERT_EQ(of(keeper), of(slot_keeper(servers(count)))) << "round " << round;
    }
}

TEST_F(slots, of_another_list_are_those_of_a_new_table_and_the_old_one_stays) {
    const slot_keeper before(servers(40));
    const auto then = of(before);
    EXPECT_TRUE(before.is_of(servers(40)));
    EXPECT_FALSE(before.is_of(servers(39)));
    for (const auto& list : {servers(39), servers(38, 2), servers(40, 5), servers(40, 30),
                             servers(2), servers(200), servers(0)}) {
        EXPECT_EQ(of(slot_keeper(before, list)), of(slot_keeper(list)));
        EXPECT_EQ(of(before), then);
    }
    auto renamed = servers(40);
    renamed[3].name ^= 1;
    EXPECT_EQ(of(slot_keeper(before, renamed)), of(slot_keeper(renamed)));
}

TEST_F(slots, depend_on_names_and_not_on_numbers) {
    constexpr std::uint32_t count = 30;
    auto other = servers(count);
    for (std::uint32_t n = 0; n < count; ++n)
        other[n].id = 1000 - n;
    const auto here = of(slot_keeper(servers(count)));
    const auto there = of(slot_keeper(other));
    for (std::size_t slot = 0; slot < here.size(); ++slot)
        ASSERT_EQ(1000 - (here[slot] - 1), there[slot]);
}

/// Building takes slots times log(servers), and one change a small part of that.
TEST_F(slots, of_servers_that_come_one_after_the_other_take_bounded_effort) {
    constexpr std::uint32_t count = 512;
    for (std::uint32_t n = 1; n < count; ++n)
        load(n).set(server_load::down, true);
    slot_keeper keeper(servers(count));
    std::int64_t effort = INT64_MAX;
    for (std::uint32_t n = 1; n < count; ++n) {
        load(n).set(server_load::down, false);
        keeper.renew(effort);
    }
    EXPECT_EQ(of(keeper), of(slot_keeper(servers(count))));
    const auto size = static_cast<std::int64_t>(keeper.table()->size());
    EXPECT_LT(INT64_MAX - effort, 2 * count * size) << "a fifth of going through all slots";
}

TEST_F(slots, are_built_and_changed_with_bounded_effort) {
    constexpr std::uint32_t count = 1000;
    slot_keeper keeper(servers(count));
    const auto effort_of_renew = [&] {
        std::int64_t effort = INT64_MAX;
        keeper.renew(effort);
        return INT64_MAX - effort;
    };
    load(1).set(server_load::down, true);
    EXPECT_LT(effort_of_renew(), 300 * count);
    load(1).set(server_load::down, false);
    const std::int64_t one_more = effort_of_renew();
    EXPECT_LT(one_more, 30 * count);
    EXPECT_GT(one_more, 10 * count) << "it looks for the owner of each slot that it may win";
    for (std::uint32_t n = 0; n < count; n += 2)
        load(n).set(server_load::down, true);
    EXPECT_LT(effort_of_renew(), 2000 * count) << "of 131,072 thousand scores";
    for (std::uint32_t n = 0; n < count; n += 2)
        load(n).set(server_load::down, false);
    std::int64_t little = 1000;
    EXPECT_TRUE(keeper.renew(little));
    EXPECT_GT(little, -40 * static_cast<std::int64_t>(count)) << "it stops when it should";
}

} // namespace
} // namespace weir
