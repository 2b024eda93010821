// What servers answer, read by each protocol's dialog: whole, in pieces, broken, oversized.

#include <chrono>

#include <gtest/gtest.h>

#include "health/dialog.h"
#include "health/dns_message.h"

namespace weir::health {
namespace {

/// The answer in pieces of `size` bytes, then the end: "good: ..." or "bad: ...", "" = undecided.
std::string judged(dialog& d, std::string_view bytes, std::size_t size, bool close,
                   std::string* said = nullptr) {
    std::string reply = d.opening();
    std::optional<verdict> v;
    for (std::size_t at = 0; at < bytes.size() && !v; at += size)
        v = d.take(bytes.substr(at, size), reply);
    if (!v && close) v = d.closed();
    if (said != nullptr) *said = reply;
    return v ? (v->what == outcome::good ? "good: " : "bad: ") + v->text : "";
}

/// The same whole, byte by byte and in pieces of seven; they must agree.
std::string judged(const std::string& check, std::string_view bytes, bool close = true) {
    const auto prepared = prepare(config::read_check(check));
    std::string first;
    for (const std::size_t size : {bytes.size() + 1, std::size_t{1}, std::size_t{7}}) {
        const auto d = make_dialog(*prepared, *parse_address("192.0.2.11"), 80);
        const std::string verdict = judged(*d, bytes, size, close);
        if (first.empty()) first = verdict;
        EXPECT_EQ(verdict, first) << "in pieces of " << size;
    }
    return first;
}

TEST(http_answer, is_judged_by_its_status) {
    EXPECT_EQ(judged("http", "HTTP/1.1 200 OK\r\n\r\n"), "good: 200 OK");
    EXPECT_EQ(judged("http", "HTTP/1.0 302 Found\r\nLocation: /x\r\n\r\n"), "good: 302 Found");
    EXPECT_EQ(judged("http", "HTTP/1.1 204\r\n\r\n"), "good: 204");
    EXPECT_EQ(judged("http", "HTTP/1.1 503 Busy\r\n\r\n"), "bad: status 503 Busy");
    EXPECT_EQ(judged("http status=503", "HTTP/1.1 503 Busy\r\n\r\n"), "good: 503 Busy");
    EXPECT_EQ(judged("http status=200,401-403", "HTTP/1.1 404 No\r\n\r\n"), "bad: status 404 No");
}

TEST(http_answer, that_is_none_is_bad) {
    EXPECT_EQ(judged("http", "SSH-2.0-x\r\n"), "bad: not HTTP");
    EXPECT_EQ(judged("http", ""), "bad: closed without an answer");
    EXPECT_EQ(judged("http", "HTTP/1.1 20x OK\r\n"), "bad: not a status line: HTTP/1.1 20x OK");
    EXPECT_EQ(judged("http", "HTTP/1.1 2000 OK\r\n"), "bad: not a status line: HTTP/1.1 2000 OK");
    EXPECT_EQ(judged("http", "HTTP/1.1 200 OK\r\nX: y"), "bad: closed within the headers");
    EXPECT_EQ(judged("http", "HTTP/1.1 200 OK\r\n" + std::string(40000, 'x')),
              "bad: headers of more than 16 KiB");
    EXPECT_EQ(judged("http", "HTTP/1.1 " + std::string(40000, 'x')),
              "bad: headers of more than 16 KiB");
    EXPECT_EQ(judged("http", "HTTP/1.1 200 OK\r\n", false), "");
}

TEST(http_answer, may_come_after_interim_ones) {
    const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";
    EXPECT_EQ(judged("http", interim + answer), "good: 200 OK");
    EXPECT_EQ(judged("http body=fine", interim + interim + answer, false), "good: 200 OK");
    EXPECT_EQ(judged("http", interim + "HTTP/1.1 503 Busy\r\n\r\n"), "bad: status 503 Busy");
    EXPECT_EQ(judged("http", interim), "bad: closed without an answer");
    EXPECT_EQ(judged("http status=103", interim, false), "good: 103 Early Hints");
    EXPECT_EQ(judged("http", "HTTP/1.1 101 Other\r\n\r\n"), "bad: status 101 Other");
}

TEST(http_answer, comes_after_a_bounded_number_of_interim_ones) {
    std::string many;
    for (int i = 0; i < 16; ++i)
        many += "HTTP/1.1 100 Continue\r\n\r\n";
    const std::string answer = "HTTP/1.1 200 OK\r\n\r\n";
    EXPECT_EQ(judged("http", many + answer), "good: 200 OK");
    EXPECT_EQ(judged("http", many + "HTTP/1.1 100 Continue\r\n\r\n" + answer),
              "bad: more than 16 interim answers");
}

// Whatever decides first in the order of the bytes decides, however they are cut.
TEST(http_answer, has_one_verdict_however_it_is_cut) {
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(judged("http body=fine", chunked + "4\r\nfine\r\nno chunk\r\n"), "good: 200 OK");
    EXPECT_EQ(judged("http body=fine", chunked + "no chunk\r\n4\r\nfine\r\n"),
              "bad: a broken chunk in the body");
    const std::string full = "10000\r\n" + std::string(65536, 'x') + "\r\nno chunk\r\n";
    EXPECT_EQ(judged("http body=y", chunked + full), "bad: 200 OK, but the body lacks the text");
    EXPECT_EQ(judged("http regex=y", chunked + full), "bad: 200 OK, but the body does not match");
    for (std::size_t size = 16380; size < 16390; ++size) {
        const std::string head = "HTTP/1.1 200 OK\r\nX: ";
        const std::string padding(size - head.size(), 'x');
        EXPECT_EQ(judged("http", head + padding + "\r\n\r\n"),
                  size + 4 <= 16385 ? "good: 200 OK" : "bad: headers of more than 16 KiB");
        EXPECT_EQ(judged("http", "HTTP/1.1 503 " + padding + "\r\n\r\n").substr(0, 14),
                  padding.size() + 14 <= 16385 ? "bad: status 50" : "bad: headers o");
    }
}

TEST(http_answer, may_end_its_lines_with_line_feeds_alone) {
    EXPECT_EQ(judged("http", "HTTP/1.0 200 OK\n\n", false), "good: 200 OK");
    EXPECT_EQ(judged("http body=fine", "HTTP/1.0 200 OK\nContent-Length: 4\n\nfine", false),
              "good: 200 OK");
    EXPECT_EQ(judged("http body=fine", "HTTP/1.0 200 OK\nX: y\n\r\nfine", false), "good: 200 OK");
}

TEST(http_answer, has_a_text_in_its_body) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n";
    EXPECT_EQ(judged("http body=world", head + "hello world", false), "good: 200 OK");
    EXPECT_EQ(judged("http body=worlds", head + "hello world", false),
              "bad: 200 OK, but the body lacks the text");
    EXPECT_EQ(judged("http body=worlds", head + "hello"), "bad: closed within the body");
    // What comes after the body is not the body.
    EXPECT_EQ(judged("http body=more", head + "hello world more", false),
              "bad: 200 OK, but the body lacks the text");
    EXPECT_EQ(judged("http body=\"all is well\"", "HTTP/1.1 200 OK\r\n\r\nall is well"),
              "good: 200 OK");
    const std::string flood(1 << 18, 'x');
    EXPECT_EQ(judged("http body=y", "HTTP/1.1 200 OK\r\n\r\n" + flood, false),
              "bad: 200 OK, but the body lacks the text");
}

TEST(http_answer, matches_an_expression) {
    const std::string head = "HTTP/1.1 200 OK\r\n\r\n";
    EXPECT_EQ(judged("http regex=\"^load: [0-4]\\.\"", head + "up\nload: 3.1\n"), "good: 200 OK");
    EXPECT_EQ(judged("http regex=\"^load: [0-4]\\.\"", head + "up\nload: 7.1\n"),
              "bad: 200 OK, but the body does not match");
    EXPECT_EQ(judged("http regex=b$", head + std::string("a\0b", 3)), "good: 200 OK");
    EXPECT_EQ(judged("http regex=\"^a|^c\"", head + "b\nc\n"), "good: 200 OK");
}

// A matcher that begins anew at every byte takes ten seconds for this one.
TEST(http_answer, is_matched_in_one_go) {
    const std::string head = "HTTP/1.1 200 OK\r\n\r\n";
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(judged("http regex=\"[a-z]+ ok\"", head + std::string(60000, 'a')),
              "bad: 200 OK, but the body does not match");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST(http_answer, may_be_chunked) {
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(judged("http body=\"hello world\"",
                     head + "6;x=y\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n", false),
              "good: 200 OK");
    EXPECT_EQ(judged("http body=no", head + "5\r\nhello\r\n0\r\n\r\n", false),
              "bad: 200 OK, but the body lacks the text");
    EXPECT_EQ(judged("http body=no", head + "zz\r\n"), "bad: a broken chunk in the body");
    EXPECT_EQ(judged("http body=no", head + "fffffffffffffffff\r\n"),
              "bad: a broken chunk in the body");
    EXPECT_EQ(judged("http body=no", head + std::string(1000, '1')),
              "bad: a broken chunk in the body");
}

TEST(http_request, says_what_is_configured) {
    const auto prepared =
        prepare(config::read_check("http method=HEAD path=/x host=www.example.com"));
    EXPECT_EQ(make_dialog(*prepared, *parse_address("192.0.2.11"), 80)->opening(),
              "HEAD /x HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: weir\r\nAccept: */*\r\n"
              "Connection: close\r\n\r\n");
}

/// The Host header of a check without `host` (RFC 9112 section 3.2).
std::string host_asked(const std::string& check, const std::string& server, std::uint16_t port) {
    const std::string request =
        make_dialog(*prepare(config::read_check(check)), *parse_address(server), port)->opening();
    const std::size_t at = request.find("Host: ") + 6;
    return request.substr(at, request.find('\r', at) - at);
}

TEST(http_request, is_for_the_servers_address_and_port) {
    EXPECT_EQ(host_asked("http", "192.0.2.11", 80), "192.0.2.11");
    EXPECT_EQ(host_asked("http", "192.0.2.11", 8080), "192.0.2.11:8080");
    EXPECT_EQ(host_asked("http", "192.0.2.11", 443), "192.0.2.11:443");
    EXPECT_EQ(host_asked("https", "192.0.2.11", 443), "192.0.2.11");
    EXPECT_EQ(host_asked("http", "2001:db8::11", 80), "[2001:db8::11]");
    EXPECT_EQ(host_asked("http", "2001:db8::11", 8080), "[2001:db8::11]:8080");
    EXPECT_EQ(host_asked("https", "2001:db8::11", 443), "[2001:db8::11]");
    EXPECT_EQ(host_asked("https", "2001:db8::11", 80), "[2001:db8::11]:80");
}

TEST(smtp_answer, greets_and_answers_ehlo) {
    EXPECT_EQ(judged("smtp", "220 mx ESMTP\r\n250-mx\r\n250-SIZE\r\n250 HELP\r\n", false),
              "good: 250 HELP");
    EXPECT_EQ(judged("smtp", "220-a\r\n220 b\r\n250 ok\r\n", false), "good: 250 ok");
    EXPECT_EQ(judged("smtp", "554 no\r\n", false), "bad: 554 no");
    EXPECT_EQ(judged("smtp", "220 mx\r\n502 what\r\n", false), "bad: 502 what");
    EXPECT_EQ(judged("smtp", "HTTP/1.1 400 Bad\r\n", false), "bad: not SMTP: HTTP/1.1 400 Bad");
    EXPECT_EQ(judged("smtp", "22\r\n", false), "bad: not SMTP: 22");
    EXPECT_EQ(judged("smtp", "220 mx\r\n"), "bad: closed while the answer to EHLO was due");
    EXPECT_EQ(judged("smtp", std::string(5000, '2'), false), "bad: a line of more than 1 KiB");
    std::string endless;
    for (int i = 0; i < 200; ++i)
        endless += "220-x\r\n";
    EXPECT_EQ(judged("smtp", endless, false), "bad: an answer of more than 64 lines");

    std::string said;
    const auto prepared = prepare(config::read_check("smtp helo=lb1.example.com"));
    judged(*make_dialog(*prepared, *parse_address("192.0.2.11"), 80), "220 mx\r\n250 ok\r\n", 100,
           false, &said);
    EXPECT_EQ(said, "EHLO lb1.example.com\r\nQUIT\r\n");
}

TEST(agent_answer, is_a_line) {
    EXPECT_EQ(judged("agent port=1", "up 75%\r\nrest", false), "good: up 75%");
    EXPECT_EQ(judged("agent port=1", "up"), "bad: a line without an end");
    EXPECT_EQ(judged("agent port=1", ""), "bad: closed without an answer");
    EXPECT_EQ(judged("agent port=1", "bogus\n", false), "bad: unknown word bogus");
    EXPECT_EQ(judged("agent port=1", std::string(20480, 'x'), false),
              "bad: a line of more than 16 KiB");
}

/// An answer to a query for www.example.com: header bits, counts, records.
std::string answer_to(std::string query, unsigned char rcode, unsigned char count,
                      const std::string& records) {
    query[2] = '\x81';
    query[3] = static_cast<char>(0x80 | rcode);
    query[7] = static_cast<char>(count);
    return query + records;
}

std::string of_dns(const std::string& query, const std::string& answer,
                   const std::string& expect = "") {
    const auto v = judge_dns_answer(query, answer, expect);
    return v ? (v->what == outcome::good ? "good: " : "bad: ") + v->text : "ignored";
}

TEST(dns_answer, has_a_record_of_the_type) {
    const std::string query = dns_query(0x1234, "www.example.com", "A");
    const std::string a("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\x0b", 16);
    const std::string cname("\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\x10", 14);
    EXPECT_EQ(of_dns(query, answer_to(query, 0, 1, a)), "good: NOERROR, 1 answer");
    EXPECT_EQ(of_dns(query, answer_to(query, 0, 2, cname + a)), "good: NOERROR, 2 answers");
    EXPECT_EQ(of_dns(query, answer_to(query, 0, 1, cname)), "bad: no answer of the type asked for");
    EXPECT_EQ(of_dns(query, answer_to(query, 0, 1, a), "192.0.2.11"), "good: NOERROR, 1 answer");
    EXPECT_EQ(of_dns(query, answer_to(query, 0, 1, a), "192.0.2.12"),
              "bad: 192.0.2.12 is not among the answers");
    EXPECT_EQ(of_dns(query, answer_to(query, 0, 0, "")), "bad: NOERROR without an answer");
    EXPECT_EQ(of_dns(query, answer_to(query, 3, 0, "")), "bad: NXDOMAIN");
    EXPECT_EQ(of_dns(query, answer_to(query, 5, 0, "")), "bad: REFUSED");
}

TEST(dns_answer, of_others_is_passed_over_and_broken_ones_are_bad) {
    const std::string query = dns_query(0x1234, "www.example.com", "A");
    const std::string other = dns_query(0x1235, "www.example.com", "A");
    const std::string question = dns_query(0x1234, "www.example.org", "A");
    EXPECT_EQ(of_dns(query, answer_to(other, 0, 0, "")), "ignored");
    EXPECT_EQ(of_dns(query, answer_to(question, 0, 0, "")), "ignored");
    EXPECT_EQ(of_dns(query, query), "ignored");
    const std::string a("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\x0b", 16);
    const std::string whole = answer_to(query, 0, 1, a);
    for (std::size_t cut = 0; cut < whole.size(); ++cut) { // sanitizers watch
        const std::string verdict = of_dns(query, whole.substr(0, cut));
        EXPECT_TRUE(verdict == "ignored" || verdict == "bad: a broken answer") << cut << verdict;
    }
    EXPECT_EQ(of_dns(query, answer_to(query, 0, 1, std::string(600, '\x7f'))),
              "bad: a broken answer");
    EXPECT_EQ(of_dns(query, answer_to(query, 0, 1, std::string(3, '\xff'))),
              "bad: a broken answer");
}

} // namespace
} // namespace weir::health
