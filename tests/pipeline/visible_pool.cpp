#include "visible_pool.h"

#include <cerrno>

#include <algorithm>
#include <mutex>
#include <vector>

#include <rte_mempool.h>

namespace weir::test {

#ifdef __SANITIZE_THREAD__

namespace {

struct stock {
    std::mutex lock;
    std::vector<void*> objects;
};
stock& of(const rte_mempool* pool) {
    return *static_cast<stock*>(pool->pool_data);
}

int begin(rte_mempool* pool) {
    pool->pool_data = new stock;
    return 0;
}
void end(rte_mempool* pool) {
    delete &of(pool);
}
int put(rte_mempool* pool, void* const* objects, unsigned count) {
    const std::lock_guard guard(of(pool).lock);
    of(pool).objects.insert(of(pool).objects.end(), objects, objects + count);
    return 0;
}
int take(rte_mempool* pool, void** objects, unsigned count) {
    const std::lock_guard guard(of(pool).lock);
    std::vector<void*>& all = of(pool).objects;
    if (all.size() < count) return -ENOBUFS;
    std::copy(all.end() - count, all.end(), objects);
    all.resize(all.size() - count);
    return 0;
}
unsigned count(const rte_mempool* pool) {
    const std::lock_guard guard(of(pool).lock);
    return static_cast<unsigned>(of(pool).objects.size());
}

} // namespace

const char* pool_of_build() {
    rte_mempool_ops operations{};
    constexpr const char* name = "visible";
    std::copy_n(name, sizeof "visible", operations.name);
    operations.alloc = begin;
    operations.free = end;
    operations.enqueue = put;
    operations.dequeue = take;
    operations.get_count = count;
    return rte_mempool_register_ops(&operations) < 0 ? nullptr : name;
}

#else

const char* pool_of_build() {
    return nullptr;
}

#endif

} // namespace weir::test
