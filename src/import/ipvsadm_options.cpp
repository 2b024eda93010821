#include "import/ipvsadm_options.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/problem.h"
#include "config/values.h"
#include "import/words.h"

namespace weir::importer {

namespace {

using config::in_quotes;

/// A spelling of an option, and the one that this file uses: ipvsadm's short one if there is one.
struct spelling {
    const char* word;
    const char* option;
    enum { bare, takes_value, may_take_value } form;
};
constexpr spelling spellings[] = {
    {"-A", "-A", spelling::bare},
    {"--add-service", "-A", spelling::bare},
    {"-a", "-a", spelling::bare},
    {"--add-server", "-a", spelling::bare},
    {"-C", "-C", spelling::bare},
    {"--clear", "-C", spelling::bare},
    {"-t", "-t", spelling::takes_value},
    {"--tcp-service", "-t", spelling::takes_value},
    {"-u", "-u", spelling::takes_value},
    {"--udp-service", "-u", spelling::takes_value},
    {"--sctp-service", "--sctp-service", spelling::takes_value},
    {"-f", "-f", spelling::takes_value},
    {"--fwmark-service", "-f", spelling::takes_value},
    {"-6", "-6", spelling::bare},
    {"--ipv6", "-6", spelling::bare},
    {"-s", "-s", spelling::takes_value},
    {"--scheduler", "-s", spelling::takes_value},
    {"-b", "-b", spelling::takes_value},
    {"--sched-flags", "-b", spelling::takes_value},
    {"-p", "-p", spelling::may_take_value},
    {"--persistent", "-p", spelling::may_take_value},
    {"-M", "-M", spelling::takes_value},
    {"--netmask", "-M", spelling::takes_value},
    {"--pe", "--pe", spelling::takes_value},
    {"-o", "-o", spelling::bare},
    {"--ops", "-o", spelling::bare},
    {"-r", "-r", spelling::takes_value},
    {"--real-server", "-r", spelling::takes_value},
    {"-g", "-g", spelling::bare},
    {"--gatewaying", "-g", spelling::bare},
    {"-i", "-i", spelling::bare},
    {"--ipip", "-i", spelling::bare},
    {"-m", "-m", spelling::bare},
    {"--masquerading", "-m", spelling::bare},
    {"-w", "-w", spelling::takes_value},
    {"--weight", "-w", spelling::takes_value},
    {"-x", "-x", spelling::takes_value},
    {"--u-threshold", "-x", spelling::takes_value},
    {"-y", "-y", spelling::takes_value},
    {"--l-threshold", "-y", spelling::takes_value},
    {"--tun-type", "--tun-type", spelling::takes_value},
    {"--tun-port", "--tun-port", spelling::takes_value},
    {"--tun-nocsum", "--tun-nocsum", spelling::bare},
    {"--tun-csum", "--tun-csum", spelling::bare},
    {"--tun-remcsum", "--tun-remcsum", spelling::bare},
};

const spelling* find(const std::string& word) {
    const auto* const found = std::find_if(std::begin(spellings), std::end(spellings),
                                           [&](const spelling& s) { return s.word == word; });
    return found == std::end(spellings) ? nullptr : found;
}

/// Joined short options as words of their own: `-At` as `-A -t`, `-w3` as `-w 3`. Words that do not
/// come apart this way stay as they are.
std::vector<std::string> taken_apart(const std::vector<std::string>& words) {
    std::vector<std::string> all;
    for (const std::string& word : words) {
        std::vector<std::string> parts;
        bool joined = word.size() > 2 && word[0] == '-' && word[1] != '-';
        for (std::size_t i = 1; joined && i < word.size(); ++i) {
            const spelling* const known = find({'-', word[i]});
            joined = known != nullptr;
            parts.push_back({'-', word[i]});
            if (!joined || known->form == spelling::bare || i + 1 == word.size()) continue;
            parts.push_back(word.substr(i + 1));
            break;
        }
        if (joined)
            all.insert(all.end(), parts.begin(), parts.end());
        else
            all.push_back(word);
    }
    return all;
}

} // namespace

line_options read_options(std::vector<std::string> words) {
    words = taken_apart(words);
    line_options given;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::size_t equals =
            words[i].starts_with("--") ? words[i].find('=') : std::string::npos;
        const std::string word = words[i].substr(0, equals);
        const spelling* const known = find(word);
        if (known == nullptr)
            throw config::bad_value(fmt::format("{} is not an option of a dump", in_quotes(word)));
        std::string value = equals == std::string::npos ? "" : words[i].substr(equals + 1);
        const bool more = i + 1 < words.size();
        if (known->form == spelling::takes_value && value.empty()) {
            if (!more) throw config::bad_value(fmt::format("{} has no value", word));
            value = words[++i];
        } else if (known->form == spelling::may_take_value && value.empty() && more
                   && !words[i + 1].starts_with('-')) {
            value = words[++i];
        }
        if (!given.emplace(known->option, value).second)
            throw config::bad_value(fmt::format("{} is given twice", word));
    }
    return given;
}

std::uint64_t number(const line_options& given, const char* option, std::uint64_t usual) {
    const auto found = given.find(option);
    if (found == given.end()) return usual;
    const std::string& text = found->second;
    const auto value = whole_number(text);
    if (!value)
        throw config::bad_value(
            fmt::format("{}: {} is not a whole number", option, in_quotes(text)));
    return *value;
}

} // namespace weir::importer
