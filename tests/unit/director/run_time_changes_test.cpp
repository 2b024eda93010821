// What operators changed outlives reloads and restarts, until the file ends it.

#include "director/run_time_changes.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "config/extra_server.h"
#include "config/load.h"

namespace weir::director {
namespace {

class run_time_changes_test : public testing::Test {
protected:
    run_time_changes_test() {
        std::string name = testing::TempDir() + "weir-changes-XXXXXX";
        directory = mkdtemp(name.data());
    }
    ~run_time_changes_test() override { std::filesystem::remove_all(directory); }

    static config::configuration file(const std::string& servers, const char* service = "web") {
        const auto loaded =
            config::load_text("weir.conf",
                              "[port wan]\ndevice = xdp:eth0\n[service " + std::string(service)
                                  + "]\nlisten = 192.0.2.100:80/tcp\n" + servers,
                              {});
        EXPECT_TRUE(loaded) << to_string(loaded.problems.front());
        return *loaded.configuration;
    }
    static std::string servers_of(const config::configuration& c) {
        std::string all;
        for (const config::server& each : c.services.front().servers)
            all += to_string(each.address) + ' ';
        return all;
    }
    static plane::known_server known(const config::server& server) {
        plane::known_server known{{server.address, server.port}};
        known.base_weight = known.configured_weight = server.weight;
        return known;
    }
    /// As a director that starts again.
    run_time_changes again() const { return run_time_changes(directory); }

