// Importers: real sites' files with the expected result for each line (tests/import), validated by
// the configuration reader; and arbitrary texts, which must produce a file that weir accepts.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

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

/// The files of the folder, with names relative to it.
const file_access folder_files{
    .glob =
        [](const std::string& pattern) {
            std::vector<std::string> found;
            const std::size_t star = pattern.find('*');
            for (const auto& entry : fs::recursive_directory_iterator(folder)) {
                if (!entry.is_regular_file()) continue;
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
        if (!fs::is_regular_file(folder / name)) return std::nullopt;
        return content(folder / name);
    }};

struct outcome {
    std::string file;
    std::string report;
};

outcome finish(draft d, const std::string& name, findings& notes) {
    outcome result{write_valid(d, name, notes), ""};
    for (const remark& r : notes.remarks())
        result.report += to_string(r) + '\n';
    result.report +=
        fmt::format("{} imported, {} ignored, {} need a decision\n", notes.count(verdict::imported),
                    notes.count(verdict::ignored), notes.count(verdict::decision));
    return result;
}

outcome keepalived(const std::string& name, const std::string& text) {
    findings notes;
    const draft d =
        import_keepalived(name, text, {.id = "lb1", .interfaces = {}}, folder_files, notes);
    return finish(d, name, notes);
}

outcome ipvsadm(const std::string& name, const std::string& text) {
    findings notes;
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
    findings notes;
    const draft d = import_keepalived(
        "k.conf", "", {.id = {}, .interfaces = {"ens1f0", "averylonginterf"}}, {}, notes);
    const std::string file = write(d, "k.conf");
    EXPECT_EQ(notes.count(verdict::decision), 1U) << "its addresses";
    EXPECT_NE(file.find("[port ens1f0]"), std::string::npos);
    EXPECT_EQ(problems_of(file), "");
}

/// The check imported from a checker in a virtual server that also says `more`.
std::string check_of(const std::string& checker, const std::string& more = "") {
    const outcome got = keepalived(
        "k.conf", "virtual_server 192.0.2.1 80 {\nprotocol TCP\nlb_algo rr\n"
                  "lb_kind NAT\n"
                      + more + "\nreal_server 198.51.100.11 8080 {\n" + checker + "\n}\n}\n");
    EXPECT_EQ(problems_of(got.file), "") << got.file;
    const std::size_t at = got.file.find("\ncheck     = ");
    return at == std::string::npos
               ? "none: " + got.report
               : got.file.substr(at + 13, got.file.find('\n', at + 1) - at - 13);
}

TEST(import, a_server_is_down_as_soon_as_with_keepalived_or_at_most_a_turn_later) {
    const auto fall = [](const char* loop, const char* retry, const char* delay) {
        const std::string check = check_of(
            "TCP_CHECK {\nconnect_timeout 0.1\n}",
            fmt::format("delay_loop {}\nretry {}\ndelay_before_retry {}", loop, retry, delay));
        const std::size_t at = check.find(" fall=");
        return at == std::string::npos ? check
                                       : check.substr(at + 6, check.find(" rise=") - at - 6);
    };
    EXPECT_EQ(fall("6", "0", "3"), "1");
    EXPECT_EQ(fall("6", "1", "0"), "2 fall-interval=10ms"); // it retries at once
    EXPECT_EQ(fall("6", "2", "3"), "3 fall-interval=3s");
    EXPECT_EQ(fall("60", "3", "1"), "4 fall-interval=1s");
    EXPECT_EQ(fall("6", "2", "6"), "3"); // its retries are turns
    EXPECT_EQ(fall("6", "2", "7"), "4"); // 14 s are three turns
    EXPECT_EQ(fall("1", "3", "30"), "91");
    EXPECT_EQ(fall("1.5", "3", "1.5"), "4");
    EXPECT_EQ(fall("1", "99", "1"), "100");
    EXPECT_EQ(fall("1", "100", "1"), "100");   // weir's most
    EXPECT_EQ(fall("0.001", "1", "1"), "100"); // and its shortest interval is 10 ms
    // Defaults: 1 retry, after 1 s; HTTP: after 3 s; DNS: 3 retries, after delay_loop; scripts:
    // none.
    EXPECT_EQ(check_of("TCP_CHECK { }"),
              "tcp interval=60s timeout=5s fall=2 fall-interval=1s rise=1 first-state=up");
    EXPECT_EQ(check_of("HTTP_GET { url { path / } }", "delay_loop 1"),
              "http path=/ status=200-299 interval=1s timeout=1s fall=4 rise=1 first-state=up");
    EXPECT_EQ(check_of("DNS_CHECK { }", "alpha"),
              "dns interval=60s timeout=5s fall=4 rise=1 first-state=down");
    EXPECT_EQ(check_of("MISC_CHECK { misc_path /bin/true }", "delay_loop 7"),
              "script run=/bin/true interval=7s timeout=7s fall=1 rise=1 first-state=up");
}

TEST(import, servers_that_are_checked_in_another_way_have_their_own_checks) {
    const auto server_lines = [](const std::vector<std::string>& checkers) {
        std::string text = "virtual_server 192.0.2.1 80 {\ndelay_loop 6\nretry 0\nprotocol TCP\n"
                           "lb_algo rr\nlvs_method NAT\n";
        for (std::size_t i = 0; i < checkers.size(); ++i)
            text += fmt::format("real_server 192.0.2.{} 80 {{\n{}\n}}\n", 11 + i, checkers[i]);
        const outcome got = keepalived("k.conf", text + "}\n");
        EXPECT_EQ(problems_of(got.file), "") << got.file;
        std::string lines;
        std::istringstream file(got.file);
        for (std::string line; std::getline(file, line);)
            if (line.starts_with("check ") || line.starts_with("server "))
                lines += line.substr(line.find("= ") + 2) + "\n";
        return lines;
    };
    const std::string turns = " interval=6s timeout=5s fall=1 rise=1 first-state=up";
    const std::string tcp = "TCP_CHECK { }";
    EXPECT_EQ(server_lines({tcp, tcp, "PING_CHECK { }"}),
              "tcp" + turns + "\n192.0.2.11\n192.0.2.12\n192.0.2.13 check=icmp" + turns + "\n");
    EXPECT_EQ(server_lines({"", tcp, tcp}),
              "tcp" + turns + "\n192.0.2.11 check=none\n192.0.2.12\n192.0.2.13\n");
    EXPECT_EQ(server_lines({"", "", tcp + "\nPING_CHECK { }"}),
              "192.0.2.11\n192.0.2.12\n192.0.2.13 check=tcp" + turns + " check=icmp" + turns
                  + "\n");
    EXPECT_EQ(server_lines({tcp, tcp, "TCP_CHECK { connect_port 81 }"}),
              "tcp" + turns + "\n192.0.2.11\n192.0.2.12\n192.0.2.13 check=tcp port=81" + turns
                  + "\n");
    // Other times alone: one check, with the longest.
    EXPECT_EQ(server_lines({tcp, "TCP_CHECK { connect_timeout 3 }"}),
              "tcp" + turns + "\n192.0.2.11\n192.0.2.12\n");
}

TEST(import, what_a_check_cannot_say_is_left_to_the_operator) {
    for (const char* checker :
         {"HTTP_GET { }", "HTTP_GET { url { path no-slash } }",
          "HTTP_GET { url { path \"/a#b\" } }", "HTTP_GET {\nurl {\npath /\nstatus_code 20x\n}\n}",
          "TCP_CHECK { connect_ip 192.0.2.9 }", "MISC_CHECK { }",
          "MISC_CHECK { misc_path relative }", "MISC_CHECK { misc_path /nonesuch }",
          "MISC_CHECK { misc_path \"/bin/echo 'open\" }", "DNS_CHECK { type DNSKEY }",
          "UDP_CHECK { }", "UDP_CHECK { payload 123 }", "BFD_CHECK { name x }",
          "FILE_CHECK { track_file x }"}) {
        const std::string said = check_of(checker);
        EXPECT_TRUE(said.starts_with("none: ")) << checker << said;
        EXPECT_NE(said.find("needs a decision: "), std::string::npos) << checker << said;
    }
    // The rest of such a check is imported.
    EXPECT_TRUE(check_of("TCP_CHECK { connect_port 0 }").starts_with("tcp interval"));
    EXPECT_TRUE(check_of("TCP_CHECK { connect_port 81 }").starts_with("tcp port=81 interval"));
    EXPECT_TRUE(check_of("TCP_CHECK { connect_port 8080 }").starts_with("tcp interval"));
    EXPECT_TRUE(check_of("TCP_CHECK { bindto 2001:db8::1 }").starts_with("tcp interval"));
    EXPECT_TRUE(check_of("TCP_CHECK { bindto 192.0.2.2 }").starts_with("tcp from=192.0.2.2 "));
}

TEST(import, a_check_that_connects_to_the_vip_asks_it_at_its_server) {
    const auto file_of = [](const std::string& method, const std::string& checker) {
        const outcome got = keepalived(
            "k.conf", "virtual_server 192.0.2.1 80 {\nprotocol TCP\nlb_algo rr\nlvs_method "
                          + method + "\nreal_server 192.0.2.11 80 {\n" + checker + "\n}\n}\n");
        EXPECT_EQ(problems_of(got.file), "") << got.file;
        return got.file;
    };
    const std::string to_vip = "\ncheck     = tcp to=vip interval=60s ";
    for (const char* method : {"DR", "TUN"})
        EXPECT_NE(file_of(method, "TCP_CHECK { connect_ip 192.0.2.1 }").find(to_vip),
                  std::string::npos)
            << method;
    EXPECT_NE(file_of("DR", "TCP_CHECK { connect_ip 192.0.2.11 }").find("\ncheck     = tcp int"),
              std::string::npos);
    for (const char* checker : {"TCP_CHECK { connect_ip 192.0.2.2 }", "TCP_CHECK { connect_ip x }",
                                "PING_CHECK { connect_ip 192.0.2.1 }"})
        EXPECT_EQ(file_of("DR", checker).find("\ncheck "), std::string::npos) << checker;
    EXPECT_EQ(file_of("NAT", "TCP_CHECK { connect_ip 192.0.2.1 }").find("\ncheck "),
              std::string::npos);
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
