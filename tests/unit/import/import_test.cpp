// Importers: real sites' files with the expected result for each line (tests/import), validated by
// the configuration reader; and arbitrary texts, which must produce a file that weir accepts.

#include <random>
#include <sstream>

#include "unit/import/imported.h"

namespace weir::importer {
namespace {

TEST(import, sites_become_what_they_must) {
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(".conf") && !name.ends_with(".ipvsadm")) continue;
        ++files;
        const outcome got = name.ends_with(".conf") ? keepalived(name, content(entry.path()))
                                                    : ipvsadm(name, content(entry.path()));
        EXPECT_EQ(got.file, content(folder / (name + ".weir"))) << name;
        EXPECT_EQ(got.report, content(folder / (name + ".report"))) << name;
        EXPECT_EQ(problems_of(got.file), "") << name;
    }
    EXPECT_GE(files, 7U);
}

TEST(import, a_port_without_a_name_in_the_file_is_asked_for) {
    const outcome got = keepalived("k.conf", "");
    EXPECT_NE(got.file.find("device  = packet:eth0"), std::string::npos);
    EXPECT_NE(got.report.find("ports: needs a decision: eth0 taken"), std::string::npos);
    findings notes;
    const draft d = import_keepalived(
        "k.conf", "", {.id = {}, .interfaces = {"ens1f0", "averylonginterf"}}, {}, notes);
    const std::string file = write(d, "k.conf");
    EXPECT_EQ(notes.count(verdict::decision), 1U) << "its addresses";
    EXPECT_NE(file.find("[port ens1f0]"), std::string::npos);
    EXPECT_EQ(problems_of(file), "");
}

TEST(import, many_services_keep_apart) {
    std::string text;
    for (int i = 0; i < 3000; ++i)
        text +=
            fmt::format("virtual_server 192.0.2.{} {} {{\nprotocol TCP\nlvs_sched rr\nlvs_method "
                        "DR\nreal_server 198.51.100.11 {} {{ }}\n}}\n",
                        i % 200 + 1, i + 1, i + 1);
    const outcome got = keepalived("k.conf", text);
    const auto loaded = config::load_text("result", got.file, {});
    ASSERT_TRUE(loaded) << problems_of(got.file);
    EXPECT_EQ(loaded.configuration->services.size(), 3000U);
    EXPECT_NE(got.report.find("3000 imported, 0 ignored, 2 need a decision"), std::string::npos);
}

TEST(import, names_of_groups_become_names_of_services) {
    const auto names = [](const std::string& group) {
        const outcome got =
            keepalived("k.conf", "virtual_server_group \"" + group
                                     + "\" {\n192.0.2.1 80\n}\nvirtual_server group \"" + group
                                     + "\" {\nprotocol TCP\nreal_server 192.0.2.11 80 { }\n}\n");
        EXPECT_EQ(problems_of(got.file), "");
        const std::size_t at = got.file.find("\n[service ");
        return got.file.substr(at + 10, got.file.find(']', at) - at - 10);
    };
    EXPECT_EQ(names("web"), "web");
    EXPECT_EQ(names("web site/1"), "web-site-1");
    EXPECT_EQ(names(std::string(33, 'x')), "service");
    EXPECT_EQ(names("\xc3\xa9"), "--");
}

TEST(import, a_service_that_weir_refuses_takes_no_other_along) {
    findings notes;
    draft d;
    d.interfaces = {"eth0"};
    for (const auto port : {std::uint16_t{80}, std::uint16_t{81}}) {
        draft_service s;
        s.title = fmt::format("service {}", port);
        s.name = fmt::format("s{}", port);
        s.listen = {{ip_address::v4(192, 0, 2, 1), port, protocol::tcp}};
        s.forward = forwarding{forward_mode::nat};
        if (port == 80) s.settings = {"check = tcp interval=never"};
        s.servers.push_back({.where = {},
                             .address = ip_address::v4(192, 0, 2, 11),
                             .comments = {},
                             .obstacle = {}});
        d.services.push_back(s);
    }
    const std::string file = write_valid(d, "k.conf", notes);
    EXPECT_EQ(problems_of(file), "");
    EXPECT_NE(file.find("\n# [service s80]\n"), std::string::npos) << file;
    EXPECT_NE(file.find("\n[service s81]\n"), std::string::npos) << file;
    ASSERT_EQ(notes.count(verdict::decision), 1U);
    EXPECT_NE(notes.remarks()[0].text.find("service 80 stands behind #: check: interval: `never`"),
              std::string::npos)
        << notes.remarks()[0].text;

    d.interfaces = {"no/interface"};
    EXPECT_THROW(write_valid(d, "k.conf", notes), std::runtime_error);
}

/// Whatever the input, weir accepts the output, and a refusal is one line.
void expect_valid(const std::string& text) {
    try {
        const outcome got = keepalived("k.conf", text);
        EXPECT_EQ(problems_of(got.file), "") << text;
    } catch (const std::runtime_error& r) {
        EXPECT_EQ(std::string(r.what()).find('\n'), std::string::npos);
    }
    EXPECT_EQ(problems_of(ipvsadm("d", text).file), "") << text;
}

TEST(import, any_bytes_and_any_ends) {
    std::vector<std::string> samples;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".conf" || entry.path().extension() == ".ipvsadm")
            samples.push_back(content(entry.path()));
    for (const std::string& sample : samples)
        for (std::size_t end = 0; end < sample.size(); end += 37)
            expect_valid(sample.substr(0, end));

    std::mt19937 random(1);
    const std::string marks = "{}\"'#!$~@\\=\n \t-:./[]0\x80\xff";
    for (int round = 0; round < 300; ++round) {
        std::string text = samples[random() % samples.size()];
        for (std::size_t changes = random() % 20 + 1; changes > 0; --changes) {
            const std::size_t at = random() % text.size();
            switch (random() % 4) {
            case 0:
                text[at] = static_cast<char>(random());
                break;
            case 1:
                text[at] = marks[random() % marks.size()];
                break;
            case 2:
                text.erase(at, random() % 20);
                break;
            default:
                text.insert(at, 1, marks[random() % marks.size()]);
            }
            if (text.empty()) text = "x";
        }
        expect_valid(text);
    }
    for (int round = 0; round < 200; ++round) {
        std::string text(random() % 400, ' ');
        for (char& c : text)
            c = random() % 3 != 0 ? marks[random() % marks.size()] : static_cast<char>(random());
        expect_valid(text);
    }
}

} // namespace
} // namespace weir::importer
