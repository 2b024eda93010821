// What one director's table holds, the other's holds too: filled, changed, cut, restarted; with
// counts, templates, servers that the other lacks, and a link that takes little at a time.

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "unit/sync/two_tables.h"

namespace weir::sync::test {
namespace {

TEST_F(two_tables, a_flow_is_known_with_its_server_state_and_counts) {
    const flow_index i = a.open(key(1), at_a[12], flow_state::syn_recv);
    connect(a, b);
    settle(a, b);
    EXPECT_EQ(b.find(key(1)), nullptr) << "handshakes are not told";
    a.move(i, flow_state::synack, 60);
    settle(a, b);
    ASSERT_NE(b.find(key(1)), nullptr) << "its client has a connection: it may rest before it asks";
    a.move(i, flow_state::established, 900);
    settle(a, b);
    flow_entry* const copy = b.find(key(1));
    ASSERT_NE(copy, nullptr);
    EXPECT_EQ(copy->target, at_b[12]);
    EXPECT_EQ(copy->state, flow_state::established);
    EXPECT_EQ(copy->timeout, 900 + adopter::margin);
    EXPECT_EQ(active(b, at_b[12]), 1u);
    a.move(i, flow_state::fin_wait, 120);
    settle(a, b);
    EXPECT_EQ(copy->state, flow_state::fin_wait);
    EXPECT_EQ(active(b, at_b[12]), 0u);
    EXPECT_EQ(inactive(b, at_b[12]), 1u);
    a.end(i);
    settle(a, b);
    EXPECT_EQ(b.find(key(1)), nullptr);
    EXPECT_EQ(inactive(b, at_b[12]), 0u);
}

TEST_F(two_tables, who_leaves_tells_of_handshakes_too) {
    connect(a, b);
    a.open(key(1), at_a[11], flow_state::syn_recv);
    a.open(key(2), at_a[11]);
    settle(a, b);
    const std::uint64_t told = a.tells->flows_told();
    a.tells->tell_handshakes();
    a.open(key(3), at_a[11], flow_state::syn_recv);
    settle(a, b);
    EXPECT_NE(b.find(key(1)), nullptr);
    EXPECT_NE(b.find(key(3)), nullptr);
    EXPECT_EQ(a.tells->flows_told(), told + 2) << "and of nothing twice";
    a.open(key(4), at_a[11], flow_state::syn_recv);
    settle(a, b);
    EXPECT_NE(b.find(key(4)), nullptr);
}

TEST_F(two_tables, all_protocols_and_families_and_the_way_back_of_nat) {
    connect(a, b);
    a.open(key(1), at_a[13]);
    a.open(key(2, true), at_a[11]);
    a.open(key(3, false, 17), at_a[11], flow_state::udp);
    a.open(key(4, true, 132), at_a[11], flow_state::sctp_established);
    settle(a, b);
    for (const flow_key& k : {key(1), key(2, true), key(3, false, 17), key(4, true, 132)})
        EXPECT_NE(b.find(k), nullptr);
    const flow_key reply{ip_address::v4(198, 51, 100, 13), key(1).source, be16::from_host(80),
                         key(1).source_port, 6};
    EXPECT_NE(b.find(reply), nullptr);
}

TEST_F(two_tables, a_slow_link_only_delays) {
    std::vector<flow_index> all;
    for (std::uint32_t n = 0; n < 500; ++n)
        all.push_back(a.open(key(n), at_a[11]));
    connect(a, b);
    for (int turn = 0; turn < 20; ++turn)
        pass_on(a, b, 5 * longest_record); // a flow or a few
    EXPECT_LT(b.flows->size(), 500u);
    EXPECT_FALSE(a.tells->is_whole());
    EXPECT_LT(a.tells->filled(), 1);
    for (std::uint32_t n = 0; n < 500; n += 2)
        a.end(all[n]);
    for (std::uint32_t n = 500; n < 600; ++n)
        a.open(key(n), at_a[12]);
    int turns = 0;
    while (pass_on(a, b, 5 * longest_record) && ++turns < 10'000) {
    }
    pass_on(a, b);
    EXPECT_TRUE(a.tells->is_whole());
    for (std::uint32_t n = 0; n < 600; ++n)
        EXPECT_EQ(b.find(key(n)) != nullptr, n % 2 == 1 || n >= 500) << n;
    EXPECT_EQ(active(b, at_b[11]), 250u);
    EXPECT_EQ(active(b, at_b[12]), 100u);
}

TEST_F(two_tables, a_copy_lives_as_long_as_its_flow_has_packets) {
    connect(a, b);
    const flow_index i = a.open(key(1), at_a[11]);
    a.open(key(2), at_a[11]);
    for (int s = 0; s < 3000; ++s) {
        flow_table::touch(a.flows->entry(i), a.now);
        both_wait(1);
        pass_on(a, b);
        if (s == 890) {
            EXPECT_NE(b.find(key(2)), nullptr);
        }
    }
    EXPECT_NE(b.find(key(1)), nullptr);
    EXPECT_EQ(b.find(key(2)), nullptr);
    EXPECT_EQ(b.flows->size(), 1u);
    EXPECT_EQ(active(b, at_b[11]), 1u);
}

TEST_F(two_tables, templates_come_before_their_flows_and_hold_them) {
    connect(a, b);
    flow_key network = key(0);
    network.source = ip_address::v4(203, 0, 113, 0);
    network.proto = flow_entry::template_proto;
    const auto t = a.flows->open_template(0, network, at_a[12], 300, a.flows->hash(network), a.now);
    a.servers->template_opened(at_a[12]);
    a.open(key(1), at_a[12], flow_state::established, t.flow.entry());
    settle(a, b);
    flow_entry* const copy = b.find(network);
    ASSERT_NE(copy, nullptr);
    EXPECT_TRUE(copy->is_template());
    EXPECT_EQ(copy->control, 1u) << "one flow holds it";
    EXPECT_EQ(b.servers->templates(at_b[12]), 1u);
    ASSERT_NE(b.find(key(1)), nullptr);
    EXPECT_EQ(b.find(key(1))->control, b.flows->index_of(*copy));
    b.end(b.flows->index_of(*b.find(key(1))));
    EXPECT_EQ(copy->control, 0u);
}

TEST_F(two_tables, flows_of_a_server_that_the_other_lacks_wait_for_its_file) {
    const target_id fresh = a.add_server(50);
    const target_id own = a.add_server(51, forward_mode::local);
    a.open(key(1), fresh);
    a.open(key(2), at_a[11]);
    a.open(key(3), own);
    EXPECT_NE(a.names.fingerprint(), b.names.fingerprint());
    connect(a, b);
    settle(a, b);
    EXPECT_EQ(b.find(key(1)), nullptr);
    EXPECT_NE(b.find(key(2)), nullptr);
    EXPECT_EQ(b.find(key(3)), nullptr) << "a server on a's own host";
    EXPECT_EQ(b.adopts->unknown_targets(), 1u);
    EXPECT_EQ(b.adopts->first_unknown(), side::name_of(50));
    EXPECT_EQ(a.tells->unknown_targets(), 1u);
    const std::uint64_t told = a.tells->flows_told();
    a.open(key(4), fresh);
    settle(a, b);
    EXPECT_EQ(a.tells->flows_told(), told) << "no use telling";
    b.add_server(50);
    settle(a, b);
    EXPECT_NE(b.find(key(1)), nullptr);
    EXPECT_NE(b.find(key(4)), nullptr);
    EXPECT_EQ(a.tells->unknown_targets(), 0u);
    EXPECT_EQ(b.adopts->unknown_targets(), 0u);
}

TEST_F(two_tables, a_slot_that_has_another_server_has_another_name) {
    connect(a, b);
    a.open(key(1), at_a[11]);
    settle(a, b);
    a.items[0].name = side::name_of(12); // 11 is gone, and its slot in use again
    a.items[0].serial = 100;
    a.names = name_map(a.items);
    a.open(key(2), at_a[11]);
    settle(a, b);
    EXPECT_EQ(b.find(key(2))->target, at_b[12]);
}

TEST_F(two_tables, a_full_table_takes_what_it_can_and_says_so) {
    side small(9, 64);
    small.add_server(11);
    for (std::uint32_t n = 0; n < 900; ++n)
        a.open(key(n), at_a[11]);
    connect(a, small);
    settle(a, small);
    EXPECT_GE(small.flows->size(), 64u);
    EXPECT_GT(small.adopts->no_room(), 0u);
    EXPECT_EQ(a.tells->no_room(), small.adopts->no_room());
    EXPECT_EQ(small.flows->size(), small.servers->load(1).active);

    // Once there is room it asks for them.
    for (std::uint32_t n = 0; n < 880; ++n)
        a.end(a.flows->index_of(*a.find(key(n))));
    settle(a, small);
    small.pass_time(40);
    settle(a, small);
    for (std::uint32_t n = 880; n < 900; ++n)
        EXPECT_NE(small.find(key(n)), nullptr) << n;
}

TEST_F(two_tables, an_adopter_refuses_what_no_teller_says) {
    connect(a, b);
    bytes answers;
    const auto says = [&](const record& r) { return b.adopts->take(r, answers, b.names, b.now); };
    flow f{.slot = 1, .key = key(1), .state = flow_state::established, .timeout = 900, .target = 1};
    EXPECT_NE(says(f), "") << "a server never named";
    EXPECT_EQ(says(target{1, side::name_of(11)}), "");
    EXPECT_EQ(says(f), "");
    f.slot = a.me.entries;
    EXPECT_NE(says(f), "");
    f.slot = 2;
    f.control = a.me.entries;
    EXPECT_NE(says(f), "");
    EXPECT_NE(says(gone{a.me.entries}), "");
    EXPECT_NE(says(ack{}), "");
    EXPECT_NE(says(again{1}), "");
    f.control = 1; // no template
    f.key = key(2);
    EXPECT_EQ(says(f), "");
    EXPECT_EQ(b.find(key(2))->control, 0u);
}

/// What a table holds, by key: server, state.
std::map<std::string, std::string> contents(side& s) {
    std::map<std::string, std::string> all;
    for (flow_index i = 1; i < s.flows->end_index(); ++i) {
        const flow_entry& e = s.flows->entry(i);
        if (e.state == flow_state::none || e.state == flow_state::dead || e.expired(s.now))
            continue;
        all[to_string(e.client) + ' ' + std::to_string(e.client_port.host())] =
            to_string(s.servers->target(e.target).address) + ' '
            + std::string(all_states[static_cast<std::size_t>(e.state.load())].name);
    }
    return all;
}

TEST_F(two_tables, are_equal_after_whatever_happened_once_all_is_told) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
        std::mt19937 engine(seed);
        const auto random = [&] { return static_cast<std::uint32_t>(engine()); };
        side one{1, 4000};
        side two{2, 4000};
        std::vector<target_id> servers;
        for (std::uint8_t n = 11; n < 15; ++n) {
            servers.push_back(one.add_server(n));
            two.add_server(static_cast<std::uint8_t>(25 - n)); // 14 to 11
        }
        std::vector<flow_index> open;
        bool linked = false;
        for (int step = 0; step < 3000; ++step) {
            const auto some = [&] { return open[random() % open.size()]; };
            switch (random() % 12) {
            case 0:
            case 1:
            case 2:
                if (open.size() < 150)
                    if (const flow_index i = one.open(key(random() % 1000, random() % 2 != 0),
                                                      servers[random() % servers.size()]);
                        i != 0)
                        open.push_back(i);
                break;
            case 3:
                if (!open.empty()) one.move(some(), flow_state::fin_wait, 120);
                break;
            case 4:
                if (!open.empty()) {
                    const flow_index i = some();
                    one.end(i);
                    std::erase(open, i);
                }
                break;
            case 5:
                if (random() % 10 == 0 && linked) {
                    cut(one, two);
                    linked = false;
                }
                break;
            case 6:
                one.pass_time(1);
                two.pass_time(1);
                std::erase_if(open, [&](flow_index i) {
                    return one.flows->entry(i).state == flow_state::dead;
                });
                break;
            default:
                if (!std::exchange(linked, true)) connect(one, two);
                pass_on(one, two, (4 + random() % 8) * longest_record);
            }
        }
        if (!linked) connect(one, two);
        one.pass_time(30); // whatever is over is seen to be
        two.pass_time(30);
        settle(one, two);
        EXPECT_EQ(contents(two), contents(one)) << "seed " << seed;
        for (target_id id = 1; id <= 4; ++id) {
            EXPECT_EQ(two.servers->load(5 - id).active, one.servers->load(id).active);
            EXPECT_EQ(two.servers->load(5 - id).inactive, one.servers->load(id).inactive);
        }
    }
}

} // namespace
} // namespace weir::sync::test
