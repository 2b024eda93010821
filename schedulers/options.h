#pragma once

// The words after a scheduler's name in the configuration: flags (`port`) and numbers
// (`size=4093`). Every scheduler reads its options, even one without any, so that an unknown word
// is always an error.

#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace weir::schedulers {

/// One option: a flag if `flag` is set, else a number.
struct option {
    std::string_view name;
    bool* flag = nullptr;
    std::uint32_t* number = nullptr;
};

/// Reads the words into the options. Throws std::invalid_argument, whose text names the valid
/// options.
inline void read_options(std::span<const std::string> words, std::initializer_list<option> known) {
    for (const std::string_view word : words) {
        bool understood = false;
        for (const option& o : known) {
            if (o.flag != nullptr) {
                if (word != o.name) continue;
                *o.flag = true;
                understood = true;
            } else if (word.starts_with(o.name) && word.substr(o.name.size()).starts_with('=')) {
                const std::string_view digits = word.substr(o.name.size() + 1);
                const auto [end, error] =
                    std::from_chars(digits.data(), digits.data() + digits.size(), *o.number);
                understood = error == std::errc{} && end == digits.data() + digits.size();
            }
        }
        if (understood) continue;
        std::string message = "unknown scheduler option '" + std::string(word) + "'; ";
        message += known.size() == 0 ? "this scheduler takes none" : "known are";
        for (const option& o : known)
            message += (&o == known.begin() ? " " : ", ") + std::string(o.name)
                       + (o.flag == nullptr ? "=NUMBER" : "");
        throw std::invalid_argument(message);
    }
}

} // namespace weir::schedulers
