#include "message/message.h"

#include <nlohmann/json.hpp>

#include "message/keys.h"

namespace weir::message {

using nlohmann::json;

json request(const char* command) {
    return {{key::command, command}};
}

std::string to_text(const json& value, bool ascii) {
    return value.dump(-1, ' ', ascii, json::error_handler_t::replace);
}

json parse(std::string_view text) {
    return json::parse(text, nullptr, false);
}

std::string text(const json& object, const char* name) {
    return object.at(name).get<std::string>();
}

std::uint64_t number(const json& object, const char* name) {
    return object.at(name).get<std::uint64_t>();
}

double figure(const json& object, const char* name) {
    return static_cast<double>(number(object, name));
}

bool flag(const json& object, const char* name) {
    return object.at(name).get<bool>();
}

std::vector<std::string> words(const json& object, const char* name) {
    return object.at(name).get<std::vector<std::string>>();
}

} // namespace weir::message
