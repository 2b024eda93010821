#pragma once

// Grace periods (owns DPDK's rte_rcu_qsbr). Readers have numbers from 0; one thread at a time uses
// a number. Now and then a reader reports that it holds no reference it has read before: it is
// quiescent. To reuse or destroy shared memory, unpublish it, begin a period, and wait until the
// period is over: every reader has been quiescent since. An offline reader holds no references, so
// periods do not wait for it; all readers start offline. Any thread; no EAL. Must outlive its
// users. They hold it const; its state is atomic.

#include <cstdint>
#include <memory>
#include <new>

#include <rte_rcu_qsbr.h>

namespace weir::inline flow {

class grace_periods {
public:
    /// Throws std::bad_alloc.
    explicit grace_periods(unsigned readers)
        : readers_(static_cast<rte_rcu_qsbr*>(
            ::operator new(rte_rcu_qsbr_get_memsize(readers), alignment))) {
        rte_rcu_qsbr_init(readers_.get(), readers);
        for (unsigned reader = 0; reader < readers; ++reader)
            rte_rcu_qsbr_thread_register(readers_.get(), reader);
    }

    void go_online(unsigned reader) const noexcept {
        rte_rcu_qsbr_thread_online(readers_.get(), reader);
    }
    void go_offline(unsigned reader) const noexcept {
        rte_rcu_qsbr_thread_offline(readers_.get(), reader);
    }
    void quiescent(unsigned reader) const noexcept {
        rte_rcu_qsbr_quiescent(readers_.get(), reader);
    }

    /// A token for is_over().
    std::uint64_t begin() const noexcept { return rte_rcu_qsbr_start(readers_.get()); }
    /// Not rte_rcu_qsbr_check(): that function remembers the least count of a scan for all
    /// scanners. A scan that is delayed between two readers may miss the first one coming online
    /// and see the second one's newer count. It would then take the first reader to be further on
    /// than it is.
    bool is_over(std::uint64_t token) const noexcept {
        for (std::uint32_t reader = 0; reader < readers_->max_threads; ++reader) {
            const std::uint64_t count =
                __atomic_load_n(&readers_->qsbr_cnt[reader].cnt, __ATOMIC_ACQUIRE);
            if (count != __RTE_QSBR_CNT_THR_OFFLINE && count < token) return false;
        }
        return true;
    }

private:
    static constexpr std::align_val_t alignment{RTE_CACHE_LINE_SIZE};
    struct deleter {
        void operator()(rte_rcu_qsbr* readers) const noexcept {
            ::operator delete(readers, alignment);
        }
    };

    std::unique_ptr<rte_rcu_qsbr, deleter> readers_;
};

} // namespace weir::inline flow
