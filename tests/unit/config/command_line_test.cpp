#include "config/command_line.h"

#include <gtest/gtest.h>

namespace weir::config {
namespace {

namespace options = boost::program_options;

options::options_description described() {
    options::options_description all;
    all.add_options()("json", "")("limit", options::value<int>()->value_name("N"), "")(
        "config,c", options::value<std::string>()->value_name("FILE")->default_value("weir.conf"),
        "");
    return all;
}

command_line read(const std::vector<std::string>& arguments) {
    return read_command_line(arguments, described(), "prog --help");
}

std::string mistake(const std::vector<std::string>& arguments) {
    try {
        read(arguments);
    } catch (const usage_error& e) {
        return e.what();
    }
    return "";
}

TEST(config_command_line, options_and_words_in_any_order) {
    const auto [given, words] = read({"one", "--limit", "3", "two", "-c", "other.conf", "--json"});
    EXPECT_EQ(words, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(given["limit"].as<int>(), 3);
    EXPECT_EQ(given["config"].as<std::string>(), "other.conf");
    EXPECT_TRUE(given.contains("json"));
    EXPECT_EQ(read({"-"}).words, std::vector<std::string>{"-"});
    EXPECT_EQ(read({}).options["config"].as<std::string>(), "weir.conf");
}

TEST(config_command_line, mistakes_are_told_with_what_would_be_right) {
    EXPECT_EQ(mistake({"--jsn"}), "no option `--jsn`; did you mean `--json`?");
    EXPECT_EQ(mistake({"--limt=3"}), "no option `--limt`; did you mean `--limit`?");
    EXPECT_EQ(mistake({"--lim", "3"}), "no option `--lim`; did you mean `--limit`?");
    EXPECT_EQ(mistake({"-x"}), "no option `-x`; `prog --help` lists them all");
    EXPECT_EQ(mistake({"--limit"}), "`--limit N`: the value is missing");
    EXPECT_EQ(mistake({"--limit="}), "`--limit N`: the value is missing");
    EXPECT_EQ(mistake({"-c"}), "`--config FILE`: the value is missing");
    EXPECT_EQ(mistake({"--config", "--json"}), "`--config FILE`: the value is missing");
    EXPECT_EQ(mistake({"--limit", "many"}), "`--limit N`: `many` is not a valid number");
    EXPECT_EQ(mistake({"--json=3"}), "`--json` takes no value");
    EXPECT_EQ(mistake({"--limit", "3", "--limit", "4"}), "`--limit` is given twice");
}

TEST(config_command_line, what_follows_two_dashes_is_not_ours) {
    const char* const arguments[] = {"weir", "--check", "--", "--no-pci", "--"};
    const auto [own, eal] = divide_arguments(5, arguments);
    EXPECT_EQ(own, std::vector<std::string>{"--check"});
    EXPECT_EQ(eal, (std::vector<std::string>{"--no-pci", "--"}));
}

} // namespace
} // namespace weir::config
