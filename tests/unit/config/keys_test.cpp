// Every key: what it sets, and what stands when it is left out.

#include <gtest/gtest.h>

#include <unistd.h>

#include "unit/config/fixture.h"

namespace weir::config {
namespace {

using namespace std::chrono_literals;

TEST(config_director, has_defaults) {
    const director d = director_with("");
    std::array<char, 65> host{};
    gethostname(host.data(), host.size() - 1);
    EXPECT_EQ(d.name, host.data());
    EXPECT_EQ(d.control, 0U);
    EXPECT_EQ(d.workers, (std::vector{1U}));
    EXPECT_EQ(d.idle, idle_mode::poll);
    EXPECT_EQ(d.memory, 1024U);
    EXPECT_EQ(d.connections, 1'000'000U);
    EXPECT_TRUE(d.keep_connections);
    EXPECT_EQ(d.run_dir, "/run/weir");
    EXPECT_EQ(d.state_dir, "/var/lib/weir");
    EXPECT_EQ(d.key, "");
    EXPECT_EQ(d.log, log::level::info);
    EXPECT_EQ(d.drain_timeout, (drain{.others = 0s, .udp = 30s}));
    EXPECT_EQ(d.scripts, 64U);
    EXPECT_TRUE(d.plugins.empty());
    EXPECT_EQ(d.timeout, flow_timeouts{});
}

TEST(config_director, may_be_left_out) {
    EXPECT_EQ(good(some_port).director.memory, 1024U);
}

TEST(config_director, takes_every_key) {
    const director d = director_with("name = lb1\n"
                                     "control = 3\n"
                                     "workers = 1,2, 4-6\n"
                                     "idle = adaptive\n"
                                     "memory = 64\n"
                                     "connections = 268435456\n"
                                     "keep-connections = no\n"
                                     "run-dir = /run/other\n"
                                     "state-dir = /var/lib/other\n"
                                     "key = /etc/weir/key\n"
                                     "log = debug\n"
                                     "drain-timeout = 10m udp=20s\n"
                                     "worker-deadline = 50ms\n"
                                     "watchdog = /dev/watchdog0\n"
                                     "min-path-mtu = 296\n"
                                     "script-user = nobody\n"
                                     "scripts = 10000\n"
                                     "plugin = /good/a.so\n"
                                     "plugin = /good/b.so\n"
                                     "notify = /bin/echo {event} '{name} is' {state}\n"
                                     "notify = /bin/true\n");
    EXPECT_EQ(d.name, "lb1");
    EXPECT_EQ(d.control, 3U);
    EXPECT_EQ(d.workers, (std::vector{1U, 2U, 4U, 5U, 6U}));
    EXPECT_EQ(d.idle, idle_mode::adaptive);
    EXPECT_EQ(d.memory, 64U);
    EXPECT_EQ(d.connections, 268'435'456U);
    EXPECT_FALSE(d.keep_connections);
    EXPECT_EQ(d.run_dir, "/run/other");
    EXPECT_EQ(d.state_dir, "/var/lib/other");
    EXPECT_EQ(d.key, "/etc/weir/key");
    EXPECT_EQ(d.log, log::level::debug);
    EXPECT_EQ(d.drain_timeout, (drain{.others = 600s, .udp = 20s}));
    EXPECT_EQ(d.worker_deadline, 50ms);
    EXPECT_EQ(d.watchdog, "/dev/watchdog0");
    EXPECT_EQ(d.min_path_mtu, 296);
    EXPECT_EQ(d.script_user, "nobody");
    EXPECT_EQ(d.scripts, 10'000U);
    EXPECT_EQ(d.plugins, (std::vector<std::string>{"/good/a.so", "/good/b.so"}));
    EXPECT_EQ(d.notify, (std::vector<command>{{"/bin/echo", "{event}", "{name} is", "{state}"},
                                              {"/bin/true"}}));
}

TEST(config_director, takes_every_level_of_logging) {
    EXPECT_EQ(director_with("log = error").log, log::level::error);
    EXPECT_EQ(director_with("log = warning").log, log::level::warning);
    EXPECT_EQ(director_with("log = info").log, log::level::info);
}

TEST(config_director, may_share_its_control_core_with_a_worker) {
    EXPECT_EQ(director_with("control = 1\nworkers = 0-1").workers, (std::vector{0U, 1U}));
}

TEST(config_director, takes_every_timeout) {
    const flow_timeouts t =
        director_with("timeout = tcp-established=1s tcp-syn-sent=2 tcp-syn-recv=3000ms "
                      "tcp-fin-wait=4m tcp-time-wait=5h tcp-close=6 "
                      "tcp-close-wait=7 tcp-last-ack=8 tcp-synack=9 udp-one-way=10 udp=11 "
                      "sctp-init1=12 sctp-init=13 sctp-cookie-sent=14 sctp-cookie-replied=15 "
                      "sctp-cookie-wait=16 sctp-cookie=17 sctp-cookie-echoed=18 "
                      "sctp-established=19 sctp-shutdown-sent=20 sctp-shutdown-received=21 "
                      "sctp-shutdown-ack-sent=22 sctp-rejected=23 sctp-closed=24\n")
            .timeout;
    flow_timeouts wanted;
    std::uint16_t n = 0;
    for (const state_facts& s : all_states)
        if (!s.key.empty()) wanted[s.state] = ++n;
    EXPECT_EQ(n, 24);
    wanted[flow_state::fin_wait] = 4 * 60;
    wanted[flow_state::time_wait] = 5 * 3600;
    EXPECT_EQ(t, wanted);
}

TEST(config_port, has_defaults) {
    const port p = port_with("");
    EXPECT_EQ(p.name, "wan");
    EXPECT_EQ(p.device, "xdp:eth1");
    EXPECT_FALSE(p.twin);
    EXPECT_TRUE(p.addresses.empty());
    EXPECT_EQ(p.vlan, 0);
    EXPECT_EQ(p.mtu, 1500);
    EXPECT_EQ(p.queues, 0);
    EXPECT_EQ(p.descriptors, 0);
    EXPECT_FALSE(p.promiscuous);
    EXPECT_EQ(p.check, source_check::off);
    EXPECT_TRUE(p.neighbours.empty());
}

TEST(config_port, takes_every_key) {
    const port p = port_with("twin = weir-wan\n"
                             "address = 192.0.2.2/24\n"
                             "address = 2001:db8::2/64\n"
                             "vlan = 4094\n"
                             "mtu = 9000\n"
                             "queues = 256\n"
                             "descriptors = 64\n"
                             "promiscuous = yes\n"
                             "source-check = strict\n"
                             "neighbour = 192.0.2.11 02:00:00:00:00:11\n"
                             "neighbour = 2001:db8::11\t02:00:00:00:00:12\n");
    EXPECT_EQ(p.twin, "weir-wan");
    EXPECT_EQ(p.addresses,
              (std::vector{*parse_prefix("192.0.2.2/24"), *parse_prefix("2001:db8::2/64")}));
    EXPECT_EQ(p.vlan, 4094);
    EXPECT_EQ(p.mtu, 9000);
    EXPECT_EQ(p.queues, 256);
    EXPECT_EQ(p.descriptors, 64);
    EXPECT_TRUE(p.promiscuous);
    EXPECT_EQ(p.check, source_check::strict);
    EXPECT_EQ(p.neighbours,
              (std::vector<static_neighbour>{
                  {*parse_address("192.0.2.11"), *parse_mac("02:00:00:00:00:11")},
                  {*parse_address("2001:db8::11"), *parse_mac("02:00:00:00:00:12")}}));
}

TEST(config_port, may_say_that_it_has_no_twin) {
    EXPECT_FALSE(port_with("twin = none\npromiscuous = no").twin);
}

TEST(config_port, takes_every_form_of_device) {
    const auto device = [](const std::string& text) {
        return good("[port wan]\ndevice = " + text + "\n").ports.at(0).device;
    };
    EXPECT_EQ(device("0000:03:00.0"), "0000:03:00.0");
    EXPECT_EQ(device("3B:00.1"), "0000:3b:00.1"); // one spelling for each card
    EXPECT_EQ(device("packet:eth1.5"), "packet:eth1.5");
    EXPECT_EQ(device("net_ring0"), "net_ring0");
    EXPECT_EQ(device("net_tap0,iface=t0,mac=fixed"), "net_tap0,iface=t0,mac=fixed");
    EXPECT_EQ(device("virtio_user0,path=/dev/vhost-net"), "virtio_user0,path=/dev/vhost-net");
}

TEST(config_port, may_share_a_device_under_another_vlan) {
    const configuration c = good("[port a]\ndevice = xdp:eth1\n"
                                 "[port b]\ndevice = xdp:eth1\nvlan = 5\n"
                                 "[port c]\ndevice = xdp:eth1\nvlan = 6\n");
    EXPECT_EQ(c.ports.size(), 3U);
}

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

TEST(config_text, may_have_comments_spaces_and_carriage_returns) {
    const configuration c = good("# all of it\r\n"
                                 "  [director]   # the director\r\n"
                                 "\tmemory=128# MiB\r\n"
                                 "\r\n"
                                 "[ port   wan ]\r\n"
                                 "device = xdp:eth1\r\n"
                                 "   # the end");
    EXPECT_EQ(c.director.memory, 128U);
    EXPECT_EQ(c.ports.at(0).name, "wan");
    EXPECT_EQ(c.ports.at(0).device, "xdp:eth1");
}

TEST(config_text, is_remembered_by_lines) {
    const configuration c = good("[director]\nmemory = 128\n\n[port wan]\ndevice = xdp:eth1\n"
                                 "[service web]\nlisten = 192.0.2.100:80\nlisten = 192.0.2.100:81\n"
                                 "server = 192.0.2.11\n");
    EXPECT_EQ(c.file, "t.conf");
    EXPECT_EQ(place_of(c.director, "memory").line, 2U);
    EXPECT_EQ(place_of(c.director, "workers").line, 1U); // left out: its section
    EXPECT_EQ(c.ports.at(0).where.line, 4U);
    EXPECT_EQ(c.services.at(0).where.line, 6U);
    EXPECT_EQ(place_of(c.services.at(0), "listen", 1).line, 8U);
    EXPECT_EQ(c.services.at(0).servers.at(0).where.line, 9U);
    EXPECT_EQ(c.services.at(0).servers.at(0).where.file, "t.conf");
}

TEST(config_forwarding, writes_what_it_reads) {
    for (const mode_facts& mode : all_modes) {
        if (!is_for_services(mode)) continue;
        for (std::size_t i = 0; i < (mode.tunnels ? encapsulations : 1); ++i) {
            const forwarding way{mode.mode, static_cast<encapsulation>(i)};
            EXPECT_EQ(service_with("forward = " + to_string(way)).forward, way) << to_string(way);
        }
    }
}

} // namespace
} // namespace weir::config
