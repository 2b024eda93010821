// What becomes of keepalived's checks: their times, and those that servers do not share.

#include "unit/import/imported.h"

namespace weir::importer {
namespace {

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

} // namespace
} // namespace weir::importer
