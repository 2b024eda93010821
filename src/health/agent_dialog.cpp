// The agent protocol (health/agent_line.h): sends the configured bytes, reads one line.

#include <fmt/format.h>

#include "health/dialog.h"

namespace weir::health {

namespace {

class agent_dialog final : public dialog {
public:
    explicit agent_dialog(const prepared_check& check) : check_(check) {}

    std::string opening() override { return check_.wanted.payload; }

    std::optional<verdict> take(std::string_view bytes, std::string&) override {
        const std::size_t end = bytes.find_first_of("\r\n");
        line_ += bytes.substr(0, end);
        if (line_.size() > longest_agent_line) return bad("a line of more than 16 KiB");
        if (end == std::string_view::npos) return std::nullopt;
        verdict said;
        said.agent = read_agent_line(line_);
        // Known words count; a line without any is no answer.
        const std::string& unknown = said.agent->unknown;
        said.what = said.agent->empty() && !unknown.empty() ? outcome::bad : outcome::good;
        said.text = unknown.empty() ? shown(line_) : fmt::format("unknown word {}", unknown);
        return said;
    }
    verdict closed() override {
        return bad(line_.empty() ? "closed without an answer" : "a line without an end");
    }
    const char* awaited() const override { return "the agent's line"; }

private:
    const prepared_check& check_;
    std::string line_;
};

} // namespace

std::unique_ptr<dialog> make_agent_dialog(const prepared_check& check) {
    return std::make_unique<agent_dialog>(check);
}

} // namespace weir::health
