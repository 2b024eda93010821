// `announce = route`: what it sets, and the mistakes there can be.

#include "unit/config/mistakes.h"

namespace weir::config {
namespace {

const std::string with_twin = "[port wan]\ndevice = xdp:eth1\ntwin = weir-wan\n"
                              "address = 192.0.2.2/24\n";
const std::string web = "[service web]\nlisten = 203.0.113.100:80/tcp\nserver = 192.0.2.11\n";

TEST(config_announce, are_announced_if_the_service_says_so) {
    EXPECT_FALSE(good(with_twin + web).services.at(0).announce_route);
    EXPECT_FALSE(good(with_twin + web + "announce = link\n").services.at(0).announce_route);
    EXPECT_TRUE(good(with_twin + web + "announce = route\n").services.at(0).announce_route);
    EXPECT_EQ(good(with_twin + web).director.route_table, 74U);
    EXPECT_EQ(good("[director]\nroute-table = 254\n" + with_twin + web).director.route_table, 254U);
}

class config_announce_mistake : public mistakes {};

TEST_P(config_announce_mistake, is_told_once_with_its_line) {
    is_told_once_with_its_line();
}

INSTANTIATE_TEST_SUITE_P(
    of_routes, config_announce_mistake,
    testing::Values(
        mistake{with_twin + web + "announce = arp\n",
                "t.conf:8: announce: `arp` is not valid; valid: link, route"},
        mistake{"[port wan]\ndevice = xdp:eth1\ntwin = none\n" + web + "announce = route\n",
                "t.conf:7: announce: a route leads to the twin of a port, and no port has one: "
                "give a port `twin = NAME`"},
        mistake{with_twin + web + "announce = route\n[vrrp shop]\nport = wan\nid = 51\n"
                    + "address = 203.0.113.100\n",
                "t.conf:8: announce: 203.0.113.100 is an address of [vrrp shop], which one "
                "director holds; by routes all serve it: leave out one of the two"}));

} // namespace
} // namespace weir::config
