// `[peer NAME]`: what each key sets, and the mistakes there can be.

#include "unit/config/mistakes.h"

namespace weir::config {
namespace {

const std::string port_section = "[port wan]\ndevice = xdp:eth1\ntwin = weir-wan\n";
const std::string least = "[peer b]\naddress = 192.0.2.3\n";

TEST(config_peer, has_defaults) {
    const peer p = good("[director]\nkey = /etc/weir/key\n" + port_section + least).peers.at(0);
    EXPECT_EQ(p.name, "b");
    EXPECT_EQ(p.address, parse_address("192.0.2.3"));
    EXPECT_EQ(p.port, 7411);
    EXPECT_TRUE(p.source.is_none());
    EXPECT_EQ(p.key, "");
}

TEST(config_peer, takes_every_key) {
    const peer p = good(port_section
                        + "[peer b]\naddress = 2001:db8::3\nport = 9\nsource = 2001:db8::2\n"
                          "key = /etc/weir/pair.key\n")
                       .peers.at(0);
    EXPECT_EQ(p.address, parse_address("2001:db8::3"));
    EXPECT_EQ(p.port, 9);
    EXPECT_EQ(p.source, parse_address("2001:db8::2"));
    EXPECT_EQ(p.key, "/etc/weir/pair.key");
}

TEST(config_peer, has_links) {
    const peer p = good(port_section + least
                        + "key = /k\nlink = udp 10.0.0.2\nlink = udp [fd00::2]:9 source=fd00::1 "
                          "interval=50ms\nlink = serial /dev/ttyS0 baud=9600\n"
                          "link = disk /dev/sdb write=1 read=0 interval=2s\n"
                          "fence = /bin/true {peer}\n")
                       .peers.at(0);
    ASSERT_EQ(p.links.size(), 4u);
    EXPECT_EQ(name_of(p.links[0]), "udp 10.0.0.2:7412");
    EXPECT_EQ(p.links[0].interval, std::chrono::milliseconds{10});
    EXPECT_EQ(p.links[1].address, parse_address("fd00::2"));
    EXPECT_EQ(p.links[1].port, 9);
    EXPECT_EQ(p.links[1].source, parse_address("fd00::1"));
    EXPECT_EQ(p.links[1].interval, std::chrono::milliseconds{50});
    EXPECT_EQ(name_of(p.links[2]), "serial /dev/ttyS0");
    EXPECT_EQ(p.links[2].baud, 9600u);
    EXPECT_EQ(p.links[3].kind, link_kind::disk);
    EXPECT_EQ(p.links[3].own, 1u);
    EXPECT_EQ(p.links[3].theirs, 0u);
    EXPECT_EQ(p.links[3].interval, std::chrono::seconds{2});
    EXPECT_EQ(p.fence, (command{"/bin/true", "{peer}"}));
}

TEST(config_peer, there_may_be_eight) {
    std::string text = "[director]\nkey = /etc/weir/key\n" + port_section;
    for (int n = 1; n <= 8; ++n)
        text += "[peer p" + std::to_string(n) + "]\naddress = 192.0.2." + std::to_string(n) + '\n';
    EXPECT_EQ(good(text).peers.size(), 8u);
    EXPECT_EQ(problems_of(text + "[peer p9]\naddress = 192.0.2.9\n"),
              "t.conf:22: [peer p9] is one too many: at most 8 peers");
}

class config_peer_mistake : public mistakes {};

TEST_P(config_peer_mistake, is_told_once_with_its_line) {
    is_told_once_with_its_line();
}

/// In line 7 of a file.
mistake of(const std::string& line, const std::string& problem) {
    return {port_section + least + "key = /k\n" + line, "t.conf:7: " + problem};
}

INSTANTIATE_TEST_SUITE_P(
    of_links, config_peer_mistake,
    testing::Values(
        of("link = udp\n", "link: the peer's address is missing: `udp 10.0.0.2`"),
        of("link = udp 224.0.0.1\n", "link: `224.0.0.1` is not an address a host can have: give "
                                     "a unicast address"),
        of("link = udp 10.0.0.2 source=fd00::1\n",
           "link: source=fd00::1 is not IPv4 as 10.0.0.2 is"),
        of("link = serial ttyS0\n", "link: `ttyS0` is not a path from the root"),
        of("link = serial /dev/ttyS0 baud=300\n", "link: baud: `300` is not one of 9600, 19200, "
                                                  "38400, 57600, 115200, 230400, 460800, 921600"),
        of("link = disk /dev/sdb write=1 read=1\n",
           "link: each director writes a sector of its own and reads the peer's: `write=0 read=1` "
           "here, `write=1 read=0` there")));

INSTANTIATE_TEST_SUITE_P(
    of_peers, config_peer_mistake,
    testing::Values(
        mistake{
            port_section + least,
            "t.conf:4: [peer b] has no `key`, and [director] has none either: `openssl rand "
            "-hex 32 > FILE`, chmod 600, copy it to the other director, and write `key = FILE`"},
        mistake{port_section + "[peer b]\nkey = /k\n",
                "t.conf:4: [peer b] has no `address`: write `address = 192.0.2.3`"},
        mistake{port_section + least + "key = pair.key\n",
                "t.conf:6: key: `pair.key` is not a path from the root"},
        mistake{port_section + "[peer b]\nkey = /k\naddress = 224.0.0.18\n",
                "t.conf:6: address: `224.0.0.18` is not an address a host can have: give a unicast "
                "address"},
        of("port = 0", "port: `0` is not a whole number from 1 to 65535"),
        of("source = 2001:db8::2", "source: 2001:db8::2 is not IPv4 as the peer's address is"),
        of("source = 192.0.2.3", "source: that is the peer's address: give this director's own"),
        mistake{port_section + least + "key = /k\n[peer c]\naddress = 192.0.2.3\nkey = /k\n",
                "t.conf:8: address: 192.0.2.3 is already the address of [peer b] on line 4"}));

} // namespace
} // namespace weir::config
