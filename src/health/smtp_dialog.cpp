// SMTP (RFC 5321) for checks: greeting, EHLO, QUIT. Answers may have several lines, "250-..."
// before the last, "250 ...".

#include <cctype>

#include <fmt/format.h>

#include "health/dialog.h"

namespace weir::health {

namespace {

constexpr std::size_t longest_line = 1024; // RFC 5321 allows 512
constexpr unsigned most_lines = 64;

class smtp_dialog final : public dialog {
public:
    smtp_dialog(const prepared_check& check, const ip_address& server)
        : helo_(check.wanted.host.empty() ? literal(server) : check.wanted.host) {}

    std::optional<verdict> take(std::string_view bytes, std::string& reply) override {
        for (const char c : bytes) {
            if (c != '\n') {
                line_ += c;
                if (line_.size() > longest_line) return bad("a line of more than 1 KiB");
                continue;
            }
            if (line_.ends_with('\r')) line_.pop_back();
            const std::string line = std::exchange(line_, {});
            if (++lines_ > most_lines) return bad("an answer of more than 64 lines");
            if (auto ended = take_line(line, reply)) return ended;
        }
        return std::nullopt;
    }
    verdict closed() override { return bad(fmt::format("closed while {} was due", awaited())); }
    const char* awaited() const override {
        return greeted_ ? "the answer to EHLO" : "the greeting";
    }

private:
    /// The name of a host known only by its address: [192.0.2.1], [IPv6:2001:db8::1].
    static std::string literal(const ip_address& address) {
        return fmt::format("[{}{}]", address.is_v4() ? "" : "IPv6:", to_string(address));
    }

    std::optional<verdict> take_line(const std::string& line, std::string& reply) {
        const auto digit = [&](std::size_t at) {
            return std::isdigit(static_cast<unsigned char>(line[at])) != 0;
        };
        if (line.size() < 3 || !digit(0) || !digit(1) || !digit(2)
            || (line.size() > 3 && line[3] != ' ' && line[3] != '-'))
            return bad(fmt::format("not SMTP: {}", shown(line)));
        if (line.size() > 3 && line[3] == '-') return std::nullopt;
        const bool wanted = line.starts_with(greeted_ ? "250" : "220");
        if (!wanted || greeted_) {
            reply += "QUIT\r\n";
            return wanted ? good(shown(line)) : bad(shown(line));
        }
        greeted_ = true;
        lines_ = 0;
        reply += fmt::format("EHLO {}\r\n", helo_);
        return std::nullopt;
    }

    std::string helo_;
    std::string line_;
    unsigned lines_ = 0;
    bool greeted_ = false;
};

} // namespace

std::unique_ptr<dialog> make_smtp_dialog(const prepared_check& check, const ip_address& server) {
    return std::make_unique<smtp_dialog>(check, server);
}

} // namespace weir::health
