#pragma once

// What services share by name: servers (`[pool NAME]`) and checks (`[check NAME]`). They exist
// while a file is read; a configuration holds services that are whole. Control core.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"

namespace weir::config {

/// `[check NAME]`: each of its checks as words, so that a service may replace parameters.
struct check_set {
    place where;
    std::string name;
    std::vector<std::vector<std::string>> checks{};
    key_lines lines{};
};

struct shared_parts;

/// `[pool NAME]`
struct pool {
    place where;
    std::string name;
    const shared_parts* shared = nullptr; ///< what its lines may refer to
    std::vector<server> servers{};
    key_lines lines{};
};

/// By name; one without a value has a mistake, which has been reported.
struct shared_parts {
    std::map<std::string, std::optional<check_set>, std::less<>> checks{};
    std::map<std::string, std::optional<pool>, std::less<>> pools{};
};

/// A service, or `[defaults]`, while it is read.
struct service_draft : service {
    const shared_parts* shared = nullptr;
    bool no_checks = false;                ///< it says `check = none`
    std::vector<std::string> pools_used{}; ///< of `servers`
};

/// Parses the words of `TYPE key=value ...`, or of `NAME key=value ...`, where NAME is a `[check]`
/// and the pairs replace those that it has. "none": no checks. Throws bad_value.
std::vector<check> read_checks(std::vector<std::string> words, const shared_parts& shared);

/// True for a word that says what a check is, so that a `[check]` cannot have it as its name.
bool is_check_word(std::string_view word);

/// Parses `ADDRESS[:PORT] [name=WORD] [weight=N] [upper=N] [lower=N] [check=...]`. Throws
/// bad_value.
server read_server(const std::string& value, const shared_parts& shared);

/// Parses `ADDRESS[:PORT]` alone: a fallback. Throws bad_value.
server read_fallback(const std::string& value);

} // namespace weir::config
