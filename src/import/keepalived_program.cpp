#include "import/keepalived_program.h"

#include <fmt/format.h>

#include "config/problem.h"
#include "config/values.h"

namespace weir::importer {

namespace {

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

} // namespace

std::string double_quoted(const std::string& text) {
    if (!text.empty() && text.find_first_of(" \t\"'\\") == std::string::npos) return text;
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

std::vector<std::string> program_words(const statement& misc_path) {
    std::vector<std::string> run(misc_path.words.begin() + 1, misc_path.words.end());
    if (run.size() == 1) run = config::quoted_words(run.front());
    for (const std::string& word : run)
        if (word.find_first_of("\\{") != std::string::npos)
            throw config::bad_value(fmt::format("{}: write {} as weir reads it",
                                                misc_path.keyword(), config::in_quotes(word)));
    return run;
}

std::string run_parameter(const std::vector<std::string>& program) {
    if (program.empty()) return "";
    std::string line;
    for (const std::string& word : program)
        line += (line.empty() ? "" : " ") + double_quoted(word);
    return " run=" + double_quoted(line);
}

std::vector<std::string> for_any_server(std::vector<std::string> program, const ip_address& address,
                                        std::uint16_t port) {
    const std::string its_address = weir::to_string(address);
    const std::string its_port = std::to_string(port);
    bool after_address = false;
    for (auto word = program.begin() + 1; word < program.end(); ++word) {
        if (port != 0 && after_address && *word == its_port) *word = "{port}";
        *word = replace_whole(*word, its_address, "{address}");
        after_address = *word == "{address}";
        for (const char* end : {"{address}:", "{address}]:"})
            if (port != 0 && word->find(end + its_port) != std::string::npos)
                *word = replace_whole(*word, end + its_port, end + std::string("{port}"));
    }
    return program;
}

} // namespace weir::importer
