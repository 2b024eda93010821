// `quorum`, `hysteresis`, `quorum_up` and `quorum_down`. keepalived has a program for each of the
// two changes, weir one for both, which hears `{state}`.

#include <algorithm>

#include <fmt/format.h>

#include "config/check_values.h"
#include "config/problem.h"
#include "config/values.h"
#include "import/keepalived_parts.h"
#include "import/keepalived_program.h"
#include "import/words.h"

namespace weir::importer {

namespace {

using config::in_quotes;

using command = std::vector<std::string>;

constexpr std::uint64_t most_quorum = 1'000'000'000;

/// As a line of weir's.
std::string line_of(const command& words) {
    std::string line;
    for (const std::string& word : words)
        line += (line.empty() ? "" : " ") + double_quoted(word);
    return line;
}

/// As a shell's command.
std::string for_shell(const command& words) {
    std::string line;
    for (const std::string& word : words) {
        line += line.empty() ? "'" : " '";
        for (const char c : word)
            line += c == '\'' ? "'\\''" : std::string(1, c);
        line += '\'';
    }
    return line;
}

/// `/x/notify up` and `/x/notify down` are one program: `/x/notify {state}`. Empty if they are not.
command common(const command& up, const command& down) {
    if (up.size() != down.size()) return {};
    command both = up;
    for (std::size_t i = 0; i < up.size(); ++i) {
        if (up[i] == down[i]) continue;
        if (i == 0 || up[i] != "up" || down[i] != "down") return {};
        both[i] = "{state}";
    }
    return both;
}

command for_both(const command& up, const command& down) {
    if (command one = common(up, down); !one.empty()) return one;
    std::string script = "case $0 in";
    if (!up.empty()) script += " up) exec " + for_shell(up) + ";;";
    if (!down.empty()) script += " down) exec " + for_shell(down) + ";;";
    return {"/bin/sh", "-c", script + " esac", "{state}"};
}

class quorum_reader {
public:
    quorum_reader(bool sorry_server, findings& notes)
        : sorry_server_(sorry_server), notes_(notes) {}

    keepalived_quorum run(const statement& block) {
        for (const statement& s : block.inner) {
            if (s.keyword() == "quorum") quorum_ = &s;
            if (s.keyword() == "hysteresis") hysteresis_ = &s;
            if (s.keyword() == "quorum_up") up_ = &s;
            if (s.keyword() == "quorum_down") down_ = &s;
        }
        weight();
        programs();
        return std::move(found_);
    }

private:
    void note(const statement& s, std::string why) {
        notes_.decision(s.where, why);
        found_.comments.push_back(printable(why));
    }
    void setting(const statement& s, const char* key, const std::string& value) {
        found_.settings.push_back(fmt::format("{:<9} = {}", key, value));
        notes_.imported(s.where, fmt::format("{} as {} = {}", s.keyword(), key, value));
    }

    void weight() {
        std::uint64_t needed = 1;
        if (quorum_ != nullptr) {
            const auto given = whole_number(quorum_->value());
            if (!given || *given == 0 || *given > most_quorum)
                return note(*quorum_, fmt::format("quorum: {} is not a number from 1 to {}",
                                                  in_quotes(quorum_->value()), most_quorum));
            needed = *given;
            if (needed == 1)
                notes_.ignored(quorum_->where, "quorum 1 is what weir does");
            else
                setting(*quorum_, "quorum", std::to_string(needed));
            if (needed > 1 && sorry_server_)
                note(*quorum_, "below its quorum keepalived sends all clients to the sorry server; "
                               "weir uses the servers that are left, and the fallback after them");
        }
        if (hysteresis_ == nullptr) return;
        const auto given = whole_number(hysteresis_->value());
        if (given == std::uint64_t{0}) return notes_.ignored(hysteresis_->where, "hysteresis 0");
        if (given && *given < needed)
            return setting(*hysteresis_, "hysteresis", std::to_string(*given));
        note(*hysteresis_, fmt::format("hysteresis: {} is not a number below the quorum of {}",
                                       in_quotes(hysteresis_->value()), needed));
    }

    void programs() {
        if (up_ == nullptr && down_ == nullptr) return;
        const statement& first = up_ != nullptr ? *up_ : *down_;
        try {
            const command up = words_of(up_);
            const command down = words_of(down_);
            setting(first, "on-quorum", line_of(for_both(up, down)));
            if (up_ != nullptr && down_ != nullptr)
                notes_.imported(down_->where, "quorum_down with quorum_up");
        } catch (const config::bad_value& wrong) {
            note(first,
                 fmt::format("{} {} is left out: {}", first.keyword(), first.rest, wrong.what()));
        }
    }
    /// A program that weir would start. keepalived takes a user and a group behind it.
    command words_of(const statement* s) {
        if (s == nullptr) return {};
        if (s->words.size() > 2)
            note(*s, fmt::format("{}: weir starts it as itself, not as {}", s->keyword(),
                                 in_quotes(s->value(1))));
        if (s->value().find_first_of("\\{") != std::string::npos)
            throw config::bad_value(
                fmt::format("write {} as weir reads it", in_quotes(s->value())));
        return config::program(s->value());
    }

    bool sorry_server_;
    findings& notes_;
    keepalived_quorum found_;
    const statement* quorum_ = nullptr;
    const statement* hysteresis_ = nullptr;
    const statement* up_ = nullptr;
    const statement* down_ = nullptr;
};

} // namespace

bool is_of_quorum(std::string_view keyword) {
    return keyword == "quorum" || keyword == "hysteresis" || keyword == "quorum_up"
           || keyword == "quorum_down";
}

keepalived_quorum read_quorum(const statement& virtual_server, bool sorry_server, findings& notes) {
    return quorum_reader(sorry_server, notes).run(virtual_server);
}

} // namespace weir::importer
