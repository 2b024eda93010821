// Every key of a service: what it sets, and what stands when it is left out.

#include <gtest/gtest.h>

#include "unit/config/fixture.h"

namespace weir::config {
namespace {

using namespace std::chrono_literals;

TEST(config_service, has_defaults) {
    const service s = service_with("");
    EXPECT_EQ(s.name, "web");
    EXPECT_EQ(s.listen, (std::vector{*parse_endpoint("192.0.2.100:80/tcp")}));
    EXPECT_EQ(s.forward, forwarding{});
    EXPECT_EQ(s.scheduler, "wlc");
    EXPECT_TRUE(s.scheduler_options.empty());
    EXPECT_TRUE(s.servers.empty());
    EXPECT_FALSE(s.fallback);
    EXPECT_EQ(s.persistence, persistence{});
    EXPECT_EQ(s.share, 100U);
    EXPECT_FALSE(s.expire_quiescent);
    EXPECT_FALSE(s.expire_nodest);
    EXPECT_TRUE(s.conn_reuse);
    EXPECT_EQ(s.hold_down.base, 0s) << "no holds, as keepalived and HAProxy have none";
    EXPECT_EQ(s.min_up, least_up{});
    EXPECT_EQ(s.quorum, (quorum_rule{.weight = 1, .hysteresis = 0}));
    EXPECT_TRUE(s.on_quorum.empty());
    EXPECT_EQ(s.timeout, flow_timeouts{});
}

TEST(config_service, takes_every_key) {
    const service s = service_with("listen = 192.0.2.100:53/udp\n"
                                   "forward = nat\n"
                                   "scheduler = mh port\n"
                                   "server = 192.0.2.11:8080 weight=3 upper=100 lower=80\n"
                                   "server = 192.0.2.12 name=web-1.b_2 weight=0 upper=7\n"
                                   "server = 192.0.2.13\n"
                                   "fallback = 192.0.2.14:81\n"
                                   "persistence = 5m mask=255.255.240.0\n"
                                   "share = 30%\n"
                                   "expire-quiescent = yes\n"
                                   "expire-nodest = yes\n"
                                   "conn-reuse = no\n"
                                   "hold-down = 20s\n"
                                   "min-up = 2\n"
                                   "quorum = 3\n"
                                   "hysteresis = 2\n"
                                   "on-quorum = /bin/sh -c 'echo up'\n"
                                   "timeout = udp=30s\n");
    EXPECT_EQ(s.hold_down, (flap_damping{20s, 300s}));
    EXPECT_EQ(s.min_up, least_up{.servers = 2});
    EXPECT_EQ(s.quorum, (quorum_rule{.weight = 3, .hysteresis = 2}));
    EXPECT_EQ(s.on_quorum, (std::vector<std::string>{"/bin/sh", "-c", "echo up"}));
    EXPECT_EQ(service_with("min-up = 30%\n").min_up, least_up{.percent = 30});
    EXPECT_EQ(s.fallback.value().address, *parse_address("192.0.2.14"));
    EXPECT_EQ(s.fallback->port, 81);
    EXPECT_EQ(s.fallback->where.line, 11U);
    EXPECT_EQ(s.persistence.timeout, 300s);
    EXPECT_EQ(s.persistence.prefix, 20);
    EXPECT_EQ(s.share, 30U);
    EXPECT_TRUE(s.expire_quiescent);
    EXPECT_TRUE(s.expire_nodest);
    EXPECT_FALSE(s.conn_reuse);
    EXPECT_EQ(s.listen.at(1), *parse_endpoint("192.0.2.100:53/udp"));
    EXPECT_EQ(s.forward, forwarding{forward_mode::nat});
    EXPECT_EQ(s.scheduler, "mh");
    EXPECT_EQ(s.scheduler_options, (std::vector<std::string>{"port"}));
    ASSERT_EQ(s.servers.size(), 3U);
    EXPECT_EQ(s.servers[0].address, *parse_address("192.0.2.11"));
    EXPECT_EQ(s.servers[0].port, 8080);
    EXPECT_EQ(s.servers[0].weight, 3);
    EXPECT_EQ(s.servers[0].upper, 100U);
    EXPECT_EQ(s.servers[0].lower, 80U);
    EXPECT_EQ(s.servers[0].word, "");
    EXPECT_EQ(s.servers[1].word, "web-1.b_2");
    EXPECT_EQ(s.servers[1].port, 0);
    EXPECT_EQ(s.servers[1].weight, 0);
    EXPECT_EQ(s.servers[1].upper, 7U);
    EXPECT_EQ(s.servers[1].lower, 0U);
    EXPECT_EQ(s.servers[2].weight, 1);
    EXPECT_EQ(s.servers[2].upper, 0U);
    EXPECT_EQ(s.timeout[flow_state::udp], 30);
}

TEST(config_service, may_listen_on_many_ports) {
    const service s = service_with("listen = 192.0.2.100:8000-8100,9000/udp\n"
                                   "listen = 192.0.2.100:0/udp\n"
                                   "listen = 192.0.2.101:1-65535\n"
                                   "persistence = 300\nserver = 192.0.2.11\n");
    const auto at = [](const char* text) { return parse_listener(text).value(); };
    EXPECT_EQ(s.listen, (std::vector{at("192.0.2.100:80"), at("192.0.2.100:8000-8100/udp"),
                                     at("192.0.2.100:9000/udp"), at("192.0.2.100:0/udp"),
                                     at("192.0.2.101:1-65535/tcp")}));
    EXPECT_EQ(s.listen_keys, (std::vector<std::size_t>{0, 1, 1, 2, 3}));
    EXPECT_EQ(s.listen[1].last, 8100);
    EXPECT_EQ(to_string(s.listen[1]), "192.0.2.100:8000-8100/udp");
    EXPECT_EQ(to_string(parse_listener("[2001:db8::1]:5-6/udp").value()), "[2001:db8::1]:5-6/udp");
    EXPECT_FALSE(service_with("one-packet = no\n").one_packet);
}

TEST(config_service, may_be_of_ipv6) {
    const configuration c = good(std::string(some_port)
                                 + "[service web]\nlisten = [2001:db8::100]:80/tcp\nforward = nat\n"
                                   "server = [2001:db8::11]:8080\nserver = 2001:db8::12\n");
    EXPECT_EQ(c.services.at(0).listen.at(0), *parse_endpoint("[2001:db8::100]:80/tcp"));
    EXPECT_EQ(c.services.at(0).servers.at(0).address, *parse_address("2001:db8::11"));
    EXPECT_EQ(c.services.at(0).servers.at(0).port, 8080);
}

TEST(config_service, starts_with_the_directors_timeouts_wherever_these_stand) {
    const configuration c = good(std::string(some_port)
                                 + "[service a]\nlisten = 192.0.2.100:80\n"
                                   "[service b]\nlisten = 192.0.2.101:80\ntimeout = udp=5s\n"
                                   "[director]\ntimeout = udp=9s tcp-close=4s\n");
    EXPECT_EQ(c.services.at(0).timeout[flow_state::udp], 9);
    EXPECT_EQ(c.services.at(1).timeout[flow_state::udp], 5);
    EXPECT_EQ(c.services.at(1).timeout[flow_state::close], 4);
    EXPECT_EQ(c.services.at(1).timeout[flow_state::established], 900);
}

TEST(config_service, of_dr_and_tun_may_name_its_own_port) {
    for (const char* forward : {"dr", "tun"})
        EXPECT_EQ(service_with("forward = " + std::string(forward) + "\nserver = 192.0.2.11:80\n")
                      .servers.size(),
                  1U);
}

TEST(config_service, of_tun_may_cross_the_families) {
    EXPECT_EQ(
        service_with("forward = tun\nserver = 2001:db8::11\nserver = 192.0.2.11\n").servers.size(),
        2U);
}

TEST(config_service, may_use_a_scheduler_of_a_plugin_that_comes_later) {
    const configuration c = good(std::string(some_port)
                                 + "[service a]\nlisten = 192.0.2.100:80\nscheduler = mine\n"
                                   "[director]\nplugin = /good/mine.so\n");
    EXPECT_EQ(c.services.at(0).scheduler, "mine");
}

} // namespace
} // namespace weir::config
