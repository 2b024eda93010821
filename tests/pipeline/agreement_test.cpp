// Two directors with one key place packets without an entry alike; so does one after a restart.

#include "config/load.h"
#include "rig.h"

namespace weir::test {
namespace {

flow_hasher key(std::uint64_t number) {
    return flow_hasher({number, number + 1, number + 2, number + 3, number + 4});
}

constexpr std::uint64_t flows = 10'000;

/// The server of each of many flows to one service.
std::vector<ip_address> places(const flow_hasher& key, const std::string& services) {
    rig r({.slot_hasher = key});
    const auto file = config::load_text("t.conf", "[port wan]\ndevice = xdp:eth1\n" + services, {});
    EXPECT_TRUE(file) << to_string(file.problems.front());
    r.reload(file.configuration->services);
    const auto& rule = r.plane().services().find("web")->rule;
    std::vector<ip_address> list;
    for (std::uint64_t n = 0; n < flows; ++n) {
        const flow_key flow{
            ip_address::v4(be32::from_host(static_cast<std::uint32_t>(0x0a000000 + n % 251))),
            ip_address::v4(192, 0, 2, 100), be16::from_host(static_cast<std::uint16_t>(1024 + n)),
            be16::from_host(80), static_cast<std::uint8_t>(protocol::tcp)};
        const target_id id = rule->derive(r.state().slot_hasher(flow));
        list.push_back(r.state().servers->target(id).address);
    }
    return list;
}

std::size_t differences(const std::vector<ip_address>& a, const std::vector<ip_address>& b) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        count += a[i] == b[i] ? 0 : 1;
    return count;
}

const std::string web = "[service web]\nlisten = 192.0.2.100:80\n";
const std::string servers = "server = 198.51.100.11\nserver = 198.51.100.12 weight=3\n"
                            "server = 198.51.100.13\n";

TEST(agreement, needs_the_key_and_the_servers_and_nothing_else) {
    const auto here = places(key(1), web + servers);
    EXPECT_EQ(places(key(1), web + servers), here) << "after a restart";
    // Other slot numbers, another order, the port written down.
    EXPECT_EQ(places(key(1), "[service other]\nlisten = 192.0.2.101:80\n" + servers + web
                                 + "server = 198.51.100.13:80\nserver = 198.51.100.11\n"
                                   "server = 198.51.100.12 weight=3\n"),
              here);
    const auto by_weight = std::count(here.begin(), here.end(), *parse_address("198.51.100.12"));
    EXPECT_NEAR(static_cast<double>(by_weight), flows * 3. / 5, flows / 20.);
}

TEST(agreement, ends_with_another_key) {
    // By chance 44 in 100 flows go to the same one.
    EXPECT_NEAR(static_cast<double>(
                    differences(places(key(1), web + servers), places(key(2), web + servers))),
                flows * 0.56, flows * 0.06);
}

TEST(agreement, ends_only_for_flows_of_a_server_that_one_lacks) {
    const std::string four = servers + "server = 198.51.100.14\n";
    const auto all = places(key(1), web + four);
    const auto fewer = places(key(1), web + servers);
    const auto lacking = std::count(all.begin(), all.end(), *parse_address("198.51.100.14"));
    EXPECT_EQ(differences(all, fewer), static_cast<std::size_t>(lacking));
}

} // namespace
} // namespace weir::test
