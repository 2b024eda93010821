#include "health/dns_message.h"

#include <array>
#include <cctype>
#include <cstring>

#include <fmt/format.h>

#include "net/counted.h"
#include "net/types.h"

namespace weir::health {

namespace {

constexpr std::size_t header = 12;

struct record_type {
    std::string_view name;
    std::uint16_t code;
};
constexpr record_type types[] = {{"A", 1},   {"NS", 2},   {"CNAME", 5}, {"SOA", 6}, {"PTR", 12},
                                 {"MX", 15}, {"TXT", 16}, {"AAAA", 28}, {"SRV", 33}};

void put16(std::string& to, std::uint16_t value) {
    to += static_cast<char>(value >> 8);
    to += static_cast<char>(value & 0xff);
}

/// The number at an offset; the caller has checked that it lies inside.
std::uint16_t at16(std::string_view from, std::size_t at) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(from[at]) << 8
                                      | static_cast<unsigned char>(from[at + 1]));
}

/// Where a name ends; npos if that is beyond the message. A pointer ends it and is not followed.
std::size_t after_name(std::string_view message, std::size_t at) {
    while (at < message.size()) {
        const auto length = static_cast<unsigned char>(message[at]);
        if (length >= 0xc0) return at + 2;
        if (length == 0) return at + 1;
        if (length > 63) break;
        at += length + 1U;
    }
    return std::string_view::npos;
}

bool same_question(std::string_view a, std::string_view b) {
    for (std::size_t i = 0; i < a.size(); ++i) // servers may change the case
        if (std::tolower(static_cast<unsigned char>(a[i]))
            != std::tolower(static_cast<unsigned char>(b[i])))
            return false;
    return true;
}

std::string_view name_of_rcode(unsigned code) {
    constexpr std::array<std::string_view, 6> names{"NOERROR",  "FORMERR", "SERVFAIL",
                                                    "NXDOMAIN", "NOTIMP",  "REFUSED"};
    return code < names.size() ? names[code] : "an unusual RCODE";
}

} // namespace

std::string dns_query(std::uint16_t id, const std::string& name, const std::string& type) {
    std::string query;
    put16(query, id);
    put16(query, 0x0100); // recursion desired
    constexpr std::array<std::uint16_t, 4> counts{1, 0, 0, 0};
    for (const std::uint16_t count : counts)
        put16(query, count);
    if (name != ".") {
        for (std::size_t start = 0, dot = 0; dot != std::string::npos; start = dot + 1) {
            dot = name.find('.', start);
            const std::string label = name.substr(start, dot - start);
            query += static_cast<char>(label.size());
            query += label;
        }
    }
    query += '\0';
    for (const record_type& known : types)
        if (known.name == type) put16(query, known.code);
    put16(query, 1); // IN
    return query;
}

std::optional<verdict> judge_dns_answer(std::string_view query, std::string_view answer,
                                        const std::string& expect) {
    const std::string_view question = query.substr(header);
    if (answer.size() < header || at16(answer, 0) != at16(query, 0) || (answer[2] & '\x80') == 0)
        return std::nullopt;
    const unsigned rcode = static_cast<unsigned char>(answer[3]) & 0xfU;
    const bool question_there = at16(answer, 4) == 1 && answer.size() >= header + question.size()
                                && same_question(question, answer.substr(header));
    if (!question_there && !(rcode != 0 && at16(answer, 4) == 0)) return std::nullopt;
    if (rcode != 0) return bad(std::string(name_of_rcode(rcode)));
    const unsigned count = at16(answer, 6);
    // Truncated: the rest would come by TCP. The server is alive and has answers.
    const bool truncated = (answer[2] & '\x02') != 0;
    if (truncated && expect.empty()) return good("NOERROR, truncated");
    if (count == 0) return bad("NOERROR without an answer");
    const std::uint16_t wanted = at16(question, question.size() - 4);
    const auto address = parse_address(expect);
    unsigned matching = 0;
    std::size_t at = header + question.size();
    for (unsigned i = 0; i < count; ++i) {
        at = after_name(answer, at);
        constexpr std::size_t fixed = 10; // type, class, TTL, length
        if (at == std::string_view::npos || answer.size() < at || answer.size() - at < fixed)
            return bad("a broken answer");
        const std::uint16_t type = at16(answer, at);
        const std::size_t length = at16(answer, at + 8);
        at += fixed;
        if (answer.size() - at < length) return bad("a broken answer");
        const char* const data = answer.data() + at;
        if (type == wanted) {
            if (!address)
                ++matching;
            else if (address->is_v4() && length == 4)
                matching += ip_address::v4(be32{[&] {
                                std::uint32_t raw = 0;
                                std::memcpy(&raw, data, sizeof raw);
                                return raw;
                            }()})
                            == *address;
            else if (!address->is_v4() && length == 16)
                matching += ip_address::v6(data) == *address;
        }
        at += length;
    }
    if (matching == 0)
        return bad(address ? fmt::format("{} is not among the answers", expect)
                           : std::string("no answer of the type asked for"));
    return good("NOERROR, " + counted(count, "answer"));
}

} // namespace weir::health
