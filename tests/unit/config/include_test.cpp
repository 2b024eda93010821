// Files that include others: which are read, in which order, and what is said of their mistakes.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "config/difference.h"
#include "unit/config/fixture.h"

namespace weir::config {
namespace {

namespace fs = std::filesystem;

/// A folder of its own, with files; problems name them without the folder.
class config_include : public testing::Test {
protected:
    config_include() {
        fs::remove_all(folder);
        fs::create_directories(folder / "conf.d");
    }
    ~config_include() override { fs::remove_all(folder); }

    void put(const std::string& name, const std::string& text) const {
        std::ofstream(folder / name) << text;
    }
    load_result loaded() const { return load(folder / "weir.conf", {}); }
    std::string problems() const {
        std::string all;
        for (const problem& p : loaded().problems)
            all += to_string(p) + "\n";
        const std::string prefix = folder.string() + "/";
        for (std::size_t at = all.find(prefix); at != std::string::npos; at = all.find(prefix, at))
            all.erase(at, prefix.size());
        return all;
    }
    std::vector<std::string> services() const {
        std::vector<std::string> names;
        const auto found = loaded();
        for (const service& s : found.configuration.value().services)
            names.push_back(s.name);
        return names;
    }

    const fs::path folder = fs::path(testing::TempDir()) / ("weir-" + std::to_string(getpid()));
};

std::string service_called(const std::string& name, const std::string& vip) {
    return "[service " + name + "]\nlisten = " + vip + ":80\n";
}

TEST_F(config_include, reads_what_a_pattern_means_sorted_where_it_stands) {
    put("weir.conf", some_port + service_called("first", "192.0.2.1")
                         + "include conf.d/*.conf   # all of them\nserver = 192.0.2.11\n"
                         + service_called("last", "192.0.2.2"));
    put("conf.d/20.conf", service_called("b", "192.0.2.20"));
    put("conf.d/3.conf", service_called("c", "192.0.2.30"));
    put("conf.d/10.conf", service_called("a", "192.0.2.10"));
    put("conf.d/10.conf~", "what an editor leaves\n");
    put("conf.d/.hidden.conf", "what another leaves\n");
    EXPECT_EQ(services(), (std::vector<std::string>{"first", "a", "b", "c", "last"}));
    const configuration c = loaded().configuration.value();
    EXPECT_EQ(c.services.at(0).servers.size(), 1U) << "the section goes on behind the line";
    EXPECT_EQ(c.services.at(1).where, (place{folder / "conf.d/10.conf", 1}));
    EXPECT_EQ(c.files,
              (std::vector<std::string>{folder / "weir.conf", folder / "conf.d/10.conf",
                                        folder / "conf.d/20.conf", folder / "conf.d/3.conf"}));
}

TEST_F(config_include, is_relative_to_the_file_that_includes) {
    put("weir.conf", std::string(some_port) + "include conf.d/one.conf\n");
    put("conf.d/one.conf", "include two.conf\n");
    put("conf.d/two.conf", service_called("two", "192.0.2.2"));
    EXPECT_EQ(services(), std::vector<std::string>{"two"});
}

TEST_F(config_include, may_match_nothing_in_a_folder) {
    put("weir.conf", std::string(some_port) + "include conf.d/*.conf\n");
    EXPECT_EQ(problems(), "");
}

TEST_F(config_include, of_what_is_not_there_is_a_problem) {
    put("weir.conf", std::string(some_port)
                         + "include conf.d/a.conf\ninclude confd/*.conf\ninclude\n"
                           "include = conf.d/*.conf\ninclude conf.d\n");
    EXPECT_EQ(problems(),
              "weir.conf:3: include: `conf.d/a.conf` cannot be read: No such file or directory\n"
              "weir.conf:4: include: `confd` cannot be read: No such file or directory\n"
              "weir.conf:5: include: write `include FILE` without `=`, as include conf.d/*.conf\n"
              "weir.conf:6: include: write `include FILE` without `=`, as include conf.d/*.conf\n"
              "weir.conf:7: include: `conf.d` is not a file\n");
}

TEST_F(config_include, tells_of_mistakes_with_the_file_and_its_line) {
    put("weir.conf", std::string(some_port) + "includes = x\ninclude conf.d/*\n"
                         + service_called("web", "192.0.2.1") + "server = 192.0.2.11\n");
    put("conf.d/a", "server = 192.0.2.11\n" + service_called("web", "192.0.2.2"));
    put("conf.d/b", service_called("b", "192.0.2.2") + "\nservr = 192.0.2.11\n");
    EXPECT_EQ(
        problems(),
        "weir.conf:3: `includes` is not a key of [port]; valid: device, twin, address, vlan, mtu, "
        "queues, descriptors, promiscuous, source-check, neighbour, route, gateway\n"
        "weir.conf:5: [service web] is already on line 2 of `conf.d/a`: give this one another "
        "name\n"
        "conf.d/a:1: this stands before any section: an included file begins with a section of "
        "its own, as `[service NAME]`\n"
        "conf.d/b:2: `192.0.2.2:80/tcp` is already a listener of [service web] on line 3 of "
        "`conf.d/a`: give it to one service, once\n"
        "conf.d/b:4: `servr` is not a key of [service]; did you mean `server`?\n");
}

TEST_F(config_include, happens_once_for_each_file_so_that_no_cycle_can_be) {
    put("weir.conf", std::string(some_port) + "include a.conf\n");
    put("a.conf", "include b.conf\n");
    put("b.conf", "include a.conf\ninclude weir.conf\ninclude b.conf\n");
    fs::create_symlink("b.conf", folder / "other.conf");
    EXPECT_EQ(problems(), "b.conf:1: include: `a.conf` is already included on line 3 of "
                          "`weir.conf`: include it once\n"
                          "b.conf:2: include: `weir.conf` is the file that all begins with: "
                          "include only others\n"
                          "b.conf:3: include: `b.conf` is already included on line 1 of `a.conf`: "
                          "include it once\n");
    put("a.conf", "include b.conf\ninclude other.conf\n");
    put("b.conf", "");
    EXPECT_EQ(problems(), "a.conf:2: include: `other.conf` is already included on line 1: include "
                          "it once\n");
}

TEST_F(config_include, names_the_file_of_what_needs_a_restart) {
    put("weir.conf", "include conf.d/*.conf\n");
    put("conf.d/port.conf", some_port);
    const configuration before = loaded().configuration.value();
    put("conf.d/port.conf", std::string(some_port) + "mtu = 9000\n");
    const auto needs = needs_restart(before, loaded().configuration.value());
    ASSERT_EQ(needs.size(), 1U);
    EXPECT_EQ(needs[0].where, (place{folder / "conf.d/port.conf", 3}));
}

TEST(config_text, without_a_file_includes_nothing) {
    EXPECT_EQ(problems_of(std::string(some_port) + "include /etc/passwd\n"),
              "t.conf:3: include: this text is not in a file, so there is none beside it");
}

} // namespace
} // namespace weir::config
