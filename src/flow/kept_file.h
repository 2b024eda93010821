#pragma once

// A file in memory that outlives the process: in hugetlbfs if it has free pages, else in /dev/shm.
// The connection table's entries lie in one, so that a director that was killed finds them again
// (sync/kept_table.h). A file belongs to the process that made it until that process has ended: it
// holds a lock on it, which the kernel takes off however the process ends. Files of other users,
// links, and files that are locked are not opened.
//
// Room is reserved when the file is made, so no later access can fail for want of memory. Control
// core.

#include <cstddef>
#include <cstdint>
#include <string>

#include "flow/memory.h"

namespace weir::inline flow {

/// The name in memory of what belongs to a director with this `run-dir`: "weir-run-weir".
std::string kept_name(const std::string& run_dir);

class kept_file {
public:
    kept_file() = default;
    kept_file(kept_file&& other) noexcept { swap(other); }
    kept_file& operator=(kept_file&& other) noexcept {
        swap(other);
        return *this;
    }
    ~kept_file();

    /// A new file, zeroed, instead of one with this name. False: there is no room for it anywhere;
    /// why() says so. `wanted`: as for large_memory.
    bool make(const std::string& name, std::size_t bytes, large_memory::pages wanted);
    /// The file of this name that a process left, whole, read-only. False: there is none, or why()
    /// says what is wrong with it.
    bool find(const std::string& name);
    /// Takes the file away; the memory stays until this object ends.
    void remove();

    explicit operator bool() const noexcept { return memory_.data() != nullptr; }
    const std::string& path() const noexcept { return path_; }
    const std::string& why() const noexcept { return why_; }
    std::uint64_t inode() const noexcept { return inode_; }
    std::size_t bytes() const noexcept { return memory_.bytes(); }
    void* data() const noexcept { return memory_.data(); }
    /// The mapping, which then belongs to the caller; the lock stays here.
    large_memory take_memory() { return std::move(memory_); }

private:
    void swap(kept_file& other) noexcept;
    bool make_in(const std::string& folder, const std::string& name, std::size_t bytes);
    bool open_in(const std::string& folder, const std::string& name);

    large_memory memory_;
    std::string path_;
    std::string why_;
    std::uint64_t inode_ = 0;
    int fd_ = -1;
};

} // namespace weir::inline flow
