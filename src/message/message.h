#pragma once

// Messages between the director and weirctl: one JSON object on one line (command/commands.h says
// what stands in them, message/keys.h how members are called). The library that writes and reads
// JSON is large: what every user of a message needs of it is compiled once, here. Headers name the
// type by nlohmann/json_fwd.hpp; only files that make or walk a value include nlohmann/json.hpp.
//
// Pure: any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace weir::message {

/// A request: the command's name, and room for its arguments.
nlohmann::json request(const char* command);

/// On one line, without its end. Bytes that are not UTF-8 become U+FFFD; `ascii` escapes whatever
/// else is not ASCII.
std::string to_text(const nlohmann::json& value, bool ascii = false);

/// The value a text holds; `is_discarded()` when the text is not JSON. Never throws for a text.
nlohmann::json parse(std::string_view text);

// Members. One that is missing, or of another type, throws nlohmann::json::exception: weirctl and
// director are of different versions.
std::string text(const nlohmann::json& object, const char* name);
std::uint64_t number(const nlohmann::json& object, const char* name);
/// The same, for a number that goes where doubles go.
double figure(const nlohmann::json& object, const char* name);
bool flag(const nlohmann::json& object, const char* name);
std::vector<std::string> words(const nlohmann::json& object, const char* name);

} // namespace weir::message
