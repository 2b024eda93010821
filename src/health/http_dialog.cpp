// HTTP/1.1 (RFC 9112) for checks: one request, `Connection: close`, the status line, and at most 64
// KiB of the body.

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "config/values.h"
#include "health/body_pattern.h"
#include "health/chunks.h"
#include "health/dialog.h"

namespace weir::health {

namespace {

constexpr std::size_t most_head = 16384;
constexpr std::size_t most_body = 65536;
constexpr unsigned most_interim = 16; ///< answers of 1xx before the answer proper

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

class http_dialog final : public dialog {
public:
    http_dialog(const prepared_check& check, const ip_address& server, std::uint16_t port)
        : check_(check), server_(authority(check.wanted.type, server, port)) {}

    std::string opening() override {
        const config::check& c = check_.wanted;
        const std::string host = c.host.empty() ? server_ : c.host;
        return fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: weir\r\nAccept: */*\r\n"
                           "Connection: close\r\n\r\n",
                           c.method, c.path, host);
    }

    std::optional<verdict> take(std::string_view bytes, std::string&) override {
        while (!in_body_) {
            const std::size_t before = head_.size();
            head_ += bytes.substr(0, most_head + 1 - head_.size());
            const std::size_t end = end_of_head();
            if (const auto early = status_line()) return early;
            if (end == std::string::npos) {
                looked_ = head_.size();
                if (head_.size() > most_head) return bad("headers of more than 16 KiB");
                return std::nullopt;
            }
            bytes.remove_prefix(end - before);
            if (std::exchange(interim_, false)) {
                if (++interim_answers_ > most_interim)
                    return bad(fmt::format("more than {} interim answers", most_interim));
                head_.clear();
                status_text_.clear();
                looked_ = 0;
                continue;
            }
            in_body_ = true;
            headers(std::string_view(head_).substr(0, end));
            if (check_.wanted.body.empty() && !check_.pattern) return good(status_text_);
        }
        return take_body(bytes);
    }

    verdict closed() override {
        if (!in_body_)
            return bad(head_.empty() ? "closed without an answer" : "closed within the headers");
        if (length_ && body_.size() < std::min<std::uint64_t>(*length_, most_body))
            return bad("closed within the body");
        return judge_body();
    }

    const char* awaited() const override {
        return in_body_ ? "the body" : status_text_.empty() ? "the status line" : "the headers";
    }

private:
    /// The authority as in a URI: IPv6 addresses in brackets, a port unless it is the scheme's own
    /// (RFC 9112 section 3.2, RFC 9110 section 4.2).
    static std::string authority(config::check_type type, const ip_address& server,
                                 std::uint16_t port) {
        const unsigned own = type == config::check_type::https ? 443 : 80;
        if (port != own) return to_string(server, port);
        return server.is_v4() ? to_string(server) : fmt::format("[{}]", to_string(server));
    }

    /// Where the body begins. Lines may end with a line feed alone (RFC 9112 section 2.2). The end
    /// may span pieces; no byte is examined twice.
    std::size_t end_of_head() const {
        std::size_t at = head_.find('\n', looked_ > 2 ? looked_ - 2 : 0);
        for (; at != std::string::npos; at = head_.find('\n', at + 1)) {
            const std::string_view next = std::string_view(head_).substr(at + 1, 2);
            if (next.starts_with('\n')) return at + 2;
            if (next == "\r\n") return at + 3;
        }
        return std::string::npos;
    }

    /// A verdict if the status line is complete and wrong. The final answer follows 1xx answers,
    /// except 101 (RFC 9110 section 15.2).
    std::optional<verdict> status_line() {
        if (!status_text_.empty()) return std::nullopt;
        const std::string_view expected = "HTTP/1.";
        const std::string_view seen = head_;
        if (!seen.starts_with(expected.substr(0, seen.size()))) return bad("not HTTP");
        const std::size_t end = seen.find('\n');
        if (end == std::string_view::npos) return std::nullopt;
        // HTTP/1.x SP 3DIGIT SP reason
        const std::string_view line = config::trimmed(seen.substr(0, end));
        unsigned code = 0;
        constexpr std::size_t at = 9, digits = 3;
        if (line.size() < at + digits || line[at - 1] != ' '
            || std::from_chars(line.data() + at, line.data() + at + digits, code).ptr
                   != line.data() + at + digits
            || (line.size() > at + digits && line[at + digits] != ' '))
            return bad(fmt::format("not a status line: {}", shown(line)));
        status_text_ = shown(line.substr(at));
        constexpr unsigned switching = 101, first_final = 200;
        const auto& ranges = check_.wanted.status;
        if (std::any_of(ranges.begin(), ranges.end(), [code](const auto& range) {
                return code >= range.first && code <= range.second;
            }))
            return std::nullopt;
        interim_ = code < first_final && code != switching;
        return interim_ ? std::nullopt : std::optional(bad(fmt::format("status {}", status_text_)));
    }

    void headers(std::string_view head) {
        for (std::size_t start = 0; start < head.size();) {
            const std::size_t end = std::min(head.find('\n', start), head.size());
            const std::string_view line = head.substr(start, end - start);
            start = end + 1;
            const std::size_t colon = line.find(':');
            if (colon == std::string_view::npos) continue;
            const std::string name = lower(line.substr(0, colon));
            const std::string_view value = config::trimmed(line.substr(colon + 1));
            if (name == "transfer-encoding" && lower(value).ends_with("chunked")) chunked_ = true;
            if (name == "content-length") {
                std::uint64_t length = 0;
                const auto read =
                    std::from_chars(value.data(), value.data() + value.size(), length);
                if (read.ec == std::errc{}) length_ = length;
            }
        }
        if (chunked_) length_.reset(); // RFC 9112 section 6.3
    }

    std::optional<verdict> take_body(std::string_view bytes) {
        if (!chunked_) {
            if (length_)
                bytes = bytes.substr(0, *length_ - std::min<std::uint64_t>(*length_, body_.size()));
            return keep(bytes);
        }
        // Chunk by chunk: the verdict is the same however the bytes are cut.
        while (!bytes.empty()) {
            const std::string_view piece = chunks_.next(bytes);
            if (chunks_.broken()) return bad("a broken chunk in the body");
            if (const auto decided = keep(piece)) return decided;
        }
        return std::nullopt;
    }

    /// Adds to the body. A text can match before the end, an expression only at the end.
    std::optional<verdict> keep(std::string_view bytes) {
        body_ += bytes.substr(0, most_body - body_.size());
        const bool whole =
            chunks_.ended() || body_.size() >= most_body || (length_ && body_.size() >= *length_);
        if (whole || (!check_.pattern && found())) return judge_body();
        return std::nullopt;
    }

    bool found() {
        const std::string& wanted = check_.wanted.body;
        const std::size_t from = searched_ >= wanted.size() ? searched_ - wanted.size() + 1 : 0;
        searched_ = body_.size();
        return found_ |= wanted.empty() || body_.find(wanted, from) != std::string::npos;
    }

    verdict judge_body() {
        if (!found()) return bad(fmt::format("{}, but the body lacks the text", status_text_));
        if (check_.pattern && !check_.pattern->found_in(body_))
            return bad(fmt::format("{}, but the body does not match", status_text_));
        return good(status_text_);
    }

    const prepared_check& check_;
    std::string server_;
    std::string head_;
    std::size_t looked_ = 0;
    std::string status_text_;      ///< "200 OK"
    bool interim_ = false;         ///< the answer under way is one of 1xx
    unsigned interim_answers_ = 0; ///< that have come
    bool in_body_ = false;
    bool chunked_ = false;
    std::optional<std::uint64_t> length_;
    chunk_reader chunks_;
    std::string body_;
    std::size_t searched_ = 0;
    bool found_ = false;
};

} // namespace

std::unique_ptr<dialog> make_http_dialog(const prepared_check& check, const ip_address& server,
                                         std::uint16_t port) {
    return std::make_unique<http_dialog>(check, server, port);
}

} // namespace weir::health
