#pragma once

// A ring of small values from one thread to another, without a lock: what the control core asks of
// the heart, and what the heart has to say. One writer, one reader.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace weir::ha {

template <typename T, std::uint32_t size>
class exchange {
public:
    /// False: it is full, and the value is lost. Writer.
    bool put(const T& value) noexcept {
        const std::uint32_t at = written_.load(std::memory_order_relaxed);
        if (at - read_.load(std::memory_order_acquire) == size) return false;
        values_[at % size] = value;
        written_.store(at + 1, std::memory_order_release);
        return true;
    }
    /// False: there is none. Reader.
    bool take(T& value) noexcept {
        const std::uint32_t at = read_.load(std::memory_order_relaxed);
        if (at == written_.load(std::memory_order_acquire)) return false;
        value = values_[at % size];
        read_.store(at + 1, std::memory_order_release);
        return true;
    }

private:
    alignas(64) std::atomic<std::uint32_t> written_{0};
    alignas(64) std::atomic<std::uint32_t> read_{0};
    std::array<T, size> values_{};
};

} // namespace weir::ha
