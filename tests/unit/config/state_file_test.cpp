// What is kept in `state-dir`, and servers added without the file.

#include "config/state_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <gtest/gtest.h>

#include "config/extra_server.h"
#include "config/load.h"

namespace weir::config {
namespace {

TEST(config_state_file, written_read_and_removed) {
    std::string name = testing::TempDir() + "weir-state-XXXXXX";
    const std::string directory = mkdtemp(name.data());
    const state_file file(directory + "/deeper/state", "some");
    EXPECT_EQ(file.read(), std::nullopt);
    file.write("one\n");
    file.write(std::string(100'000, 'x'));
    EXPECT_EQ(file.read(), std::string(100'000, 'x'));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory + "/deeper/state"), {}),
              1)
        << "nothing half written";
    file.remove();
    file.remove();
    EXPECT_EQ(file.read(), std::nullopt);
    std::ofstream(directory + "/file") << "";
    EXPECT_THROW(state_file(directory + "/file", "some").write(""), std::runtime_error);
    std::filesystem::remove_all(directory);
}

TEST(config_extra_server, is_checked_like_a_line_of_the_file) {
    auto c =
        *load_text("weir.conf",
                   "[port wan]\ndevice = xdp:eth0\n[service web]\nlisten = 192.0.2.100:80/tcp\n"
                   "server = 192.0.2.11 name=web1\n",
                   {})
             .configuration;
    const auto wrong = [&](const char* line) {
        const auto problems = add_server(c, c.services[0], line, {"weirctl", 0});
        EXPECT_EQ(c.services[0].servers.size(), 1u) << line;
        return problems.empty() ? "" : problems.front().text;
    };
    EXPECT_NE(wrong("192.0.2.11").find("192.0.2.11"), std::string::npos);
    EXPECT_NE(wrong("192.0.2.12 name=web1").find("web1"), std::string::npos);
    EXPECT_NE(wrong("2001:db8::1"), "");
    EXPECT_NE(wrong("192.0.2.12 wieght=3").find("did you mean `weight`?"), std::string::npos);
    EXPECT_NE(wrong("192.0.2.100"), "") << "the VIP with forward = dr";
    EXPECT_TRUE(add_server(c, c.services[0], "192.0.2.12 weight=3", {"weirctl", 0}).empty());
    EXPECT_EQ(c.services[0].servers.back().weight, 3);
}

} // namespace
} // namespace weir::config
