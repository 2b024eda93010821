#include "flow/memory.h"

#include <cstring>

#include <linux/mman.h>
#include <sys/mman.h>

namespace weir::inline flow {

namespace {

constexpr std::size_t small_page = 4096;
constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t giant_page = std::size_t{1} << 30;

std::size_t round_up(std::size_t bytes, std::size_t page) {
    return (bytes + page - 1) / page * page;
}

void* map(std::size_t bytes, int flags) {
    void* at =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    return at == MAP_FAILED ? nullptr : at;
}

} // namespace

large_memory::large_memory(std::size_t bytes, pages wanted) {
    struct attempt {
        std::size_t page;
        int flags;
        bool sensible;
    };
    // With MAP_POPULATE the kernel reports missing pages now, not at the first access.
    const attempt attempts[] = {
        {giant_page, MAP_HUGETLB | MAP_HUGE_1GB | MAP_POPULATE,
         wanted == pages::huge && bytes >= giant_page},
        {huge_page, MAP_HUGETLB | MAP_HUGE_2MB | MAP_POPULATE, wanted == pages::huge},
        {small_page, 0, true},
    };
    for (const attempt& a : attempts) {
        if (!a.sensible) continue;
        bytes_ = round_up(bytes, a.page);
        data_ = map(bytes_, a.flags);
        if (data_ == nullptr) continue;
        page_size_ = a.page;
        if (a.page == small_page)
            madvise(data_, bytes_, MADV_HUGEPAGE); // a hint; the kernel may refuse
        std::memset(data_, 0, bytes_);
        return;
    }
    bytes_ = 0;
    throw std::bad_alloc();
}

large_memory::large_memory(int file, std::size_t bytes, std::size_t page, access how) noexcept {
    const int protection = how == access::read ? PROT_READ : PROT_READ | PROT_WRITE;
    void* const at = mmap(nullptr, bytes, protection, MAP_SHARED | MAP_POPULATE, file, 0);
    if (at == MAP_FAILED) return;
    data_ = at;
    bytes_ = bytes;
    page_size_ = page;
    if (page == small_page) madvise(data_, bytes_, MADV_HUGEPAGE); // as above
}

large_memory::~large_memory() {
    if (data_ != nullptr) munmap(data_, bytes_);
}

} // namespace weir::inline flow
