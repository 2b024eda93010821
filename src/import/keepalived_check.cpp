// The checkers of a real server, as weir writes checks.

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/problem.h"
#include "import/keepalived_parts.h"

namespace weir::importer {

namespace {

using config::in_quotes;

/// keepalived's checkers, and the kinds of weir's checks; "" = none.
struct checker_kind {
    const char* name;
    const char* kind;
    std::uint64_t retry; ///< more tries before the server is down
};
constexpr std::array checker_kinds{
    checker_kind{"TCP_CHECK", "tcp", 1},   checker_kind{"HTTP_GET", "http", 1},
    checker_kind{"SSL_GET", "https", 1},   checker_kind{"SMTP_CHECK", "smtp", 1},
    checker_kind{"DNS_CHECK", "dns", 3},   checker_kind{"UDP_CHECK", "udp", 1},
    checker_kind{"PING_CHECK", "icmp", 1}, checker_kind{"MISC_CHECK", "script", 0},
    checker_kind{"BFD_CHECK", "", 0},      checker_kind{"FILE_CHECK", "", 0},
};

const checker_kind* kind_of(const std::string& keyword) {
    const auto* const found =
        std::find_if(checker_kinds.begin(), checker_kinds.end(),
                     [&](const checker_kind& k) { return k.name == keyword; });
    return found == checker_kinds.end() ? nullptr : found;
}

class check_importer {
public:
    check_importer(const statement& block, const check_defaults& defaults, std::string title,
                   report& notes)
        : block_(block), kind_(*kind_of(block.keyword())), notes_(notes), title_(std::move(title)),
          defaults_(defaults) {}

    std::string run() {
        if (*kind_.kind == 0) {
            notes_.decision(block_.where, fmt::format("{}: weir has no such check", kind_.name));
            return "";
        }
        for (const statement& s : block_.inner)
            take(s);
        if (urls_ > 1)
            notes_.decision(block_.where,
                            fmt::format("{}: the first of {} urls is taken", kind_.name, urls_));
        std::string text = kind_.kind;
        for (const std::string& pair : pairs_)
            text += ' ' + pair;
        if (!host_.empty()) add(text, "host", host_);
        text += fmt::format(" interval={} timeout={} fall={} rise=1",
                            time_text(defaults_.delay_loop), time_text(defaults_.connect_timeout),
                            defaults_.retry.value_or(kind_.retry) + 1);
        return text;
    }

private:
    static void add(std::string& text, const std::string& key, const std::string& value) {
        text += fmt::format(" {}={}", key, value);
    }
    void pair(const statement& s, const std::string& key, const std::string& value) {
        if (value.empty() || value.find_first_of(" \t#") != std::string::npos)
            notes_.decision(s.where, fmt::format("{}: {} cannot stand in a check of weir",
                                                 s.keyword(), in_quotes(value)));
        else
            pairs_.push_back(key + '=' + value);
    }

    void take(const statement& s) {
        const std::string& word = s.keyword();
        if (word == "connect_port")
            pair(s, "port", s.value());
        else if (word == "connect_ip")
            pair(s, "address", s.value());
        else if (word == "url")
            url(s);
        else if (word == "nb_get_retry")
            retry(s);
        else if (word == "misc_path")
            pair(s, "path", s.value());
        else if (word == "misc_timeout")
            timeout(s);
        else if (word == "name" && kind_.kind == std::string("dns"))
            pair(s, "name", s.value());
        else if (word == "type" && kind_.kind == std::string("dns"))
            pair(s, "type", s.value());
        else if (!set_check_default(defaults_, s, notes_))
            notes_.decision(s.where, fmt::format("{} of {} is left out: weir's check has no such "
                                                 "thing",
                                                 in_quotes(word), kind_.name));
    }
    void retry(const statement& s) {
        if (const auto value = whole_number(s.value()))
            defaults_.retry = value;
        else
            notes_.decision(s.where, fmt::format("{}: {} is not a whole number", s.keyword(),
                                                 in_quotes(s.value())));
    }
    void timeout(const statement& s) {
        if (const auto value = timer(s.value()))
            defaults_.connect_timeout = *value;
        else
            notes_.decision(s.where, fmt::format("{}: {} is not a time in seconds", s.keyword(),
                                                 in_quotes(s.value())));
    }

    void url(const statement& block) {
        if (++urls_ > 1) return;
        if (host_.empty()) host_ = defaults_.virtual_host;
        for (const statement& s : block.inner) {
            const std::string& word = s.keyword();
            if (word == "path")
                pair(s, "path", s.value());
            else if (word == "status_code")
                status(s);
            else if (word == "virtualhost")
                host_ = s.value();
            else
                notes_.decision(s.where, fmt::format("url: {} is left out: weir's check looks at "
                                                     "the status only",
                                                     in_quotes(word)));
        }
    }
    void status(const statement& s) {
        std::vector<std::string> codes(s.words.begin() + 1, s.words.end());
        pair(s, "status", fmt::format("{}", fmt::join(codes, ",")));
    }

    const statement& block_;
    const checker_kind& kind_;
    report& notes_;
    std::string title_;
    check_defaults defaults_;
    std::vector<std::string> pairs_;
    std::string host_;
    unsigned urls_ = 0;
};

} // namespace

std::optional<std::uint64_t> timer(const std::string& text) {
    constexpr std::uint64_t most = 100'000'000; // seconds; years
    const std::size_t point = text.find('.');
    const auto seconds = whole_number(text.substr(0, point));
    if (!seconds || *seconds > most) return std::nullopt;
    if (point == std::string::npos) return *seconds * 1000;
    std::string decimals = text.substr(point + 1);
    if (decimals.empty() || decimals.size() > 6 || !whole_number(decimals)) return std::nullopt;
    decimals.resize(3, '0');
    return *seconds * 1000 + *whole_number(decimals);
}

std::string time_text(std::uint64_t milliseconds) {
    if (milliseconds % 1000 == 0) return fmt::format("{}s", milliseconds / 1000);
    return fmt::format("{}ms", milliseconds);
}

bool set_check_default(check_defaults& defaults, const statement& s, report& notes) {
    const std::string& word = s.keyword();
    const auto wrong = [&](const char* what) {
        notes.decision(s.where, fmt::format("{}: {} is not {}", word, in_quotes(s.value()), what));
    };
    if (word == "delay_loop" || word == "connect_timeout") {
        const auto value = timer(s.value());
        if (!value || *value == 0)
            wrong("a time in seconds");
        else
            (word == "delay_loop" ? defaults.delay_loop : defaults.connect_timeout) = *value;
    } else if (word == "retry") {
        const auto value = whole_number(s.value());
        if (!value || *value > 1'000'000)
            wrong("a whole number");
        else
            defaults.retry = value;
    } else if (word == "virtualhost") {
        defaults.virtual_host = s.value();
    } else if (word == "alpha" || word == "warmup") {
        notes.ignored(s.where, fmt::format("{}: how weir begins to check is its own affair", word));
    } else if (word == "delay_before_retry") {
        notes.ignored(s.where, "delay_before_retry: weir checks at one interval");
    } else if (word == "log_all_failures") {
        notes.ignored(s.where, "log_all_failures: weir logs every change");
    } else {
        return false;
    }
    return true;
}

bool is_checker(const std::string& keyword) {
    return kind_of(keyword) != nullptr;
}

std::string read_check(const statement& checker, const check_defaults& defaults,
                       const std::string& title, report& notes) {
    return check_importer(checker, defaults, title, notes).run();
}

} // namespace weir::importer
