// The checkers of a real server, translated to weir's checks.

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/problem.h"
#include "config/values.h"
#include "import/keepalived_parts.h"
#include "import/keepalived_program.h"
#include "import/words.h"

namespace weir::importer {

namespace {

using config::in_quotes;

constexpr const char* closes_in_order = "tls_compliant: weir closes TLS in order";

/// True if PCRE (keepalived) and POSIX extended regular expressions (weir) give it the same
/// meaning.
bool is_common_pattern(const std::string& pattern) {
    for (const char* odd : {"\\", "^", "$", "(?", "*?", "+?", "??", "}?", "*+", "++", "?+", "}+"})
        if (pattern.find(odd) != std::string::npos) return false;
    return true;
}

class checker_importer {
public:
    checker_importer(const statement& block, const check_defaults& defaults,
                     const draft_server& server, const std::optional<ip_address>& vip,
                     findings& notes)
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
            c.parameters = run_parameter(run_) + url + parameters_;
            if (!run_.empty())
                c.general =
                    run_parameter(for_any_server(run_, server_.address, port_)) + parameters_;
            c.turns = times.turns;
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
        return fmt::format(" {}={}", key, double_quoted(value));
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

    void misc_path(const statement& s) {
        try {
            run_ = program_words(s);
        } catch (const config::bad_value& wrong) {
            leave_out(wrong.what());
        }
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
    findings& notes_;
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

std::vector<draft_check> read_checker(const statement& checker, const check_defaults& defaults,
                                      const draft_server& server,
                                      const std::optional<ip_address>& vip, findings& notes) {
    return checker_importer(checker, defaults, server, vip, notes).run();
}

} // namespace weir::importer
