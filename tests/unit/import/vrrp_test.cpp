// What instances and sync groups of VRRP track and run.

#include <sstream>

#include "unit/import/imported.h"

namespace weir::importer {
namespace {

std::string instance(const std::string& name, int id, const std::string& more = "") {
    return fmt::format("vrrp_instance {} {{\ninterface eth0\nvirtual_router_id {}\n"
                       "virtual_ipaddress {{\n192.0.2.{}\n}}\n{}}}\n",
                       name, id, id, more);
}

/// The lines of the [vrrp NAME] with these words in them.
std::vector<std::string> lines_of(const std::string& file, const std::string& name,
                                  const std::string& words) {
    std::vector<std::string> found;
    std::istringstream in(file.substr(file.find("[vrrp " + name + "]") + 1));
    for (std::string line; std::getline(in, line) && !line.starts_with('[');)
        if (line.find(words) != std::string::npos) found.push_back(line);
    return found;
}

TEST(import, a_script_that_is_tracked_twice_is_one_line) {
    const std::string scripts = "vrrp_script chk {\nscript \"/bin/true\"\n}\n";
    const outcome got = keepalived(
        "k.conf",
        scripts + instance("A", 1, "track_script {\nchk\nchk\n}\ntrack_script {\nchk\n}\n"));
    EXPECT_EQ(problems_of(got.file), "");
    EXPECT_EQ(lines_of(got.file, "A", "track-script").size(), 1u) << got.file;
    EXPECT_NE(got.report.find("ignored: track_script chk: tracked already"), std::string::npos);
}

TEST(import, a_program_with_quotes_in_quotes) {
    const outcome got =
        keepalived("k.conf", instance("A", 1,
                                      R"(notify_master "/bin/sh -c \"logger a && true\"")"
                                      "\n"));
    EXPECT_EQ(problems_of(got.file), "");
    EXPECT_EQ(lines_of(got.file, "A", "notify-active"),
              std::vector<std::string>{R"(notify-active = /bin/sh -c "logger a && true")"});
}

TEST(import, commands_and_tracks_of_a_sync_group_go_to_its_first_member) {
    const std::string group = "vrrp_script chk {\nscript \"/bin/true\"\n}\n"
                              "vrrp_sync_group G {\ngroup {\nA\nB\n}\nnotify \"/bin/echo x\"\n"
                              "notify_master /bin/true\ntrack_script {\nchk\n}\nsmtp_alert\n}\n";
    const outcome got = keepalived("k.conf", group + instance("A", 1, "notify_master /bin/false\n")
                                                 + instance("B", 2));
    EXPECT_EQ(problems_of(got.file), "");
    EXPECT_EQ(
        lines_of(got.file, "A", "notify "),
        std::vector<std::string>{"notify = /bin/echo x GROUP G {keepalived-state} {priority}"});
    EXPECT_EQ(lines_of(got.file, "A", "notify-active"),
              std::vector<std::string>{"notify-active = /bin/false"});
    EXPECT_EQ(lines_of(got.file, "B", "notify"),
              std::vector<std::string>{"notify-active = /bin/true"})
        << "A has one of its own";
    EXPECT_EQ(lines_of(got.file, "A", "track-script").size(), 1u);
    EXPECT_NE(got.report.find("imported: notify as notify of [vrrp A]"), std::string::npos)
        << got.report;
    EXPECT_NE(got.report.find("vrrp_sync_group G: smtp_alert is not taken over"),
              std::string::npos);

    const outcome full =
        keepalived("k.conf", "vrrp_sync_group G {\ngroup {\nA\n}\nnotify_master /bin/true\n}\n"
                                 + instance("A", 1, "notify_master /bin/false\n"));
    EXPECT_NE(full.report.find("notify_master is not taken over: each member has one of its own"),
              std::string::npos)
        << full.report;
}

} // namespace
} // namespace weir::importer
