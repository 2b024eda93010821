// What a reload changes, in words.

#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "config/changes.h"
#include "config/difference.h"
#include "unit/config/fixture.h"

namespace weir::config {
namespace {

using lines = std::vector<std::string>;

/// Of a file with this service `web` in it to one with that.
lines between(const std::string& before, const std::string& now) {
    const std::string head = std::string(some_port) + "[service web]\nlisten = 192.0.2.100:80\n";
    return changes(good(head + before), good(head + now));
}

TEST(config_changes, of_the_same_file_are_none) {
    const std::string all = "server = 192.0.2.11 name=a upper=9\nfallback = 192.0.2.14\n"
                            "check = tcp\n[service dns]\nlisten = 192.0.2.100:53/udp\n";
    EXPECT_EQ(between(all, all), lines{});
    EXPECT_EQ(between("server = 192.0.2.11\n", "\n# moved\nserver = 192.0.2.11\n"), lines{});
}

TEST(config_changes, of_services_name_them) {
    EXPECT_EQ(between("[service dns]\nlisten = 192.0.2.100:53/udp\n",
                      "[service mail]\nlisten = 192.0.2.100:25\n"),
              (lines{"service mail is new", "service dns is gone"}));
    EXPECT_EQ(between("[service dns]\nlisten = 192.0.2.100:53/udp\n",
                      "[service names]\nlisten = 192.0.2.100:53/udp\n"),
              lines{"service names was dns"});
}

TEST(config_changes, of_servers_name_them_and_what_is_different) {
    EXPECT_EQ(between("forward = nat\nserver = 192.0.2.11:8080\nserver = 192.0.2.12\n",
                      "forward = nat\nserver = 192.0.2.11:8081\n"
                      "server = 192.0.2.12 weight=3 upper=5\n"),
              (lines{"service web: server 192.0.2.11:8081 is new",
                     "service web: server 192.0.2.12: weight 1 to 3, upper 0 to 5",
                     "service web: server 192.0.2.11:8080 is gone"}));
    EXPECT_EQ(between("server = 192.0.2.11 name=a\n", "server = 192.0.2.11 name=b\n"),
              lines{"service web: server b (192.0.2.11): name"});
}

TEST(config_changes, of_keys_name_each) {
    for (const auto& [key, line] : std::vector<std::pair<std::string, std::string>>{
             {"listen", "listen = 192.0.2.100:81"},
             {"forward", "forward = tun"},
             {"scheduler", "scheduler = rr"},
             {"scheduler", "scheduler = wlc port"},
             {"persistence", "persistence = 60"},
             {"timeout", "timeout = tcp-established=7"},
             {"expire-nodest", "expire-nodest = yes"},
             {"conn-reuse", "conn-reuse = no"},
             {"check", "check = tcp"},
             {"on-down", "on-down = keep"},
             {"hold-down", "hold-down = 5s"},
             {"min-up", "min-up = 1"},
             {"quorum", "quorum = 2"},
             {"on-quorum", "on-quorum = /bin/true"},
             {"fallback", "fallback = 192.0.2.14"}})
        EXPECT_EQ(between("", line + '\n'), lines{"service web: " + key + " changed"}) << line;
    EXPECT_EQ(between("fallback = 192.0.2.14\n", "fallback = 192.0.2.15\non-down = keep\n"),
              lines{"service web: on-down, fallback changed"});
}

/// The keys in the table of `[director]` in configuration.md.
std::set<std::string> documented_keys() {
    std::ifstream file(WEIR_SAMPLES "/../docs/configuration.md");
    std::set<std::string> keys;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("## ")) inside = line == "## [director]";
        if (!keys.empty() && !line.starts_with('|')) break;
        if (inside && line.starts_with("| `")) keys.insert(line.substr(3, line.find('`', 3) - 3));
    }
    return keys;
}

TEST(config_changes, each_key_of_the_director_is_named_or_needs_a_restart) {
    const std::map<std::string, std::string> other{{"name", "lb9"},
                                                   {"control", "3"},
                                                   {"workers", "5"},
                                                   {"idle", "adaptive"},
                                                   {"memory", "77"},
                                                   {"connections", "777"},
                                                   {"keep-connections", "no"},
                                                   {"run-dir", "/r"},
                                                   {"state-dir", "/s"},
                                                   {"key", "/k"},
                                                   {"log", "debug"},
                                                   {"drain-timeout", "9"},
                                                   {"worker-deadline", "9s"},
                                                   {"route-table", "9"},
                                                   {"scripts", "9"},
                                                   {"metrics", "192.0.2.2:9113"},
                                                   {"watchdog", "/dev/watchdog"},
                                                   {"min-path-mtu", "777"},
                                                   {"script-user", "nobody"},
                                                   {"notify", "/bin/true"},
                                                   {"plugin", "/good/one.so"},
                                                   {"timeout", "tcp-established=9"}};
    const configuration before = good(some_port);
    for (const std::string& key : documented_keys()) {
        ASSERT_TRUE(other.contains(key)) << key;
        const configuration now =
            good("[director]\n" + key + " = " + other.at(key) + "\n" + some_port);
        const auto restart = needs_restart(before, now);
        if (restart.empty())
            EXPECT_EQ(changes(before, now), lines{"director: " + key + " changed"});
        else
            EXPECT_TRUE(restart.front().text.starts_with(key + ":")) << restart.front().text;
    }
}

TEST(config_changes, of_other_sections_name_them_and_their_keys) {
    const auto file = [](const std::string& director, const std::string& port,
                         const std::string& rest) {
        return good("[director]\nkey = /k\n" + director + "[port wan]\ndevice = xdp:eth1\n"
                    + "twin = w\naddress = 192.0.2.2/24\n" + port + rest);
    };
    const std::string shop = "[vrrp shop]\nport = wan\nid = 5\naddress = 192.0.2.100\n";
    const configuration before = file("", "", shop + "[peer b]\naddress = 192.0.2.3\n");
    EXPECT_EQ(changes(before, before), lines{});
    EXPECT_EQ(changes(before, file("log = debug\nscripts = 5\n",
                                   "gateway = 192.0.2.1\nroute = 198.51.100.0/24 via 192.0.2.1\n",
                                   shop + "priority = 7\n[peer c]\naddress = 192.0.2.3\n")),
              (lines{"director: log, scripts changed", "port wan: gateway, route changed",
                     "vrrp shop: priority changed", "peer c is new", "peer b is gone"}));
    EXPECT_EQ(changes(file("", "gateway = 192.0.2.1\n", ""),
                      file("", "gateway = 192.0.2.1 metric=5\naddress = 192.0.2.9/24\n", "")),
              lines{"port wan: address, gateway changed"});
}

} // namespace
} // namespace weir::config
