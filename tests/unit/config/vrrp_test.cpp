// `[vrrp NAME]`: what each key sets, and the mistakes there can be.

#include "unit/config/mistakes.h"

namespace weir::config {
namespace {

using namespace std::chrono_literals;

const std::string least = "[vrrp a]\nport = wan\nid = 51\naddress = 192.0.2.100\n";

ip_address ip(const char* text) {
    return parse_address(text).value();
}

vrrp vrrp_with(const std::string& lines) {
    return good("[port wan]\ndevice = xdp:eth1\ntwin = weir-wan\n" + least + lines).vrrps.at(0);
}

TEST(config_vrrp, has_defaults) {
    const vrrp v = vrrp_with("");
    EXPECT_EQ(v.name, "a");
    EXPECT_EQ(v.port, "wan");
    EXPECT_EQ(v.id, 51);
    EXPECT_EQ(v.addresses, (std::vector{ip("192.0.2.100")}));
    EXPECT_TRUE(v.unadvertised.empty());
    EXPECT_EQ(v.version, vrrp_version::v3);
    EXPECT_EQ(v.interval, 1s);
    EXPECT_EQ(v.priority, 200);
    EXPECT_TRUE(v.preempt);
    EXPECT_EQ(v.preempt_delay, 0ms);
    EXPECT_EQ(v.group, "");
    EXPECT_TRUE(v.unicast.empty());
    EXPECT_FALSE(v.source);
    EXPECT_EQ(v.checksum, checksum_choice::automatic);
    EXPECT_EQ(v.linger, 2s);
}

TEST(config_vrrp, tracks_ports_hosts_scripts_and_services) {
    const configuration c = good(
        "[port wan]\ndevice = xdp:eth1\ntwin = weir-wan\n[port lan]\ndevice = xdp:eth2\ntwin = l\n"
        "[service web]\nlisten = 192.0.2.100:80/tcp\nforward = dr\nserver = 192.0.2.1\n"
        + least
        + "start-hold = 3s\n"
          "track-port = lan\n"
          "track-port = wan priority=-50\n"
          "track-ping = 192.0.2.1,2001:db8::1 name=outside least=2 interval=200ms fall=2\n"
          "track-ping = 192.0.2.1\n"
          "track-script = run=\"/bin/test -e '/a b'\" interval=5s priority=+20\n"
          "track-service = web least=3\n");
    const vrrp& v = c.vrrps.at(0);
    EXPECT_EQ(v.start_hold, 3s);
    ASSERT_EQ(v.tracks.size(), 6U);
    EXPECT_EQ(v.tracks[0], (track{.what = tracked::port, .name = "lan"}));
    EXPECT_EQ(v.tracks[1], (track{.what = tracked::port, .name = "wan", .priority = -50}));
    const track& outside = v.tracks[2];
    EXPECT_EQ(outside.name, "outside");
    EXPECT_EQ(outside.targets, (std::vector{ip("192.0.2.1"), ip("2001:db8::1")}));
    EXPECT_EQ(outside.least, 2U);
    EXPECT_EQ(outside.check.type, check_type::icmp);
    EXPECT_EQ(outside.check.interval, 200ms);
    EXPECT_EQ(outside.check.fall, 2U);
    EXPECT_EQ(outside.priority, 0);
    EXPECT_EQ(v.tracks[3].name, "192.0.2.1");
    EXPECT_EQ(v.tracks[4].name, "test");
    EXPECT_EQ(v.tracks[4].check.run, (command{"/bin/test", "-e", "/a b"}));
    EXPECT_EQ(v.tracks[4].priority, 20);
    EXPECT_EQ(v.tracks[5], (track{.what = tracked::service, .name = "web", .least = 3}));
}

TEST(config_vrrp, takes_every_key) {
    const vrrp v = vrrp_with("address = 192.0.2.101\n"
                             "unadvertised = 2001:db8::100\n"
                             "version = 2\n"
                             "interval = 3s\n"
                             "priority = 1\n"
                             "preempt = no\n"
                             "preempt-delay = 1500ms\n"
                             "group = site\n"
                             "unicast = 192.0.2.3\n"
                             "unicast = 192.0.2.4\n"
                             "source = 192.0.2.2\n"
                             "checksum = pseudo\n"
                             "mac = virtual\n"
                             "linger = 500ms\n"
                             "notify = /bin/sh -c 'echo {state}'\n"
                             "notify-active = /bin/true a\n"
                             "notify-backup = /bin/true b\n"
                             "notify-fault = /bin/true f\n"
                             "notify-stop = /bin/true s\n");
    using to = vrrp_notify::to;
    EXPECT_EQ(v.notify, (std::vector<vrrp_notify>{{to::any, {"/bin/sh", "-c", "echo {state}"}},
                                                  {to::active, {"/bin/true", "a"}},
                                                  {to::backup, {"/bin/true", "b"}},
                                                  {to::fault, {"/bin/true", "f"}},
                                                  {to::stop, {"/bin/true", "s"}}}));
    EXPECT_EQ(v.addresses, (std::vector{ip("192.0.2.100"), ip("192.0.2.101")}));
    EXPECT_EQ(v.unadvertised, (std::vector{ip("2001:db8::100")}));
    EXPECT_EQ(v.version, vrrp_version::v2);
    EXPECT_EQ(v.interval, 3s);
    EXPECT_EQ(v.priority, 1);
    EXPECT_FALSE(v.preempt);
    EXPECT_EQ(v.preempt_delay, 1500ms);
    EXPECT_EQ(v.group, "site");
    EXPECT_EQ(v.unicast, (std::vector{ip("192.0.2.3"), ip("192.0.2.4")}));
    EXPECT_EQ(v.source, ip("192.0.2.2"));
    EXPECT_EQ(v.checksum, checksum_choice::pseudo);
    EXPECT_TRUE(v.virtual_mac);
    EXPECT_FALSE(vrrp_with("mac = port").virtual_mac);
    EXPECT_EQ(v.linger, 500ms);
    EXPECT_EQ(vrrp_with("checksum = plain").checksum, checksum_choice::plain);
    EXPECT_EQ(vrrp_with("priority = owner").priority, vrrp_owner);
    EXPECT_EQ(vrrp_with("priority = 255").priority, vrrp_owner);
    EXPECT_EQ(vrrp_with("interval = 10ms").interval, 10ms);
}

TEST(config_vrrp, one_port_may_have_several_routers) {
    const configuration c = good("[port wan]\ndevice = xdp:eth1\ntwin = weir-wan\n" + least
                                 + "[vrrp b]\nport = wan\nid = 52\naddress = 192.0.2.101\n"
                                   "[vrrp c]\nport = wan\nid = 51\naddress = 2001:db8::100\n");
    EXPECT_EQ(c.vrrps.size(), 3U);
}

class config_vrrp_mistake : public mistakes {};

TEST_P(config_vrrp_mistake, is_told_once_with_its_line) {
    is_told_once_with_its_line();
}

/// In line 8 of a file.
mistake of(const std::string& line, const std::string& problem) {
    return {"[port wan]\ndevice = xdp:eth1\ntwin = weir-wan\n" + least + line,
            "t.conf:8: " + problem};
}

/// In line `number`, of another section behind it.
mistake with_other(const std::string& lines, unsigned number, const std::string& problem) {
    return {"[port wan]\ndevice = xdp:eth1\ntwin = weir-wan\n" + least + "[vrrp b]\n" + lines,
            "t.conf:" + std::to_string(number) + ": " + problem};
}

INSTANTIATE_TEST_SUITE_P(
    of_vrrp, config_vrrp_mistake,
    testing::Values(
        mistake{std::string(some_port) + "[vrrp a]\nid = 1\naddress = 192.0.2.100\n",
                "t.conf:3: [vrrp a] has no `port`: write `port = NAME`"},
        mistake{"[port wan]\ndevice = xdp:eth1\ntwin = w\n[vrrp a]\nport = wna\nid = 1\n"
                "address = 192.0.2.100\n",
                "t.conf:5: port: there is no [port wna]; did you mean `wan`?"},
        mistake{"[port wan]\ndevice = xdp:eth1\n[vrrp a]\nport = wan\nid = 1\n"
                "address = 192.0.2.100\n",
                "t.conf:4: port: [port wan] has no IPv4 address to send advertisements from: give "
                "it one, or give `source`"},
        mistake{"[port wan]\ndevice = xdp:eth1\naddress = 2001:db8::2/64\n[vrrp a]\nport = wan\n"
                "id = 1\naddress = 2001:db8::100\n",
                "t.conf:5: port: [port wan] has no link-local address to send advertisements "
                "from: give it one, or give `source`"},
        mistake{"[port wan]\ndevice = xdp:eth1\ntwin = w\n[vrrp a]\nport = wan\nid = 0\n"
                "address = 192.0.2.100\n",
                "t.conf:6: id: `0` is not a whole number from 1 to 255"},
        of("address = 192.0.2.101/24",
           "address: `192.0.2.101/24` has a prefix length: give the address alone"),
        of("address = 224.0.0.18",
           "address: `224.0.0.18` is not an address a host can have: give a unicast address"),
        of("address = 192.0.2.100", "address: 192.0.2.100 is given twice: give it once"),
        of("unadvertised = 192.0.2.100", "unadvertised: 192.0.2.100 is given twice: give it once"),
        of("address = 2001:db8::100",
           "address: 2001:db8::100 is not IPv4 as 192.0.2.100 is, and an advertisement has one "
           "family: give it as `unadvertised`, or make a [vrrp] of its own for it"),
        of("track-port = lan", "track-port: there is no [port lan]; did you mean `wan`?"),
        of("track-service = web", "track-service: there is no [service web]"),
        of("track-port = wan priority=50",
           "track-port: priority: `50` is neither -1 to -253 (while it is bad) nor +1 to +253 "
           "(while it is good)"),
        of("track-port = wan interval=1s",
           "track-port: `interval` is not a property of track-port; valid: priority"),
        of("track-ping = 192.0.2.1,192.0.2.1",
           "track-ping: 192.0.2.1 is given twice: give it once"),
        of("track-ping = 192.0.2.1 least=2",
           "track-ping: least=2 is more than the 1 addresses it has"),
        of("track-script = /bin/true",
           "track-script: `/bin/true` is not a parameter of script checks; valid: run, weight, "
           "interval, timeout, fall-interval, fall, rise, first-state, port"),
        of("track-script = interval=1s",
           "track-script: a script check needs run=\"/PATH ARGUMENTS\""),
        of("track-script = run=/bin/true weight=yes",
           "track-script: weight= is for servers: give priority=-N or priority=+N"),
        of("start-hold = 11m",
           "start-hold: `11m` is not a time from 0ms to 600s, as 500ms, 2s or 1m"),
        mistake{
            "[port wan]\ndevice = xdp:eth1\ntwin = weir-wan\n" + least
                + "priority = owner\ntrack-port = wan priority=-1\n",
            "t.conf:9: track-port: the priority of the owner is never adjusted: leave priority= "
            "out, or give `priority = 254`"},
        with_other("port = wan\nid = 52\naddress = 192.0.2.101\ntrack-script = run=/bin/true\n"
                   "track-script = run='/bin/true 1'\n",
                   13,
                   "track-script: [vrrp b] has another one called true: give this one "
                   "name=WORD"),
        of("version = 4", "version: `4` is not valid; valid: 2, 3"),
        of("interval = 5ms", "interval: `5ms` is not a time from 10ms to 255s, as 500ms, 2s or 1m"),
        of("interval = 15ms", "interval: VRRP counts hundredths of a second, and 15 ms are none: "
                              "use a multiple of 10ms"),
        of("interval = 41s", "interval: 41000 ms are more than version 3 can say: at most 40950ms"),
        of("interval = 100ms\nversion = 2",
           "interval: VRRP version 2 counts whole seconds, and 100 ms are none: use 1s or more, or "
           "`version = 3`"),
        of("priority = 256", "priority: `256` is not a whole number from 1 to 254 or `owner`"),
        of("priority = onwer", "priority: `onwer` is not a whole number from 1 to 254 or `owner`"),
        of("preempt = 5", "preempt: `5` is neither `yes` nor `no`"),
        of("group = a b", "group: `a b` is not a name: 1 to 32 letters, digits, `.`, `_` or `-`"),
        of("unicast = 2001:db8::3",
           "unicast: 2001:db8::3 is not IPv4 as `address = 192.0.2.100` is: give an IPv4 address"),
        of("source = 2001:db8::3",
           "source: 2001:db8::3 is not IPv4 as `address = 192.0.2.100` is: give an IPv4 address"),
        of("checksum = none", "checksum: `none` is not valid; valid: auto, plain, pseudo"),
        of("mac = vitrual", "mac: `vitrual` is not valid; did you mean `virtual`?"),
        of("prioity = 1", "`prioity` is not a key of [vrrp]; did you mean `priority`?"),
        with_other("port = wan\nid = 51\naddress = 192.0.2.101\n", 10,
                   "id: 51 is already the IPv4 router of [vrrp a] on line 4 there: give each on a "
                   "port its own"),
        with_other("port = wan\nid = 52\naddress = 192.0.2.100\n", 11,
                   "192.0.2.100 is already an address of [vrrp a] on line 4: give it to one"),
        with_other("port = wan\nid = 52\naddress = 2001:db8::100\nversion = 2\n", 12,
                   "version: VRRP version 2 has no IPv6: use `version = 3`"),
        mistake{"[port wan]\ndevice = xdp:eth1\ntwin = w\naddress = 192.0.2.100/24\n" + least,
                "t.conf:8: 192.0.2.100 is also an address of [port wan], which it has whoever is "
                "active: take it away there"},
        mistake{"[port wan]\ndevice = xdp:eth1\ntwin = w\n" + least
                    + "group = g\npriority = 100\n[vrrp b]\nport = wan\nid = 52\n"
                      "address = 192.0.2.101\ngroup = g\n",
                "t.conf:10: priority: differs from that of [vrrp a] on line 4, with which it moves "
                "as one: give both the same"}));

TEST(config_vrrp, has_at_most_255_groups) {
    const auto with = [](int count, const std::string& group) {
        std::string text = "[port wan]\ndevice = xdp:eth1\ntwin = w\n";
        for (int i = 0; i < count; ++i)
            text += "[vrrp v" + std::to_string(i)
                    + "]\nport = wan\nid = " + std::to_string(i % 255 + 1) + "\naddress = "
                    + (i < 255 ? "192.0.2." + std::to_string(i) : "2001:db8::" + std::to_string(i))
                    + "\n" + group;
        return text;
    };
    EXPECT_EQ(problems_of(with(255, "")), "");
    EXPECT_EQ(problems_of(with(257, "")),
              "t.conf:1024: [vrrp v255] is one group too many: at most 255; `group =` makes one of "
              "several");
    EXPECT_EQ(problems_of(with(257, "group = g\n")), "");
}

} // namespace
} // namespace weir::config
