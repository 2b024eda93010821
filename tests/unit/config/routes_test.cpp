// `gateway` and `route` of ports.

#include <gtest/gtest.h>

#include "unit/config/mistakes.h"

namespace weir::config {
namespace {

const std::string here = "twin = weir-wan\naddress = 192.0.2.2/24\naddress = 2001:db8::2/64\n";

TEST(config_routes, are_taken_of_both_families) {
    const port p = port_with(here
                             + "gateway = 192.0.2.1 metric=4294967295\ngateway = fe80::1\n"
                               "route = 198.51.100.0/24 via 192.0.2.3\n"
                               "route = 2001:db8:1::/48 via 2001:db8::3\n");
    ASSERT_EQ(p.routes.size(), 4U);
    const auto text = [](const static_route& r) {
        return r.key + ": " + to_string(r.to) + " via " + to_string(r.via) + " on line "
               + std::to_string(r.where.line);
    };
    EXPECT_EQ(text(p.routes[0]), "gateway: 0.0.0.0/0 via 192.0.2.1 on line 6");
    EXPECT_EQ(p.routes[0].metric, 4'294'967'295U);
    EXPECT_EQ(p.routes[1].metric, 0U);
    EXPECT_EQ(text(p.routes[1]), "gateway: ::/0 via fe80::1 on line 7");
    EXPECT_EQ(text(p.routes[2]), "route: 198.51.100.0/24 via 192.0.2.3 on line 8");
    EXPECT_EQ(text(p.routes[3]), "route: 2001:db8:1::/48 via 2001:db8::3 on line 9");
}

class route_mistakes : public mistakes {};
TEST_P(route_mistakes, are_told_once_with_their_line) {
    is_told_once_with_its_line();
}

/// The line is number 6.
mistake line(const std::string& text, const std::string& problem) {
    return {some_port + here + text + "\n", "t.conf:6: " + problem};
}

INSTANTIATE_TEST_SUITE_P(
    of_, route_mistakes,
    testing::Values(
        line("route = 198.51.100.0/24", "route: `198.51.100.0/24` is not a route: write `PREFIX "
                                        "via ADDRESS`, as 198.51.100.0/24 via 192.0.2.1"),
        line("route = 198.51.100.0/33 via 192.0.2.1",
             "route: `198.51.100.0/33` is not a network, as 198.51.100.0/24 or 2001:db8:1::/48"),
        line("route = 198.51.100.1/24 via 192.0.2.1",
             "route: `198.51.100.1/24` is an address in a network: give the network, "
             "198.51.100.0/24"),
        line("route = 198.51.100.0/24 via 2001:db8::1",
             "route: 198.51.100.0/24 is IPv4 and 2001:db8::1 is IPv6: give a router of the same "
             "family"),
        line("gateway = 192.0.2.1 metirc=3",
             "gateway: `metirc` is not a property of a route; did you mean `metric`?"),
        line("gateway = 224.0.0.1",
             "gateway: `224.0.0.1` is not an address a host can have: give a unicast address"),
        line("gateway = 192.0.2.2",
             "gateway: 192.0.2.2 is this port's own address: give the router's"),
        line("gateway = 198.51.100.1", "gateway: 198.51.100.1 is not on this port's link: give a "
                                       "router in 192.0.2.0/24"),
        mistake{std::string(some_port) + "gateway = 192.0.2.1\n",
                "t.conf:3: gateway: [port wan] has no twin to set it on: give `twin = weir-wan`"},
        mistake{some_port
                    + std::string("twin = w\naddress = 2001:db8::2/64\ngateway = 192.0.2.1\n"),
                "t.conf:5: gateway: [port wan] has no IPv4 address to reach 192.0.2.1 from: give "
                "it an `address =`"},
        mistake{some_port + std::string("twin = w\naddress = x\ngateway = 192.0.2.1\n"),
                "t.conf:4: address: `x` is not an address with a prefix length, as 192.0.2.2/24 or "
                "2001:db8::2/64"},
        mistake{some_port + here
                    + "gateway = 192.0.2.1\n[port lan]\ndevice = xdp:eth2\ntwin = weir-lan\n"
                      "address = 198.51.100.2/24\nroute = 0.0.0.0/0 via 198.51.100.1\n",
                "t.conf:11: route: 0.0.0.0/0 is already routed by [port wan] on line 6: give one "
                "router, or another metric="}));

} // namespace
} // namespace weir::config
