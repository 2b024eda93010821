// Importers: files of sites, and what must become of each line (tests/import), held to the reader
// of configurations; and texts of any kind, which must end in a file that weir takes.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include <fmt/format.h>

#include "config/load.h"
#include "import/ipvsadm.h"
#include "import/keepalived.h"

namespace weir::importer {
namespace {

namespace fs = std::filesystem;

const fs::path folder = WEIR_SAMPLES "/../tests/import";

std::string content(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Files of the folder, their names relative to it.
const file_access folder_files{
    .glob =
        [](const std::string& pattern) {
            std::vector<std::string> found;
            const std::size_t star = pattern.find('*');
            for (const auto& entry : fs::recursive_directory_iterator(folder)) {
                const std::string name = fs::relative(entry.path(), folder).string();
                if (name == pattern
                    || (star != std::string::npos && name.starts_with(pattern.substr(0, star))
                        && name.ends_with(pattern.substr(star + 1))))
                    found.push_back(name);
            }
            std::sort(found.begin(), found.end());
            return found;
        },
    .read = [](const std::string& name) -> std::optional<std::string> {
        return content(folder / name);
    }};

struct outcome {
    std::string file;
    std::string report;
};

outcome finish(const draft& d, const std::string& name, const report& notes) {
    outcome result{write(d, name), ""};
    for (const remark& r : notes.remarks())
        result.report += to_string(r) + '\n';
    result.report +=
        fmt::format("{} imported, {} ignored, {} need a decision\n", notes.count(verdict::imported),
                    notes.count(verdict::ignored), notes.count(verdict::decision));
    return result;
}

outcome keepalived(const std::string& name, const std::string& text) {
    report notes;
    const draft d =
        import_keepalived(name, text, {.id = "lb1", .interfaces = {}}, folder_files, notes);
    return finish(d, name, notes);
}

outcome ipvsadm(const std::string& name, const std::string& text) {
    report notes;
    const draft d = import_ipvsadm(name, text, {"eth0", "eth1"}, notes);
    return finish(d, name, notes);
}

std::string problems_of(const std::string& file) {
    std::string all;
    for (const config::problem& p : config::load_text("result", file, {}).problems)
        all += to_string(p) + '\n';
    return all;
}

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
    report notes;
    const draft d = import_keepalived(
        "k.conf", "", {.id = {}, .interfaces = {"ens1f0", "averylonginterf"}}, {}, notes);
    const std::string file = write(d, "k.conf");
    EXPECT_EQ(notes.count(verdict::decision), 0U);
    EXPECT_NE(file.find("[port ens1f0]"), std::string::npos);
    EXPECT_EQ(problems_of(file), "");
}

TEST(import, many_services_keep_apart) {
    std::string text;
    for (int i = 0; i < 3000; ++i)
        text +=
            fmt::format("virtual_server 192.0.2.{} {} {{\nprotocol TCP\nlvs_sched rr\nlvs_method "
                        "DR\nreal_server 192.0.2.11 {} {{ }}\n}}\n",
                        i % 200 + 1, i + 1, i + 1);
    const outcome got = keepalived("k.conf", text);
    const auto loaded = config::load_text("result", got.file, {});
    ASSERT_TRUE(loaded) << problems_of(got.file);
    EXPECT_EQ(loaded.configuration->services.size(), 3000U);
    EXPECT_NE(got.report.find("3000 imported, 0 ignored, 1 need a decision"), std::string::npos);
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

/// Whatever is read, weir takes what is written, and a refusal is one line.
void expect_valid(const std::string& text) {
    try {
        const outcome got = keepalived("k.conf", text);
        EXPECT_EQ(problems_of(got.file), "") << text;
    } catch (const refusal& r) {
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
        for (std::size_t end = 0; end < sample.size(); end += 7)
            expect_valid(sample.substr(0, end));

    std::mt19937 random(1);
    const std::string marks = "{}\"'#!$~@\\=\n \t-:./[]0\x80\xff";
    for (int round = 0; round < 2000; ++round) {
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
    for (int round = 0; round < 500; ++round) {
        std::string text(random() % 400, ' ');
        for (char& c : text)
            c = random() % 3 != 0 ? marks[random() % marks.size()] : static_cast<char>(random());
        expect_valid(text);
    }
}

} // namespace
} // namespace weir::importer
