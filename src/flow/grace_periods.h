#pragma once

// Grace periods (DPDK's rte_rcu_qsbr, owned). Its readers are numbered from 0, each number one
// thread's at a time; now and then a reader says that it holds nothing it has read before: it is
// quiescent. Whoever takes something out of the readers' sight begins a period, and may reuse or
// destroy it when that is over: every reader has been quiescent since. A reader that is offline
// holds nothing and is not waited for; all begin so. Any thread; no EAL. Outlives those who use it,
// to whom it is const, as all that changes in it is atomic.

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
    /// Not rte_rcu_qsbr_check(): that remembers the least count of a scan for all, and a scan that
    /// is held up between two readers (whoever scans) may miss the first of them come online and
    /// find the second's count newer; the first would then be taken for further on than it is.
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
