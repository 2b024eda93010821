#pragma once

// Large arrays for the packet path: zeroed, of fixed size, on the largest pages available. Tries
// explicit hugepages first (1 GiB if the array is that large, then 2 MiB), then ordinary pages with
// a request for transparent ones. Touches all memory at once, so that the packet path never waits
// for a page fault. One object owns the memory; the control core makes and frees it.

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace weir::inline flow {

/// A mapping, of no file unless one is given. Throws std::bad_alloc if there is not enough memory.
class large_memory {
public:
    enum class pages { huge, ordinary };

    large_memory() = default;
    /// `wanted` = ordinary skips explicit hugepages (for small or sparse arrays).
    explicit large_memory(std::size_t bytes, pages wanted = pages::huge);
    enum class access { read, write };
    /// All of an open file, shared with it; `page`: the size of its pages. data() is null if that
    /// fails (errno).
    large_memory(int file, std::size_t bytes, std::size_t page, access how) noexcept;
    large_memory(large_memory&& other) noexcept { swap(other); }
    large_memory& operator=(large_memory&& other) noexcept {
        swap(other);
        return *this;
    }
    ~large_memory();

    void* data() const noexcept { return data_; }
    std::size_t bytes() const noexcept { return bytes_; }
    /// The size of its pages.
    std::size_t page_size() const noexcept { return page_size_; }

private:
    void swap(large_memory& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(bytes_, other.bytes_);
        std::swap(page_size_, other.page_size_);
    }

    void* data_ = nullptr;
    std::size_t bytes_ = 0;
    std::size_t page_size_ = 0;
};

/// A fixed array of T in large memory, value-initialised. Never calls the destructors of its
/// elements.
template <typename T>
class large_array {
    static_assert(std::is_trivially_destructible_v<T>);

public:
    large_array() = default;
    explicit large_array(std::size_t size, large_memory::pages wanted = large_memory::pages::huge)
        : memory_(size * sizeof(T), wanted), size_(size) {
        std::uninitialized_value_construct_n(static_cast<T*>(memory_.data()), size);
    }
    /// In memory that holds at least `size` elements.
    large_array(large_memory memory, std::size_t size) : memory_(std::move(memory)), size_(size) {
        std::uninitialized_value_construct_n(static_cast<T*>(memory_.data()), size);
    }

    T* data() const noexcept { return static_cast<T*>(memory_.data()); }
    std::size_t size() const noexcept { return size_; }
    T& operator[](std::size_t index) const noexcept { return data()[index]; }
    const large_memory& memory() const noexcept { return memory_; }

private:
    large_memory memory_;
    std::size_t size_ = 0;
};

} // namespace weir::inline flow
