// Any bytes as what a server answers to a check: every dialog has one verdict however the answer is
// cut, keeps to one line of words, and agents' lines and DNS answers are read within their bytes.
//
// The first byte names the check, the second the size of the pieces.

#include <array>
#include <string_view>

#include "health/agent_line.h"
#include "health/dialog.h"
#include "health/dns_message.h"
#include "script.h"
#include "target.h"

namespace weir::fuzz {

namespace {

using namespace health;

const std::vector<std::shared_ptr<const prepared_check>>& checks() {
    static const auto all = [] {
        std::vector<std::shared_ptr<const prepared_check>> made;
        for (const char* text : {"http", "http body=fine", "http regex=f.ne", "http status=503",
                                 "smtp", "agent port=8"})
            made.push_back(prepare(config::read_check(text)));
        return made;
    }();
    return all;
}

std::string in_words(const verdict& v) {
    std::string text = std::to_string(static_cast<int>(v.what)) + " " + v.text;
    if (v.agent)
        text += " " + std::to_string(v.agent->percent.value_or(999)) + " "
                + std::to_string(v.agent->weight.value_or(999)) + " " + v.agent->description;
    return text;
}

/// What the dialog says in the end.
std::string judged(const prepared_check& check, std::string_view bytes, std::size_t size) {
    const auto d = make_dialog(check, ip_address::v4(192, 0, 2, 11), 80);
    std::string reply = d->opening();
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
        require(d->awaited() != nullptr, "a dialog waits for something");
        if (const auto v = d->take(bytes.substr(0, size), reply)) return in_words(*v);
        require(reply.size() < 65536, "replies are bounded");
    }
    return in_words(d->closed());
}

void read_dns(std::string_view text) {
    const std::string query = dns_query(0x4711, "example.com", "A");
    std::string answer(text);
    answer.replace(0, std::min<std::size_t>(2, answer.size()), query.substr(0, 2));
    judge_dns_answer(query, text, "");
    judge_dns_answer(query, answer, "192.0.2.7");
}

} // namespace

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    const auto add = [&](int check, int size, std::string_view answer) {
        all.push_back(steps(check, size) + std::string(answer));
    };
    for (int check = 0; check < 4; ++check) {
        add(check, 1, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine");
        add(check, 7,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
            "chunked\r\n\r\n2\r\nfi\r\n2;x=y\r\nne\r\n0\r\n\r\n");
        add(check, 3, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 503 Busy\r\nA: b\r\n\r\nno");
    }
    add(4, 5, "220-mx\r\n220 mx\r\n250-mx\r\n250 HELP\r\n221 bye\r\n");
    add(4, 5, "554 no\r\n");
    add(5, 2, "up ready 75% weight:30 maxconn:30 # as always\n");
    add(5, 2, "drain\r\n");
    const std::string query = health::dns_query(0x4711, "example.com", "A");
    std::string answer = query;
    answer[2] = static_cast<char>(0x81);
    answer[3] = static_cast<char>(0x80);
    answer[7] = 1;
    answer += std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\7", 16);
    all.push_back(answer);
    return all;
}

} // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::fuzz;
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    read_dns(all);
    const health::agent_line line = health::read_agent_line(all.substr(0, all.find('\n')));
    require(!line.weight || !line.empty(), "a line with a weight is not empty");
    if (size < 2) return 0;
    const health::prepared_check& check = *checks()[data[0] % checks().size()];
    const std::string_view answer = all.substr(2);
    const std::string whole = judged(check, answer, answer.size() + 1);
    require(judged(check, answer, 1 + data[1] % 64) == whole, "one verdict however it is cut");
    const std::string shown = health::shown(answer);
    require(shown.size() <= 80
                && std::ranges::all_of(shown, [](char c) { return c >= ' ' && c <= '~'; }),
            "what is shown is one printable line");
    return 0;
}
