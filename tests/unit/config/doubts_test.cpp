// Servers of DR that no link leads to by the file: `--check` warns of them.

#include <gtest/gtest.h>

#include "config/doubts.h"
#include "unit/config/fixture.h"

namespace weir::config {
namespace {

const std::string wan = "[port wan]\ndevice = xdp:eth1\ntwin = weir-wan\naddress = 192.0.2.2/24\n";
const std::string lan = "[port lan]\ndevice = xdp:eth2\ntwin = weir-lan\n";

std::string doubts_of(const std::string& ports, const std::string& servers) {
    std::string all;
    for (const problem& p :
         doubts(good("[service web]\nlisten = 192.0.2.100:80\n" + servers + ports)))
        all += to_string(p) + "\n";
    return all;
}

TEST(config_doubts, a_server_of_dr_on_no_link_is_one) {
    EXPECT_EQ(doubts_of(wan, "forward = dr\nserver = 192.0.2.11\nserver = 203.0.113.11\n"),
              "t.conf:5: [service web] server 203.0.113.11 is on no network of a port's `address`, "
              "and `forward = dr` does not pass routers: it will be not_on_link, and not used; "
              "give a port an `address` in its network, or use `forward = tun`\n");
    EXPECT_NE(doubts_of(wan, "forward = dr\nserver = 192.0.2.11\nfallback = 203.0.113.11\n"), "");
}

TEST(config_doubts, one_that_may_be_on_a_link_is_none) {
    const std::string far = "server = 203.0.113.11\n";
    EXPECT_EQ(doubts_of(wan + lan, "forward = dr\n" + far), "") << "Linux gives lan its addresses";
    EXPECT_EQ(doubts_of(wan + lan + "address = 2001:db8::2/64\n", "forward = dr\n" + far), "")
        << "those of IPv4 are not in the file";
    EXPECT_NE(doubts_of(wan + lan + "address = 198.51.100.2/24\n", "forward = dr\n" + far), "");
    EXPECT_EQ(doubts_of(wan + lan + "address = 203.0.113.2/24\n", "forward = dr\n" + far), "");
    const std::string without_twin = "[port lan]\ndevice = xdp:eth2\n";
    EXPECT_NE(doubts_of(wan + without_twin, "forward = dr\n" + far), "");
    EXPECT_EQ(doubts_of(wan + without_twin + "neighbour = 203.0.113.11 02:00:00:00:00:11\n",
                        "forward = dr\n" + far),
              "");
    for (const char* mode : {"tun", "nat"})
        EXPECT_EQ(doubts_of(wan, "forward = " + std::string(mode) + "\n" + far), "") << mode;
}

} // namespace
} // namespace weir::config
