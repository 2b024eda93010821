#pragma once

// An input as a script: a target reads numbers, lengths and pieces from its front, and whatever the
// bytes are they mean something. At the end everything is 0. write() is the other way round, for
// seeds.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace weir::fuzz {

class script {
public:
    explicit script(std::span<const std::uint8_t> bytes) : left_(bytes) {}

    bool over() const { return left_.empty(); }
    std::uint8_t number() {
        if (left_.empty()) return 0;
        const std::uint8_t value = left_.front();
        left_ = left_.subspan(1);
        return value;
    }
    std::uint16_t wide() {
        const unsigned high = number();
        return static_cast<std::uint16_t>(high << 8 | number());
    }
    /// Up to so many of the next bytes.
    std::span<const std::uint8_t> piece(std::size_t size) {
        const auto taken = left_.first(std::min(size, left_.size()));
        left_ = left_.subspan(taken.size());
        return taken;
    }

private:
    std::span<const std::uint8_t> left_;
};

/// These numbers, a byte each.
template <typename... Numbers>
std::string steps(Numbers... numbers) {
    return {static_cast<char>(numbers)...};
}

} // namespace weir::fuzz
