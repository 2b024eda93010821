// Mistakes in the list of servers of a service.

#include "unit/config/mistakes.h"

namespace weir::config {
namespace {

TEST(config_servers, stand_in_a_service_once) {
    const auto in_nat = [](const std::string& lines) {
        return problems_of(std::string(some_port)
                           + "[service web]\nforward = nat\nlisten = 192.0.2.100:80\n"
                             "listen = 192.0.2.100:443\n"
                           + lines);
    };
    EXPECT_EQ(in_nat("server = 192.0.2.11:1\nserver = 192.0.2.11:2\nserver = 192.0.2.12\n"), "");
    const std::string told = "t.conf:8: server 192.0.2.11:80 is already on line 7: give it once, "
                             "with its whole weight";
    EXPECT_EQ(in_nat("server = 192.0.2.11:80\nserver = 192.0.2.11:80\n"), told);
    EXPECT_EQ(in_nat("server = 192.0.2.11\nserver = 192.0.2.11\n"), told);
    EXPECT_EQ(in_nat("server = 192.0.2.11\nserver = 192.0.2.11:80 weight=2\n"), told);
    EXPECT_EQ(in_nat("server = 192.0.2.11:80\nserver = 192.0.2.11\n"), told);
}

TEST(config_servers, have_one_name_in_a_file_and_names_one_server_in_a_service) {
    const auto in_two = [](const std::string& first, const std::string& second) {
        return problems_of(std::string(some_port)
                           + "[service a]\nforward = nat\nlisten = 192.0.2.100:80\n" + first
                           + "[service b]\nforward = nat\nlisten = 192.0.2.101:80\n" + second);
    };
    EXPECT_EQ(in_two("server = 192.0.2.11 name=x\nserver = 192.0.2.12 name=X\n",
                     "server = 192.0.2.11 name=x\nserver = 192.0.2.12\nserver = 192.0.2.13 "
                     "name=X\n"),
              "")
        << "in another service a name may be another server's";
    EXPECT_EQ(in_two("server = 192.0.2.11:81 name=x\nserver = 192.0.2.11:82 name=y\n", ""), "")
        << "two servers on one host";
    EXPECT_EQ(in_two("server = 192.0.2.11 name=x\nserver = 192.0.2.12 name=x\n", ""),
              "t.conf:7: server: name: `x` is already 192.0.2.11 on line 6: give each server of "
              "[service a] its own name");
    EXPECT_EQ(in_two("server = 192.0.2.11 name=x\n", "server = 192.0.2.11 name=y\n"),
              "t.conf:10: server: name: 192.0.2.11 is `x` on line 6: give it that name here too, "
              "or leave `name=y` out");
    EXPECT_EQ(in_two("server = 192.0.2.11:81 name=x\n", "server = 192.0.2.11:81 name=y\n"),
              "t.conf:10: server: name: 192.0.2.11:81 is `x` on line 6: give it that name here "
              "too, or leave `name=y` out");
}

TEST(config_servers, of_nat_are_of_the_services_family) {
    EXPECT_EQ(problems_of(std::string(some_port)
                          + "[service web]\nlisten = [2001:db8::100]:80\nforward = nat\n"
                            "server = 192.0.2.11\n"),
              "t.conf:6: server 192.0.2.11 is not IPv6 as [service web] is: give an IPv6 address, "
              "or use `forward = tun`");
}

TEST(config_servers, of_tun_keep_the_port) {
    EXPECT_EQ(problems_of(std::string(some_port)
                          + "[service web]\nlisten = 192.0.2.100:80\nlisten = 192.0.2.100:443\n"
                            "forward = tun\nserver = 192.0.2.11:80\n"),
              "t.conf:7: `forward = tun` cannot change the port to 80: leave `:80` out, or use "
              "`forward = nat`");
}

TEST(config_servers, are_not_judged_by_a_forward_that_was_not_understood) {
    EXPECT_EQ(problems_of(std::string(some_port)
                          + "[service web]\nlisten = 192.0.2.100:80\nserver = 192.0.2.11:8080\n"
                            "forward = nta\n"),
              "t.conf:6: forward: `nta` is not valid; did you mean `nat`?");
}

TEST(config_servers, of_a_service_are_at_most_65535) {
    std::string text = std::string(some_port) + "[service web]\nlisten = 192.0.2.100:80\n";
    for (unsigned i = 0; i < 65536; ++i)
        text += "server = 10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256) + "\n";
    EXPECT_EQ(problems_of(text), "t.conf:65540: one server too many: at most 65535 in a service");
}

} // namespace
} // namespace weir::config