    std::string directory;
    const std::string two = "server = 192.0.2.11 weight=3\nserver = 192.0.2.12\n";
};

TEST_F(run_time_changes_test, drained_and_disabled_are_known_after_a_restart) {
    const auto c = file(two);
    const config::service& web = c.services.front();
    run_time_changes changes = again();
    plane::known_server first = known(web.servers[0]);
    first.base_weight = 0;
    changes.note_weight(web, first);
    changes.note_disabled(web, known(web.servers[1]), true);
    changes.save();
    run_time_changes later = again();
    later.with(file(two));
    const server_changes* drained = later.find("web", first);
    ASSERT_NE(drained, nullptr);
    EXPECT_EQ(drained->weight->now, 0);
    EXPECT_EQ(drained->weight->in_file, 3);
    EXPECT_LT(std::chrono::system_clock::now() - drained->weight->since, std::chrono::seconds(60));
    EXPECT_TRUE(later.find("web", known(web.servers[1]))->disabled);

    first.base_weight = 3;
    later.note_weight(web, first);
    later.note_disabled(web, known(web.servers[1]), false);
    later.save();
    EXPECT_TRUE(again().all().empty()) << "enabled";
}

TEST_F(run_time_changes_test, since_is_the_first_time) {
    const auto c = file(two);
    const config::service& web = c.services.front();
    run_time_changes changes = again();
    changes.note_disabled(web, known(web.servers[0]), true);
    const auto since = changes.find("web", known(web.servers[0]))->disabled;
    changes.note_disabled(web, known(web.servers[0]), true);
    EXPECT_EQ(changes.find("web", known(web.servers[0]))->disabled, since);
}

TEST_F(run_time_changes_test, added_and_removed_servers_are_merged_into_each_file) {
    auto c = file(two);
    config::service& web = c.services.front();
    run_time_changes changes = again();
    changes.note_removed(web, web.servers[0]);
    config::server extra = web.servers[1];
    extra.address = ip_address::v4(192, 0, 2, 14);
    changes.note_added(web, extra, "192.0.2.14 weight=2 name=web4");
    changes.save();
    auto later = again();
    const auto merged = later.with(file(two));
    EXPECT_EQ(servers_of(merged), "192.0.2.12 192.0.2.14 ");
    EXPECT_EQ(merged.services.front().servers[1].weight, 2);
    EXPECT_EQ(merged.services.front().servers[1].word, "web4");
    EXPECT_TRUE(later.find("web", {extra.address, 0})->added);

    // Removed again: as if it had never been added. Added again as the file has it: as if it had
    // never been removed.
    later.note_removed(merged.services.front(), merged.services.front().servers[1]);
    later.note_added(web, web.servers[0], "192.0.2.11 weight=3");
    EXPECT_TRUE(later.all().empty());
    EXPECT_EQ(servers_of(later.with(file(two))), "192.0.2.11 192.0.2.12 ");
}

TEST_F(run_time_changes_test, a_removed_server_that_is_added_with_another_line_is_there_once) {
    auto c = file(two);
    config::service& web = c.services.front();
    run_time_changes changes = again();
    changes.note_removed(web, web.servers[0]);
    config::server other = web.servers[0];
    other.weight = 7;
    changes.note_added(web, other, "192.0.2.11 weight=7");
    changes.save();
    run_time_changes later = again();
    std::vector<std::string> ended;
    later.tell_to(ended);
    for (int reload = 0; reload < 2; ++reload) {
        const auto merged = later.with(file(two));
        EXPECT_EQ(servers_of(merged), "192.0.2.12 192.0.2.11 ");
        EXPECT_EQ(merged.services.front().servers[1].weight, 7);
    }
    const server_changes* const both = later.find("web", {other.address, 0});
    ASSERT_NE(both, nullptr);
    EXPECT_TRUE(both->added && both->removed) << "a line to take out and one to add";

    run_time_changes removed = later;
    removed.note_removed(web, other);
    EXPECT_EQ(servers_of(removed.with(file(two))), "192.0.2.12 ");
    run_time_changes back = later;
    back.note_removed(web, other);
    back.note_added(web, web.servers[0], "192.0.2.11 weight=3");
    EXPECT_TRUE(back.all().empty());

    const auto changed = later.with(file("server = 192.0.2.11 weight=5\nserver = 192.0.2.12\n"));
    EXPECT_EQ(changed.services.front().servers[0].weight, 5) << "the file has changed its line";
    EXPECT_TRUE(later.all().empty());
    EXPECT_EQ(ended, std::vector<std::string>{"service web: server 192.0.2.11, added at run time, "
                                              "is in the file now: the file counts"});
}

TEST_F(run_time_changes_test, a_removed_server_comes_back_by_the_name_that_list_shows) {
    auto c = file(two);
    config::service& web = c.services.front();
    run_time_changes changes = again();
    EXPECT_EQ(changes.as_file_writes(web, "192.0.2.11:80 weight=3"), "192.0.2.11:80 weight=3");
    changes.note_removed(web, web.servers[0]);
    EXPECT_EQ(changes.as_file_writes(web, "192.0.2.11:80 weight=3"), "192.0.2.11 weight=3");
    for (const char* other : {"192.0.2.11:8080", "192.0.2.12:80", "192.0.2.11 weight=2", "x"})
        EXPECT_EQ(changes.as_file_writes(web, other), other);
}

TEST_F(run_time_changes_test, a_server_of_no_file_is_on_no_line) {
    auto c = file(two);
    config::service& web = c.services.front();
    EXPECT_TRUE(config::add_server(c, web, "192.0.2.14", {"weirctl", 0}).empty());
    const auto problems = config::add_server(c, web, "192.0.2.14 weight=2", {"weirctl", 0});
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems.front().text, "server 192.0.2.14:80 is already added at run time: give it "
                                     "once, with its whole weight");
}

TEST_F(run_time_changes_test, a_look_at_what_a_reload_would_do_logs_nothing_and_tells_what_ends) {
    auto c = file(two);
    run_time_changes changes = again();
    changes.note_removed(c.services.front(), c.services.front().servers[0]);
    const auto said = [&](run_time_changes of) {
        testing::internal::CaptureStderr();
        of.with(file(two));
        return testing::internal::GetCapturedStderr();
    };
    EXPECT_NE(said(changes), "");
    std::vector<std::string> ended;
    changes.tell_to(ended);
    EXPECT_EQ(said(changes), "");
    EXPECT_EQ(ended, std::vector<std::string>{}) << "it goes on";
    changes.with(file("server = 192.0.2.12\n"));
    EXPECT_EQ(ended,
              (std::vector<std::string>{"service web: server 192.0.2.11 is gone, and with it "
                                        "what was changed about it at run time"}));
}

TEST_F(run_time_changes_test, a_server_with_a_name_takes_them_to_another_address_or_port) {
    const auto c = file("server = 192.0.2.11:80 name=web1\nserver = 192.0.2.12:80\n");
    const config::service& web = c.services.front();
    run_time_changes changes = again();
    for (const config::server& each : web.servers)
        changes.note_disabled(web, known(each), true);
    changes.save();
    run_time_changes later = again();
    later.with(
        file("forward = nat\nserver = 192.0.2.21:8080 name=web1\nserver = 192.0.2.12:8080\n"));
    const auto* const moved = later.find("web", {ip_address::v4(192, 0, 2, 21), 8080});
    ASSERT_NE(moved, nullptr);
    EXPECT_TRUE(moved->disabled);
    EXPECT_EQ(later.all().size(), 1u) << "one without a name is another server";
}

TEST_F(run_time_changes_test, the_file_ends_what_it_says_itself) {
    auto c = file(two);
    config::service& web = c.services.front();
    run_time_changes changes = again();
    config::server extra = web.servers[1];
    extra.address = ip_address::v4(192, 0, 2, 14);
    changes.note_added(web, extra, "192.0.2.14 weight=2");
    changes.note_removed(web, web.servers[0]);
    const auto merged = changes.with(file("server = 192.0.2.12\nserver = 192.0.2.14 weight=9\n"));
    EXPECT_EQ(servers_of(merged), "192.0.2.12 192.0.2.14 ");
    EXPECT_EQ(merged.services.front().servers[1].weight, 9) << "the file counts";
    EXPECT_TRUE(changes.all().empty());
}

TEST_F(run_time_changes_test, an_addition_that_no_longer_fits_is_left_out) {
    auto c = file(two);
    config::service& web = c.services.front();
    run_time_changes changes = again();
    config::server extra = web.servers[1];
    extra.address = ip_address::v4(192, 0, 2, 14);
    changes.note_added(web, extra, "192.0.2.14 name=web4");
    const std::string same_name = two + "server = 192.0.2.13 name=web4\n";
    EXPECT_EQ(servers_of(changes.with(file(same_name))), "192.0.2.11 192.0.2.12 192.0.2.13 ");
    EXPECT_TRUE(changes.all().empty());
}

TEST_F(run_time_changes_test, a_renamed_service_keeps_them_and_one_that_goes_does_not) {
    const auto c = file(two);
    const config::service& web = c.services.front();
    run_time_changes changes = again();
    changes.note_disabled(web, known(web.servers[0]), true);
    changes.with(file(two, "www"));
    EXPECT_EQ(changes.find("web", known(web.servers[0])), nullptr);
    EXPECT_NE(changes.find("www", known(web.servers[0])), nullptr);
    config::configuration other = file(two, "mail");
    other.services.front().listen.front().port = 25;
    changes.with(other);
    EXPECT_TRUE(changes.all().empty());
}

TEST_F(run_time_changes_test, a_broken_file_is_no_reason_not_to_start) {
    for (const char* text : {"", "{", "[]", "{\"version\":2,\"servers\":[]}",
                             "{\"version\":1,\"servers\":[{\"service\":7}]}"}) {
        std::ofstream(directory + "/run-time-changes") << text;
        EXPECT_TRUE(again().all().empty()) << text;
    }
}

} // namespace
} // namespace weir::director
