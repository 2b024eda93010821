#include "weirctl/option_time.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "config/values.h"

namespace weir::weirctl {

namespace {

template <typename Read>
auto read(const invocation& call, const char* option, Read&& of) {
    try {
        return of(call.options[option].as<std::string>());
    } catch (const config::bad_value& wrong) {
        throw config::usage_error(fmt::format("--{}=TIME: {}", option, wrong.what()));
    }
}

} // namespace

std::chrono::seconds seconds_of(const invocation& call, const char* option,
                                std::chrono::seconds least, std::chrono::seconds most) {
    return read(call, option, [&](const std::string& text) {
        return config::seconds(text, static_cast<std::uint64_t>(least.count()),
                               static_cast<std::uint64_t>(most.count()));
    });
}

std::chrono::milliseconds milliseconds_of(const invocation& call, const char* option,
                                          std::chrono::milliseconds least,
                                          std::chrono::milliseconds most) {
    return read(call, option, [&](const std::string& text) {
        double number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool is_number = error == std::errc{} && end == text.data() + text.size();
        const bool fits = is_number && std::abs(number) < 1e9;
        return config::milliseconds(fits ? fmt::format("{}ms", std::llround(number * 1000)) : text,
                                    static_cast<std::uint64_t>(least.count()),
                                    static_cast<std::uint64_t>(most.count()));
    });
}

} // namespace weir::weirctl
