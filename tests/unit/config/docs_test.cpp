// docs/configuration.md says what the code does: every key is there, every example is good.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/sections.h"
#include "unit/config/fixture.h"

namespace weir::config {
namespace {

std::string documentation() {
    std::ifstream file(WEIR_SAMPLES "/../docs/configuration.md");
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The part under the heading of this kind of section.
std::string part(const std::string& heading) {
    const std::string all = documentation();
    const std::size_t start = all.find("\n## " + heading);
    EXPECT_NE(start, std::string::npos) << heading;
    return all.substr(start, all.find("\n## ", start + 1) - start);
}

template <typename T>
void all_in(const std::string& text, const std::vector<key<T>>& keys) {
    for (const key<T>& k : keys)
        EXPECT_NE(text.find("\n| `" + k.name + "` |"), std::string::npos) << k.name;
}

TEST(config_docs, have_every_key) {
    all_in(part("[director]"), director_keys());
    all_in(part("[port NAME]"), port_keys());
    all_in(part("[service NAME]"), service_keys());
    all_in(part("[pool NAME]"), pool_keys());
    all_in(part("[check NAME]"), check_set_keys());
    all_in(part("[vrrp NAME]"), vrrp_keys());
    all_in(part("[peer NAME]"), peer_keys());
}

TEST(config_docs, have_every_timeout_with_its_default) {
    for (const state_facts& s : all_states) {
        if (s.key.empty()) continue;
        std::istringstream lines(part("[director]"));
        std::string line;
        while (std::getline(lines, line))
            if (line.starts_with("| ")
                && line.find("`" + std::string(s.key) + "`") < line.find(" | "))
                break;
        EXPECT_TRUE(line.ends_with(" | " + std::to_string(s.timeout) + " s |")) << s.key;
    }
}

TEST(config_docs, have_good_examples) {
    const std::string all = documentation();
    const std::string fence = "\n```\n";
    std::size_t examples = 0;
    std::size_t end = 0;
    for (std::size_t at = all.find(fence); at != std::string::npos; at = all.find(fence, end)) {
        const std::size_t start = at + fence.size();
        end = all.find("\n```", start) + 4;
        std::string text = all.substr(start, end - 4 - start) + "\n";
        if (text.front() != '[') continue;
        ++examples;
        if (text.find("[port") == std::string::npos) text += some_port;
        EXPECT_EQ(load_text("example", text, {}).problems.size(), 0U) << text;
    }
    EXPECT_GE(examples, 4U);
}

} // namespace
} // namespace weir::config
