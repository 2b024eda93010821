// Flows of servers that are no more: down, disabled, removed, with their service or without it. No
// connection begins there. UDP does not stay there for as long as its client speaks. What the file
// says applies from the reload on, also to servers that an earlier reload removed.

#include "changing.h"

namespace weir::test {
namespace {

using namespace std::chrono_literals;

const std::string only_second = "server = " + second + "\n";

/// A client's datagram and a server's.
packet question(std::uint16_t port) {
    return from_host(wan, "192.0.2.7").to(vip).udp(port, 80);
}
packet reply(const std::string& from, std::uint16_t port) {
    return from_host(lan, from).to("192.0.2.7").udp(80, port);
}

class lost_servers : public changing {
protected:
    void take_down(const std::string& address) {
        checks_say(server(address).id, health::fitness::bad);
    }
    void tend(const config::drain& drain = {}) { r.plane().tend_removed(drain); }
};

class lost_udp_servers : public lost_servers {
protected:
    lost_udp_servers() { protocol = "udp"; }
};

TEST_F(lost_servers, no_connection_begins_at_a_server_that_is_out_whatever_the_settings) {
    for (const std::string settings :
         {"", "expire-nodest = yes\n", "conn-reuse = no\n", "persistence = 60\n"}) {
        reload(settings + both);
        const target_id out = server(first).id;
        open(1);
        take_down(first);
        reaches(first, "down: data, with " + settings, request(1).ack());
        reaches(second, "down: a SYN", request(1).syn());
        EXPECT_EQ(load(out).active, 0u) << settings;
        checks_say(out, health::fitness::good);
        r.reload({});
        r.pass_time(1000);
        tend();
    }
}

TEST_F(lost_servers, nor_at_one_that_is_disabled_or_removed) {
    reload(both);
    open(1);
    reaches(second, "another", request(2).syn());
    open(3);
    r.plane().set_disabled(web(), server(first), true);
    reaches(first, "disabled: data", request(1).ack());
    reaches(second, "disabled: a SYN", request(1).syn());
    reload(only_second);
    reaches(first, "removed: data", request(3).ack());
    reaches(second, "removed: a SYN", request(3).syn());
}

TEST_F(lost_servers, nor_with_a_server_of_weight_0_that_may_keep_its_own) {
    reload(both);
    open(1);
    r.plane().set_weight(web(), server(first), 0);
    reaches(first, "drained: a SYN", request(1).syn());
}

TEST_F(lost_udp_servers, datagrams_leave_a_server_that_is_down_at_once) {
    reload(both);
    reaches(first, "the first", question(1));
    reaches(second, "another client", question(2));
    const target_id down = server(first).id;
    take_down(first);
    reaches(second, "the next", question(1));
    EXPECT_EQ(load(down).inactive, 0u);
    checks_say(down, health::fitness::good);
    reaches(second, "it is up again: who left stays away", question(1));
}

TEST_F(lost_udp_servers, what_a_server_that_is_down_still_answers_is_dropped) {
    reload(both);
    reaches(first, "the first", question(1));
    take_down(first);
    r.expect("a late answer").in(lan, reply(first, 1)).dropped(drop_reason::server_gone);
}

TEST_F(lost_udp_servers, with_on_down_keep_they_stay) {
    reload("on-down = keep\n" + both);
    reaches(first, "the first", question(1));
    take_down(first);
    reaches(first, "the next", question(1));
    comes_back("its answer", reply(first, 1));
}

TEST_F(lost_servers, a_reload_changes_what_a_server_that_is_down_has_lost) {
    reload("on-down = keep\n" + both);
    open(1);
    take_down(first);
    reaches(first, "data", request(1).ack());
    reload("on-down = expire\n" + both);
    is_reset("the next", request(1).ack().psh());
}

TEST_F(lost_udp_servers, those_of_a_drained_server_stay) {
    reload(both);
    reaches(first, "the first", question(1));
    comes_back("its answer", reply(first, 1));
    r.plane().set_weight(web(), server(first), 0);
    for (int minute = 0; minute < 3; ++minute) {
        r.pass_time(60);
        tend();
        reaches(first, "the next", question(1));
    }
}

TEST_F(lost_servers, connections_stay_where_datagrams_leave) {
    reload(both);
    open(1);
    take_down(first);
    reaches(first, "data", request(1).ack());
    comes_back("its answer", answer(first, 1).ack());
    EXPECT_EQ(load(server(first).id).active, 1u);
}

TEST_F(lost_udp_servers, the_rest_of_a_datagram_does_not_go_to_another_server) {
    reload(both);
    const auto pieces = fragments_of(question(1).payload(3000).bytes(), 1500, 77);
    bytes_of_frame sent;
    r.expect("the first fragment").in(wan, pieces[0]).out(lan, &sent);
    take_down(first);
    r.expect("the rest").in(wan, pieces[1]).dropped(drop_reason::fragment_orphan);
    reaches(second, "the next datagram", question(1));
}

TEST_F(lost_udp_servers, they_leave_a_removed_one_after_half_a_minute) {
    reload(both);
    reaches(first, "the first", question(1));
    reload(only_second);
    for (int second = 0; second < 29; ++second) {
        r.pass_time(1);
        tend();
        reaches(first, "in time", question(1));
    }
    r.pass_time(1);
    tend();
    reaches(second, "too late", question(1));
}

TEST_F(lost_udp_servers, the_drain_timeout_says_when) {
    reload(both);
    reaches(first, "the first", question(1));
    comes_back("its answer", reply(first, 1));
    reload(only_second);
    r.pass_time(100);
    tend({.others = 0s, .udp = 0s});
    reaches(first, "0: until they end", question(1));
    tend({.others = 100s, .udp = 101s});
    reaches(second, "all connections' time is over, so theirs is", question(1));
}

TEST_F(lost_servers, a_removed_server_follows_the_settings_of_later_reloads) {
    reload(both);
    open(1);
    reaches(second, "another", request(2).syn());
    open(3);
    const target_id removed = server(first).id;
    reload(only_second);
    reaches(first, "it goes on", request(1).ack());
    reload("timeout = tcp-established=5\n" + only_second);
    EXPECT_EQ(r.state().servers->timeouts(removed)[flow_state::established], 5);
    reload("expire-nodest = yes\n" + only_second);
    is_reset("its next packet ends it", request(1).ack());
    r.expect("the server's").in(lan, answer(first, 3).ack()).dropped(drop_reason::server_gone);
    EXPECT_EQ(load(removed).active, 0u);
}

TEST_F(lost_servers, a_removed_service_is_shown_while_its_connections_go_on) {
    reload(both);
    open(1);
    const plane::running_services& services = r.plane().services();
    EXPECT_TRUE(services.ended().empty());
    r.reload({});
    ASSERT_EQ(services.ended().size(), 1u);
    EXPECT_EQ(services.ended().front()->wanted.name, "web");
    reaches(first, "data", request(1).ack());
    tend();
    EXPECT_EQ(services.ended().size(), 1u);
    r.expect("a SYN finds no service").in(wan, request(1).syn()).to_twin(wan);
    tend();
    EXPECT_TRUE(services.ended().empty()) << "nothing is left of it";
}

TEST_F(lost_servers, a_service_that_returns_is_no_longer_among_the_removed) {
    reload(both);
    open(1);
    r.reload({});
    reload(both);
    EXPECT_TRUE(r.plane().services().ended().empty());
    reaches(first, "data", request(1).ack());
    reaches(first, "a SYN on it: the server is back", request(1).syn());
}

} // namespace
} // namespace weir::test
