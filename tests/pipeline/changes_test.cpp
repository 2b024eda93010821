// What becomes of connections when their server is removed, drained or down, and of a client that
// begins one anew: a service as a file describes it, changed as reloads, operators and health
// checks change it.

#include "changing.h"

namespace weir::test {
namespace {

using namespace std::chrono_literals;

TEST_F(changing, connections_of_a_removed_server_go_on_until_the_drain_timeout) {
    reload(both);
    open(1);
    const target_id removed = server(first).id;
    reload("server = " + second + "\n");
    reaches(first, "data", request(1).ack().psh());
    comes_back("its answer", answer(first, 1).ack());
    reaches(second, "a new connection", request(2).syn());
    r.pass_time(60);
    r.plane().tend_removed({.others = 61s, .udp = 61s});
    reaches(first, "data, in time", request(1).ack().psh());
    r.pass_time(1);
    r.plane().tend_removed({.others = 61s, .udp = 61s});
    is_reset("data, too late", request(1).ack().psh());
    EXPECT_EQ(load(removed).active, 0u);
}

TEST_F(changing, a_renamed_section_keeps_its_connections_and_counters) {
    reload(both);
    open(40001);
    const target_id id = server(first).id;
    const auto totals = r.state().servers->totals(id);
    load(id).set(server_load::down, true); // by a check that a renamed section begins again
    auto renamed = web().wanted;
    renamed.name = "www";
    r.reload({renamed});
    ASSERT_EQ(r.plane().services().find("web"), nullptr);
    plane::known_service& www = *r.plane().services().find("www");
    EXPECT_EQ(www.servers[0].id, id);
    EXPECT_TRUE(www.servers[0].fresh);
    EXPECT_FALSE(load(id).is(server_load::down));
    EXPECT_TRUE(www.removed.empty());
    EXPECT_EQ(r.state().servers->totals(id), totals);
    reaches(first, "data", request(40001).ack().payload(10));
}

TEST_F(changing, a_server_keeps_its_name_until_its_slot_is_free) {
    reload("server = " + first + " name=web1\nserver = " + second + "\n");
    const target_id id = server(first).id;
    const auto word = [&] { return r.plane().services().word_of(id); };
    EXPECT_EQ(word(), "web1");
    EXPECT_EQ(r.plane().services().word_of(server(second).id), "");
    open(40001);
    const auto rule = web().rule;
    reload("server = " + first + " name=web-one\nserver = " + second + "\n");
    EXPECT_EQ(word(), "web-one");
    EXPECT_EQ(web().rule, rule) << "workers need no news of it";
    reload("server = " + second + "\n");
    EXPECT_EQ(word(), "web-one") << "its connections go on";
    reload(both);
    EXPECT_EQ(word(), "") << "it returns without a name";
    reload("server = " + first + " name=web1\nserver = " + second + "\n");
    reload("server = " + second + "\n");
    r.pass_time(1);
    r.plane().tend_removed({.others = 1s, .udp = 1s});
    is_reset("data, too late", request(40001).ack().psh());
    EXPECT_EQ(word(), "web1");
    const std::size_t free_slots = r.state().servers->free_slots();
    for (int i = 0; i < 100 && r.state().servers->free_slots() == free_slots; ++i) {
        r.pass_time(10);
        r.plane().tend_removed({});
    }
    EXPECT_GT(r.state().servers->free_slots(), free_slots);
    EXPECT_EQ(word(), "");
}

TEST_F(changing, placement_without_state_follows_weights_and_health) {
    reload("scheduler = wlc\n" + both + "server = 198.51.100.13\n");
    const auto share_of = [&](const std::string& address) {
        while (r.plane().publish()) {
        }
        int flows = 0;
        for (std::uint64_t n = 0; n < 1000; ++n)
            flows += web().rule->derive(n * 0x9e3779b97f4a7c15) == server(address).id;
        return flows;
    };
    EXPECT_NEAR(share_of(first), 333, 60);
    r.plane().set_weight(web(), server(first), 0);
    EXPECT_EQ(share_of(first), 0);
    r.plane().set_weight(web(), server(first), 2);
    EXPECT_NEAR(share_of(first), 500, 60);
    r.plane().set_disabled(web(), server(first), true);
    EXPECT_EQ(share_of(first), 0);
    r.plane().set_disabled(web(), server(first), false);
    r.plane().set_condition(server(first).id, {.fit = health::fitness::bad});
    EXPECT_EQ(share_of(first), 0);
    r.plane().set_condition(server(first).id, {.share = 0.5});
    EXPECT_NEAR(share_of(first), 333, 60);
    const auto table = web().rule->slots;
    reload("scheduler = wlc\n" + both);
    EXPECT_EQ(share_of(first) + share_of(second), 1000) << "without the third";
    EXPECT_NE(web().rule->slots, table) << "workers may still read the old one";
}

TEST_F(changing, a_removed_server_keeps_the_port_that_it_had) {
    const auto use = [&](const char* port, const std::string& servers) {
        const auto file = config::load_text("t.conf",
                                            "[port wan]\ndevice = xdp:eth1\n[service web]\nlisten "
                                            "= 192.0.2.100:"
                                                + std::string(port) + "\nforward = nat\n" + servers,
                                            {});
        r.reload(file.configuration->services);
    };
    use("80", "server = " + first + "\nserver = " + second + ":8080\n");
    use("443", "server = 198.51.100.13\n");
    ASSERT_EQ(web().removed.size(), 2u);
    EXPECT_EQ(web().removed[0].last_port, 80) << "not the service's new one";
    EXPECT_EQ(web().removed[1].last_port, 8080);
}

TEST_F(changing, with_expire_nodest_the_next_packet_ends_connections_of_a_removed_server) {
    reload("expire-nodest = yes\n" + both);
    open(1);
    reaches(second, "another client", request(2).syn());
    open(3);
    const target_id removed = server(first).id;
    EXPECT_EQ(load(removed).active, 2u);
    reload("expire-nodest = yes\nserver = " + second + "\n");
    is_reset("the client's", request(1).ack().psh());
    r.expect("the server's").in(lan, answer(first, 3).ack()).dropped(drop_reason::server_gone);
    EXPECT_EQ(load(removed).active, 0u);
    reaches(second, "the other server's go on", request(2).ack());
    reaches(second, "begun anew", request(1).syn());
}

TEST_F(changing, a_drained_server_keeps_its_connections_and_who_begins_them_again) {
    reload(both);
    open(1);
    r.plane().set_weight(web(), server(first), 0);
    reaches(first, "data", request(1).ack().psh());
    reaches(first, "SYN", request(1).syn());
    reaches(second, "a new connection", request(2).syn());
    reaches(second, "and another", request(3).syn());
}

TEST_F(changing, with_expire_nodest_who_begins_again_leaves_a_drained_server) {
    reload("expire-nodest = yes\n" + both);
    open(1);
    r.plane().set_weight(web(), server(first), 0);
    reaches(first, "data", request(1).ack().psh());
    reaches(second, "SYN", request(1).syn());
    EXPECT_EQ(load(server(first).id).active, 0u);
}

TEST_F(changing, a_client_that_begins_again_after_the_end_is_scheduled_again) {
    reload(both);
    open(1);
    reaches(first, "SYN on an open connection", request(1).syn());
    close(1);
    reaches(second, "SYN in TIME_WAIT", request(1).syn());
    EXPECT_EQ(load(server(first).id).inactive, 0u);
}

TEST_F(changing, without_conn_reuse_a_client_that_begins_again_keeps_its_server) {
    reload("conn-reuse = no\n" + both);
    open(1);
    close(1);
    reaches(first, "SYN in TIME_WAIT", request(1).syn());
    EXPECT_EQ(load(server(first).id).active, 1u);
    EXPECT_EQ(r.state().servers->totals(server(first).id).connections, 1u);
}

TEST_F(changing, connections_of_a_server_that_is_down_are_kept) {
    reload("on-down = keep\n" + both);
    open(1);
    checks_say(server(first).id, health::fitness::bad);
    reaches(first, "data", request(1).ack().psh());
    comes_back("its answer", answer(first, 1).ack());
    reaches(second, "a new connection", request(2).syn());
    reaches(second, "and another", request(3).syn());
    EXPECT_EQ(load(server(first).id).active, 1u);
}

TEST_F(changing, checks_do_not_shut_a_service) {
    reload(both);
    for (const auto fit : {health::fitness::unproven, health::fitness::held}) {
        checks_say(server(first).id, fit);
        checks_say(server(second).id, fit);
        const bool held = fit == health::fitness::held;
        reaches(first, "a client", request(held ? 11 : 21).syn());
        reaches(second, "the next", request(held ? 12 : 22).syn());
    }
    checks_say(server(first).id, health::fitness::bad);
    checks_say(server(second).id, health::fitness::bad);
    EXPECT_EQ(web().use->used, 0u);
    reload("min-up = 50%\n" + both);
    EXPECT_EQ(web().use->bad_used, 2u);
    reaches(first, "although it is down", request(3).syn());
    checks_say(server(second).id, health::fitness::good);
    reaches(second, "the one that is up", request(4).syn());
    reaches(second, "and again", request(5).syn());
    r.plane().set_disabled(web(), server(second), true);
    r.plane().publish();
    reaches(first, "the last one, which is down, counts again", request(6).syn());
}

TEST_F(changing, connections_of_a_server_that_is_down_expire) {
    reload("on-down = expire\n" + both);
    open(1);
    reaches(second, "another client", request(2).syn());
    open(3);
    const target_id fallen = server(first).id;
    checks_say(fallen, health::fitness::bad);
    is_reset("the client's", request(1).ack().psh());
    r.expect("the server's").in(lan, answer(first, 3).ack()).dropped(drop_reason::server_gone);
    EXPECT_EQ(load(fallen).active, 0u);
    reaches(second, "begun anew", request(1).syn());
    checks_say(fallen, health::fitness::good);
    open(4);
    reaches(second, "who went elsewhere stays there", request(1).ack());
}

TEST_F(changing, what_agents_leave_of_a_weight_counts_for_tables_too) {
    for (const std::string scheduler : {"mh", "sh", "wrh"}) {
        reload("scheduler = " + scheduler + " port\ncheck = agent port=3333\nserver = " + first
               + " weight=10\nserver = " + second + " weight=10\n");
        const target_id loaded = server(first).id;
        const auto taken = [&] {
            r.plane().publish();
            const service_rule& rule = *r.state().rules.read()->services().front();
            int count = 0;
            for (std::uint16_t port = 1; port <= 1000; ++port) {
                new_flow flow;
                flow.client = ip_address::v4(192, 0, 2, 7);
                flow.client_port = port;
                count += rule.pick(flow) == loaded ? 1 : 0;
            }
            return count;
        };
        EXPECT_NEAR(taken(), 500, 80) << scheduler;
        r.plane().set_condition(loaded, {.share = 0.1});
        EXPECT_NEAR(taken(), 91, 40) << scheduler;
        r.plane().set_condition(loaded, {.share = 1});
        EXPECT_NEAR(taken(), 500, 80) << scheduler;
    }
}

} // namespace
} // namespace weir::test
