#pragma once

// Members of the director's answers. A missing one throws nlohmann::json::exception: weirctl and
// director are of different versions.

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

namespace weir::weirctl {

inline std::string text(const nlohmann::json& object, const char* name) {
    return object.at(name).get<std::string>();
}

inline std::uint64_t number(const nlohmann::json& object, const char* name) {
    return object.at(name).get<std::uint64_t>();
}

/// The same, for what is a double where it goes.
inline double figure(const nlohmann::json& object, const char* name) {
    return static_cast<double>(number(object, name));
}

} // namespace weir::weirctl
