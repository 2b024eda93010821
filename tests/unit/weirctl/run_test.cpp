#include <gtest/gtest.h>

#include "unit/weirctl/mistake.h"
#include "weirctl/table.h"

namespace weir::weirctl {
namespace {

std::string printed(const std::string& line) {
    testing::internal::CaptureStdout();
    const std::string wrong = mistake(line);
    const std::string text = testing::internal::GetCapturedStdout();
    EXPECT_EQ(wrong, "") << line;
    return text;
}

TEST(weirctl_run, unknown_commands_and_options) {
    EXPECT_EQ(mistake(""), "which command? `weirctl --help` lists them");
    EXPECT_EQ(mistake("nosuch"), "no command `nosuch`; `weirctl --help` lists them all");
    EXPECT_EQ(mistake("version"), "no command `version`; did you mean `--version`?");
    EXPECT_EQ(mistake("--run-dir /tmp lsit"), "no command `lsit`; did you mean `list`?");
    EXPECT_EQ(mistake("list --jsn"), "no option `--jsn`; did you mean `--json`?");
    EXPECT_EQ(mistake("status --stats"),
              "no option `--stats`; `weirctl status --help` lists them all");
    EXPECT_EQ(mistake("-q"), "no option `-q`; `weirctl --help` lists them all");
}

TEST(weirctl_run, wait_takes_a_time_behind_an_equals_sign_only) {
    EXPECT_TRUE(mistake("drain --wait= web1").starts_with("`--wait"))
        << mistake("drain --wait= web1");
    for (const char* right : {"drain --wait web1", "drain web1 --wait", "drain --wait=10m web1"})
        EXPECT_THROW(mistake(std::string("--socket /nonesuch ") + right), std::exception) << right;
}

TEST(weirctl_run, a_service_is_a_word_or_an_option) {
    for (const char* right : {"list web", "list --service web", "connections web -n"})
        EXPECT_THROW(mistake(std::string("--socket /nonesuch ") + right), std::exception) << right;
    EXPECT_EQ(mistake("list web --service dns"), "`web` and --service: name one service");
}

TEST(weirctl_run, times_have_units) {
    for (const char* right : {"trace --for 10s", "trace --for 1m", "trace --for 60",
                              "top --once --interval 0.5", "top --once --interval 500ms"})
        EXPECT_THROW(mistake(std::string("--socket /nonesuch ") + right), std::exception) << right;
    EXPECT_TRUE(mistake("trace --for soon").starts_with("--for=TIME: `soon` is not a time"))
        << mistake("trace --for soon");
    EXPECT_TRUE(
        mistake("top --once --interval 10ms").starts_with("--interval=TIME: `10ms` is not a time"))
        << mistake("top --once --interval 10ms");
}

TEST(weirctl_run, a_reload_says_what_has_changed) {
    EXPECT_EQ(reload_text({}), "reloaded; nothing has changed\n");
    EXPECT_EQ(reload_text({"service web is new"}), "reloaded\nservice web is new\n");
    const std::string many = reload_text(std::vector<std::string>(21, "a"));
    EXPECT_TRUE(many.ends_with("a\nand 1 change more\n")) << many;
}

TEST(weirctl_run, words_that_are_missing_or_too_much) {
    EXPECT_EQ(mistake("drain"),
              "SERVER... is missing: weirctl drain SERVER... (see `weirctl drain --help`)");
    EXPECT_EQ(mistake("weight web 192.0.2.11"),
              "N is missing: weirctl weight SERVICE SERVER N (see `weirctl weight --help`)");
    EXPECT_EQ(
        mistake("checks web mail"),
        "`mail` is one word too many: weirctl checks [SERVICE] (see `weirctl checks --help`)");
    EXPECT_EQ(mistake("status web"),
              "`web` is one word too many: weirctl status (see `weirctl status --help`)");
}

TEST(weirctl_run, options_that_contradict_each_other) {
    EXPECT_EQ(mistake("list --stats --rate"),
              "--stats, --rate, --thresholds and --persistent-conn exclude each other");
    EXPECT_EQ(mistake("weight web 192.0.2.11 much"),
              "the weight is a whole number from 0 to 65535, not `much`");
    EXPECT_EQ(mistake("metrics --json"), "metrics has no JSON; `weirctl status --json` has");
}

TEST(weirctl_run, habits_of_ipvsadm_are_answered) {
    for (const char* line : {"-L", "-Ln", "-l", "-L -n --stats", "--list", "-Ln --sort"})
        EXPECT_NE(mistake(line).find("is ipvsadm's; use `weirctl list`"), std::string::npos)
            << line;
    for (const char* line : {"-Lnc", "-L -n -c", "-Lcn", "--list --connection"})
        EXPECT_NE(mistake(line).find("use `weirctl connections`"), std::string::npos) << line;
    EXPECT_NE(mistake("-Sn").find("`weirctl save`"), std::string::npos);
    EXPECT_NE(mistake("-R").find("`weirctl import ipvsadm -`"), std::string::npos);
    for (const char* line : {"-A -t 192.0.2.100:80 -s rr", "--delete-service -t 192.0.2.100:80",
                             "-C", "-a -t 192.0.2.100:80 -r 192.0.2.11", "-e", "--delete-server"})
        EXPECT_NE(mistake(line).find("is ipvsadm's; serv"), std::string::npos) << line;
    EXPECT_NE(mistake("--set 900 120 300").find("`timeout`"), std::string::npos);
}

TEST(weirctl_run, help_is_a_command_too) {
    EXPECT_EQ(printed("help"), printed("--help"));
    EXPECT_EQ(mistake("help nosuch"), mistake("nosuch"));
    for (const command& c : all_commands()) {
        const std::string name = c.name;
        EXPECT_NE(printed("--help").find("\n  " + name), std::string::npos);
        const std::string help = printed("help " + name);
        EXPECT_EQ(help, printed(name + " --help"));
        EXPECT_EQ(help.find("weirctl " + name), 0U);
        EXPECT_NE(help.find("\n  weirctl " + name), std::string::npos) << "an example of " << name;
    }
}

} // namespace
} // namespace weir::weirctl
