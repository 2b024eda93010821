// What a reload may change, and what needs a restart.

#include <gtest/gtest.h>

#include "config/difference.h"
#include "unit/config/fixture.h"

namespace weir::config {
namespace {

const std::string base = "[director]\n"              // 1
                         "memory = 64\n"             // 2
                         "[port wan]\n"              // 3
                         "device = xdp:eth1\n"       // 4
                         "[port lan]\n"              // 5
                         "device = xdp:eth2\n"       // 6
                         "[service web]\n"           // 7
                         "listen = 192.0.2.100:80\n" // 8
                         "server = 192.0.2.11\n";

/// What a reload from `base` to `wanted` would need a restart for.
std::string restart_for(const std::string& wanted, const std::string& running = base) {
    std::string all;
    for (const problem& p : needs_restart(good(running), good(wanted)))
        all += (all.empty() ? "" : "\n") + to_string(p);
    return all;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
}

/// `base` with a line of the director's, or of [port lan], added.
std::string with_director(const std::string& line) {
    return replaced(base, "[director]\n", "[director]\n" + line + "\n");
}
std::string with_lan(const std::string& line) {
    return replaced(base, "[port lan]\n", "[port lan]\n" + line + "\n");
}

TEST(config_reload, of_the_same_file_goes_on) {
    EXPECT_EQ(restart_for(base), "");
}

TEST(config_reload, may_change_what_is_not_fixed_at_start) {
    EXPECT_EQ(restart_for(with_director("name = other\nlog = debug\ndrain-timeout = 5\n"
                                        "plugin = /good/a.so\ntimeout = udp=5")),
              "");
    EXPECT_EQ(restart_for(with_lan("address = 192.0.2.2/24\n"
                                   "neighbour = 192.0.2.11 02:00:00:00:00:11")),
              "");
    EXPECT_EQ(restart_for(replaced(base, "192.0.2.11", "192.0.2.12 weight=2\nscheduler = rr")), "");
    EXPECT_EQ(restart_for(base + "[service more]\nlisten = 192.0.2.101:80\n"), "");
    EXPECT_EQ(restart_for(base.substr(0, base.find("[service"))), "");
}

TEST(config_reload, cannot_change_cores_and_memory) {
    EXPECT_EQ(restart_for(with_director("control = 2")),
              "t.conf:2: control: from 0 to 2 needs a restart");
    EXPECT_EQ(restart_for(with_director("workers = 1-3")),
              "t.conf:2: workers: from 1 to 1,2,3 needs a restart");
    EXPECT_EQ(restart_for(with_director("idle = adaptive")),
              "t.conf:2: idle: from poll to adaptive needs a restart");
    EXPECT_EQ(restart_for(replaced(base, "= 64", "= 65")),
              "t.conf:2: memory: from 64 to 65 needs a restart");
    EXPECT_EQ(restart_for(with_director("connections = 2000")),
              "t.conf:2: connections: from 1000000 to 2000 needs a restart");
    EXPECT_EQ(restart_for(with_director("keep-connections = no")),
              "t.conf:2: keep-connections: from yes to no needs a restart");
    EXPECT_EQ(restart_for(with_director("run-dir = /run/b")),
              "t.conf:2: run-dir: from /run/weir to /run/b needs a restart");
    EXPECT_EQ(restart_for(with_director("state-dir = /b")),
              "t.conf:2: state-dir: from /var/lib/weir to /b needs a restart");
    EXPECT_EQ(restart_for(with_director("key = /b")),
              "t.conf:2: key: from none to /b needs a restart");
    // Left out again: told at the section.
    EXPECT_EQ(restart_for(base, with_director("control = 2")),
              "t.conf:1: control: from 2 to 0 needs a restart");
}

TEST(config_reload, cannot_unload_a_plugin) {
    EXPECT_EQ(restart_for(with_director("plugin = /good/b.so"),
                          with_director("plugin = /good/a.so\nplugin = /good/b.so")),
              "t.conf:2: plugin: `/good/a.so` is gone; it stays loaded until a restart");
}

TEST(config_reload, cannot_change_what_a_port_is_made_of) {
    EXPECT_EQ(restart_for(replaced(base, "eth2", "eth3")),
              "t.conf:6: device: from xdp:eth2 to xdp:eth3 needs a restart");
    EXPECT_EQ(restart_for(with_lan("twin = t0")),
              "t.conf:6: twin: from none to t0 needs a restart");
    EXPECT_EQ(restart_for(with_lan("vlan = 5")), "t.conf:6: vlan: from 0 to 5 needs a restart");
    EXPECT_EQ(restart_for(with_lan("mtu = 9000")),
              "t.conf:6: mtu: from 1500 to 9000 needs a restart");
    EXPECT_EQ(restart_for(with_lan("queues = 2")), "t.conf:6: queues: from 0 to 2 needs a restart");
    EXPECT_EQ(restart_for(with_lan("descriptors = 64")),
              "t.conf:6: descriptors: from 0 to 64 needs a restart");
    EXPECT_EQ(restart_for(with_lan("promiscuous = yes")),
              "t.conf:6: promiscuous: from false to true needs a restart");
}

TEST(config_reload, cannot_add_remove_or_move_ports) {
    const std::string wan = "[port wan]\ndevice = xdp:eth1\n";
    const std::string lan = "[port lan]\ndevice = xdp:eth2\n";
    EXPECT_EQ(restart_for(wan + lan, wan), "t.conf:3: [port lan] is new: that needs a restart");
    EXPECT_EQ(restart_for(wan, wan + lan), "t.conf:1: [port lan] is gone: that needs a restart");
    EXPECT_EQ(restart_for(lan + wan, wan + lan),
              "t.conf:1: [port lan] has changed places with [port wan]: that needs a restart");
}

TEST(config_reload, is_told_of_every_change_at_once) {
    EXPECT_EQ(restart_for(replaced(with_director("control = 2"), "eth1", "eth9")),
              "t.conf:2: control: from 0 to 2 needs a restart\n"
              "t.conf:5: device: from xdp:eth1 to xdp:eth9 needs a restart");
}

} // namespace
} // namespace weir::config
