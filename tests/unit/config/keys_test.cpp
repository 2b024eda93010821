// Every key of the director and of ports: what it sets, and what stands when it is left out.

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
                                     "metrics = [2001:db8::2]:9113\n"
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
    EXPECT_EQ(d.metrics, parse_endpoint("[2001:db8::2]:9113"));
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
