// The checkers of a real server, translated to weir's checks.

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/problem.h"
#include "config/values.h"
#include "import/keepalived_parts.h"
#include "import/words.h"

namespace weir::importer {

namespace {

using config::in_quotes;

/// keepalived's checkers, the matching types of weir ("" = none), and keepalived's defaults:
/// retries, and milliseconds between them (0 = delay_loop).
struct checker_kind {
    std::string_view name;
    std::string_view type;
    std::uint64_t retry;
    std::uint64_t delay;
};
constexpr std::array checker_kinds{
    checker_kind{"TCP_CHECK", "tcp", 1, 1000},   checker_kind{"HTTP_GET", "http", 1, 3000},
    checker_kind{"SSL_GET", "https", 1, 3000},   checker_kind{"SMTP_CHECK", "smtp", 1, 1000},
    checker_kind{"DNS_CHECK", "dns", 3, 0},      checker_kind{"UDP_CHECK", "udp", 1, 1000},
    checker_kind{"PING_CHECK", "icmp", 1, 1000}, checker_kind{"MISC_CHECK", "script", 0, 1000},
    checker_kind{"BFD_CHECK", "", 0, 0},         checker_kind{"FILE_CHECK", "", 0, 0},
};

const checker_kind* kind_of(std::string_view keyword) {
    const auto* const found =
        std::find_if(checker_kinds.begin(), checker_kinds.end(),
                     [&](const checker_kind& k) { return k.name == keyword; });
    return found == checker_kinds.end() ? nullptr : found;
}

constexpr const char* closes_in_order = "tls_compliant: weir closes TLS in order";

/// Writes a value of a check, in quotes if needed.
std::string quoted(const std::string& text) {
    if (!text.empty() && text.find_first_of(" \t\"'\\") == std::string::npos) return text;
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

/// True if PCRE (keepalived) and POSIX extended regular expressions (weir) give it the same
/// meaning.
bool is_common_pattern(const std::string& pattern) {
    for (const char* odd : {"\\", "^", "$", "(?", "*?", "+?", "??", "}?", "*+", "++", "?+", "}+"})
        if (pattern.find(odd) != std::string::npos) return false;
    return true;
}

/// Every place where `in` contains `text` as a whole: not inside a longer number, address or name.
std::string replace_whole(std::string in, const std::string& text, const std::string& by) {
    const auto part = [](char c) {
        return c == '.' || c == ':' || (c >= '0' && c <= '9')
               || ((c | 32) >= 'a' && (c | 32) <= 'z');
    };
    for (std::size_t at = 0; (at = in.find(text, at)) != std::string::npos;) {
        const std::size_t end = at + text.size();
        const bool whole = (at == 0 || !part(in[at - 1]))
                           && (end == in.size() || !part(in[end])
                               || (in[end] == ':' && text.find(':') == std::string::npos));
        if (whole) in.replace(at, text.size(), by);
        at += whole ? by.size() : 1;
    }
    return in;
}

class checker_importer {
public:
    checker_importer(const statement& block, const check_defaults& defaults,
                     const draft_server& server, const std::optional<ip_address>& vip,
                     report& notes)
        : block_(block), kind_(*kind_of(block.keyword())), server_(server), vip_(vip),
          notes_(notes), defaults_(defaults), port_(server.port) {}

    std::vector<draft_check> run() {
        if (kind_.type.empty()) {
            leave_out("weir has no such check");
            return {};
        }
        if (is("script")) defaults_.connect_timeout = 0; // it has misc_timeout instead
        for (const statement& s : block_.inner)
            take(s);
        const bool web = is("http") || is("https");
        if (web && urls_.empty()) leave_out("there is no url");
        if (is("script") && run_.empty()) leave_out("there is no misc_path");
        if (left_out_) return {};
        settle();
        if (!web) urls_.emplace_back();
        const check_times times = to_times(defaults_, block_);
        for (const std::string& loss : times.losses)
            lose(block_.where, loss);
        std::vector<draft_check> all;
        for (const std::string& url : urls_) {
            draft_check c;
            c.where = block_.where;
            c.keyword = block_.keyword();
            c.type = kind_.type;
            c.port = port_;
            c.own_port = own_port_;
            c.parameters = program(run_) + url + parameters_ + times.parameters;
            if (!run_.empty())
                c.general = program(for_any_server()) + parameters_ + times.parameters;
            c.explanation = explanation(url, times.explanation);
            if (all.empty()) c.losses = std::move(losses_);
            all.push_back(std::move(c));
        }
        return all;
    }

private:
    bool is(std::string_view type) const { return kind_.type == type; }

    /// The ways in which the check differs from keepalived's.
    std::string explanation(const std::string& url, const std::string& times) const {
        std::vector<std::string> parts;
        if (is("dns"))
            parts.emplace_back(
                "it wants a record of that type, keepalived any answer without error");
        if (is("https") && !sni_ && url.find(" host=") != std::string::npos)
            parts.emplace_back("it names the host to TLS, keepalived only with enable_sni");
        if (at_vip_) parts.emplace_back("it asks the VIP at each server");
        if (!times.empty()) parts.push_back(times);
        return fmt::format("{}", fmt::join(parts, "; "));
    }

    void leave_out(const std::string& why) {
        notes_.decision(block_.where, fmt::format("{} of {} is left out: {}", kind_.name,
                                                  weir::to_string(server_.address), why));
        left_out_ = true;
    }
    void without(const statement& s, const char* why) {
        lose(s.where, fmt::format("{} of {} is left out of the check: {}", in_quotes(s.keyword()),
                                  kind_.name, why));
    }
    void lose(const place& where, std::string what) {
        losses_.push_back({where, verdict::decision, std::move(what)});
    }
    static std::string pair(const char* key, const std::string& value) {
        return fmt::format(" {}={}", key, quoted(value));
    }

    void take(const statement& s) {
        const std::string& word = s.keyword();
        const bool web = is("http") || is("https");
        if (is("script") ? take_of_script(s) : take_connection(s)) return;
        if (word == "url" && web)
            url(s);
        else if (word == "nb_get_retry" && web)
            retry(s);
        else if ((word == "http_protocol" || word == "fast_recovery") && web)
            notes_.ignored(s.where, word + ": weir asks by HTTP/1.1, every url at every turn");
        else if ((word == "enable_sni" || word == "sni_name") && is("https"))
            sni(s);
        else if (word == "tls_compliant" && is("https"))
            notes_.ignored(s.where, closes_in_order);
        else if (word == "helo_name" && is("smtp"))
            parameters_ += pair("helo", s.value());
        else if (word == "host" && is("smtp") && s.block)
            host(s);
        else if ((word == "name" || word == "type") && is("dns"))
            parameters_ += pair(word.c_str(), s.value());
        else if (word == "payload" && is("udp"))
            parameters_ += " payload=hex:" + hex_digits(s);
        else if (word == "require_reply" && is("udp"))
            require_reply(s);
        else if (!set_check_default(defaults_, s, notes_))
            without(s, "weir's has no such thing");
    }
    bool take_connection(const statement& s) {
        const std::string& word = s.keyword();
        if (word == "connect_port") {
            const auto port = port_number(s.value());
            own_port_ = port && *port != 0;
            if (own_port_)
                port_ = *port;
            else
                without(s, "that is not a port");
        } else if (word == "connect_ip") {
            connect_ip(s);
        } else if (word == "bindto") {
            const auto from = parse_address(s.value());
            if (from && from->is_v4() == server_.address.is_v4())
                parameters_ += pair("from", weir::to_string(*from));
            else
                without(s, "that is not an address of the server's family");
        } else {
            return false;
        }
        return true;
    }
    /// If the VIP is the address, the check means the VIP on this server.
    void connect_ip(const statement& s) {
        const auto asked = parse_address(s.value());
        if (asked == server_.address) return;
        if (!asked || asked != vip_ || is("icmp"))
            return leave_out(fmt::format("connect_ip {}: weir checks the server's own address",
                                         in_quotes(s.value())));
        parameters_ += pair("to", "vip");
        at_vip_ = true;
    }
    bool take_of_script(const statement& s) {
        const std::string& word = s.keyword();
        if (word == "misc_path") {
            misc_path(s);
        } else if (word == "misc_timeout") {
            const auto value = timer(s.value());
            if (!value || *value == 0)
                without(s, "that is not a time in seconds");
            else
                defaults_.connect_timeout = *value;
        } else if (word == "misc_dynamic") {
            parameters_ += " weight=yes";
        } else if (word == "user") {
            without(s, "programs run as weir does");
        } else {
            return false;
        }
        return true;
    }

    void sni(const statement& s) {
        sni_ = true;
        if (s.keyword() == "sni_name")
            parameters_ += pair("sni", s.value());
        else
            notes_.ignored(s.where, "enable_sni: weir always names the host to TLS");
    }
    void retry(const statement& s) {
        if (const auto value = whole_number(s.value()); value && *value <= 1'000'000)
            defaults_.retry = value;
        else
            without(s, "that is not a whole number");
    }
    void host(const statement& block) {
        if (std::exchange(host_seen_, true))
            return without(block, "weir asks the server itself, once");
        for (const statement& s : block.inner)
            take(s);
    }

    void url(const statement& block) {
        std::string path = "/", status, host = defaults_.virtual_host, rest;
        for (const statement& s : block.inner) {
            const std::string& word = s.keyword();
            if (word == "path")
                path = s.value();
            else if (word == "status_code")
                status = fmt::format("{}", fmt::join(s.words.begin() + 1, s.words.end(), ","));
            else if (word == "virtualhost")
                host = s.value();
            else if (word == "regex" && is_common_pattern(s.value()))
                rest += pair("regex", s.value());
            else if (word == "regex")
                without(s, "this one of PCRE may mean something else to POSIX: give regex=");
            else if (word == "tls_compliant" && is("https"))
                notes_.ignored(s.where, closes_in_order);
            else if (word == "digest")
                without(s, "weir computes none: give body= or regex= with what must be there");
            else
                without(s, "weir's has no such thing");
        }
        std::string text = pair("path", path);
        text += pair("status", status.empty() ? "200-299" : status);
        if (!host.empty()) text += pair("host", host);
        urls_.push_back(text + rest);
    }

    static std::string hex_digits(const statement& s) {
        return fmt::format("{}", fmt::join(s.words.begin() + 1, s.words.end(), ""));
    }
    /// `require_reply [HEX]`; `x` stands for any digit.
    void require_reply(const statement& s) {
        std::string digits = hex_digits(s);
        const std::size_t any = digits.find_first_of("xX");
        if (any != std::string::npos) {
            without(s,
                    "what follows the first x is not looked at: weir compares how answers begin");
            digits.resize(any / 2 * 2);
        }
        if (digits.empty())
            without(s, "weir needs to know how the answer begins: give expect=");
        else
            parameters_ += " expect=hex:" + digits;
    }

    /// The program and its arguments: one quoted word, or the words of the line.
    void misc_path(const statement& s) {
        run_.assign(s.words.begin() + 1, s.words.end());
        try {
            if (run_.size() == 1) run_ = config::quoted_words(run_.front());
        } catch (const config::bad_value& wrong) {
            return leave_out(wrong.what());
        }
        for (const std::string& word : run_)
            if (word.find_first_of("\\{") != std::string::npos)
                leave_out(fmt::format("misc_path: write {} as weir reads it", in_quotes(word)));
    }
    static std::string program(const std::vector<std::string>& run) {
        if (run.empty()) return "";
        std::string line;
        for (const std::string& word : run)
            line += (line.empty() ? "" : " ") + quoted(word);
        return pair("run", line);
    }
    /// Replaces this server's own address and port by {address} and {port}.
    std::vector<std::string> for_any_server() const {
        const std::string address = weir::to_string(server_.address);
        const std::string port = std::to_string(port_);
        std::vector<std::string> run = run_;
        bool after_address = false;
        for (auto word = run.begin() + 1; word < run.end(); ++word) {
            if (port_ != 0 && after_address && *word == port) *word = "{port}";
            *word = replace_whole(*word, address, "{address}");
            after_address = *word == "{address}";
            for (const char* end : {"{address}:", "{address}]:"})
                if (port_ != 0 && word->find(end + port) != std::string::npos)
                    *word = replace_whole(*word, end + port, end + std::string("{port}"));
        }
        return run;
    }

    void settle() {
        if (!defaults_.retry) defaults_.retry = kind_.retry;
        if (!defaults_.delay_before_retry)
            defaults_.delay_before_retry = kind_.delay != 0 ? kind_.delay : defaults_.delay_loop;
        if (defaults_.connect_timeout == 0) defaults_.connect_timeout = defaults_.delay_loop;
    }

    const statement& block_;
    const checker_kind& kind_;
    const draft_server& server_;
    const std::optional<ip_address>& vip_;
    report& notes_;
    check_defaults defaults_;
    std::uint16_t port_;
    bool own_port_ = false;
    std::string parameters_;
    std::vector<std::string> urls_; ///< the parameters of each url
    std::vector<std::string> run_;
    std::vector<remark> losses_;
    bool host_seen_ = false;
    bool at_vip_ = false;
    bool sni_ = false; ///< keepalived sends a server name in TLS
    bool left_out_ = false;
};

} // namespace

bool is_checker(const std::string& keyword) {
    return kind_of(keyword) != nullptr;
}

std::vector<draft_check> read_checker(const statement& checker, const check_defaults& defaults,
                                      const draft_server& server,
                                      const std::optional<ip_address>& vip, report& notes) {
    return checker_importer(checker, defaults, server, vip, notes).run();
}

} // namespace weir::importer
