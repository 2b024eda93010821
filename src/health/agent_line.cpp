#include "health/agent_line.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "health/verdict.h"

namespace weir::health {

namespace {

constexpr unsigned most_weight = 256; // HAProxy's

std::optional<unsigned> digits(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size() || text.empty()) return std::nullopt;
    if (error == std::errc::result_out_of_range) return 100 * most_weight;
    if (error != std::errc{}) return std::nullopt;
    return value;
}

bool read_weight(std::string_view word, agent_line& line) {
    const bool named = word.starts_with("weight:");
    if (named) word.remove_prefix(7);
    if (word.ends_with('%')) {
        const auto value = digits(word.substr(0, word.size() - 1));
        if (!value) return false;
        line.percent = std::min(*value, 100 * most_weight);
        line.weight.reset();
        return true;
    }
    const auto value = named ? digits(word) : std::nullopt;
    if (!value || *value > most_weight) return false;
    line.weight = value;
    line.percent.reset();
    return true;
}

bool read_word(std::string_view word, agent_line& line) {
    if (word == "up") {
        line.health = agent_health::up;
    } else if (word == "down" || word == "stopped" || word == "fail") {
        line.health = agent_health::down;
    } else if (word == "ready") {
        line.admin = agent_admin::ready;
    } else if (word == "drain") {
        line.admin = agent_admin::drain;
    } else if (word == "maint") {
        line.admin = agent_admin::maint;
    } else if (word.starts_with("maxconn:")) {
        return digits(word.substr(8)).has_value();
    } else {
        return read_weight(word, line);
    }
    return true;
}

} // namespace

agent_line read_agent_line(std::string_view text) {
    constexpr std::string_view separators = " \t,";
    agent_line line;
    while (true) {
        const std::size_t start = text.find_first_not_of(separators);
        if (start == std::string_view::npos) return line;
        text.remove_prefix(start);
        if (text.front() == '#') {
            const std::size_t words = text.find_first_not_of("# \t");
            if (words != std::string_view::npos) line.description = shown(text.substr(words));
            return line;
        }
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        std::string word(text.substr(0, end));
        std::transform(word.begin(), word.end(), word.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (!read_word(word, line) && line.unknown.empty())
            line.unknown = shown(text.substr(0, end));
        text.remove_prefix(end);
    }
}

void agent_state::take(const agent_line& line) {
    if (line.health) health = *line.health;
    if (line.admin) admin = *line.admin;
    if (line.percent || line.weight) {
        percent = line.percent;
        weight = line.weight;
    }
}

unsigned agent_state::wanted(unsigned configured) const {
    if (weight) return *weight;
    if (!percent) return configured;
    const std::uint64_t share = (std::uint64_t{configured} * *percent + 50) / 100;
    const std::uint64_t least = *percent > 0 && configured > 0 ? 1 : 0;
    return static_cast<unsigned>(
        std::clamp<std::uint64_t>(share, least, std::max(configured, most_weight)));
}

} // namespace weir::health
