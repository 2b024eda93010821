// docs/configuration.md says what the code does: every key is there and in weir.conf(5), which
// docs/man/update writes from it; every example is good.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/sections.h"
#include "unit/config/fixture.h"

namespace weir::config {
namespace {

std::string text_of(const std::string& name) {
    std::ifstream file(WEIR_SAMPLES "/../docs/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The part under the heading of this kind of section.
std::string part_of(const std::string& all, const std::string& before, const std::string& heading) {
    const std::size_t start = all.find(before + heading);
    EXPECT_NE(start, std::string::npos) << heading;
    return all.substr(start, all.find(before, start + 1) - start);
}
std::string part(const std::string& heading) {
    return part_of(text_of("configuration.md"), "\n## ", heading);
}

/// Both the manual and the man page have an entry for each.
template <typename T>
void all_in(const std::string& heading, const std::vector<key<T>>& keys) {
    const std::string manual = part(heading);
    const std::string page = part_of(text_of("man/weir.conf.5"), "\n.Ss ", heading);
    for (const key<T>& k : keys) {
        EXPECT_NE(manual.find("\n| `" + k.name + "` |"), std::string::npos) << k.name;
        EXPECT_NE(page.find("\n.It Cm " + k.name + "\n"), std::string::npos) << k.name;
    }
}

/// The first cells of a table's rows, without back quotes.
std::vector<std::string> first_cells(const std::string& text, const std::string& head) {
    std::vector<std::string> cells;
    std::istringstream lines(text.substr(text.find(head)));
    std::string line;
    std::getline(lines, line);
    std::getline(lines, line); // the rule below the head
    while (std::getline(lines, line) && line.starts_with("| `"))
        cells.push_back(line.substr(3, line.find("` ", 3) - 3));
    return cells;
}

TEST(config_docs, have_every_key) {
    all_in("[director]", director_keys());
    all_in("[port NAME]", port_keys());
    all_in("[service NAME]", service_keys());
    all_in("[pool NAME]", pool_keys());
    all_in("[check NAME]", check_set_keys());
    all_in("[vrrp NAME]", vrrp_keys());
    all_in("[peer NAME]", peer_keys());
}

TEST(config_docs, have_the_same_properties_and_parameters) {
    const std::string page = text_of("man/weir.conf.5");
    for (const auto& [heading, head] :
         {std::pair{"[service NAME]", "| property |"}, {"Health checks", "| parameter |"}}) {
        const auto cells = first_cells(part(heading), head);
        EXPECT_GE(cells.size(), 5U) << head;
        for (const std::string& cell : cells)
            EXPECT_NE(page.find("\n.It Cm " + cell + "\n"), std::string::npos) << cell;
    }
    for (const state_facts& s : all_states)
        EXPECT_TRUE(s.key.empty() || page.find(s.key) != std::string::npos) << s.key;
    for (const std::string& type : check_types())
        EXPECT_TRUE(page.find("\n.It Cm " + type) != std::string::npos
                    || page.find(" , " + type + "\n") != std::string::npos)
            << type;
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
    const std::string all = text_of("configuration.md");
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
