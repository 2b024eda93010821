#pragma once

// Publication without locks: workers read a pointer, the control core swaps it, and what was
// replaced is destroyed after a grace period (flow/grace_periods.h). `published` holds the pointer,
// `grace_bin` what waits to be destroyed. Both belong to the control core; workers only call
// published::read() between two of their quiescent points.

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "flow/grace_periods.h"

namespace weir::inline service {

/// Runs clean-ups once no reader can still hold what they clean up.
class grace_bin {
public:
    explicit grace_bin(const grace_periods& grace) : grace_(grace) {}

    void later(std::function<void()> clean_up) {
        waiting_.push_back({grace_.begin(), std::move(clean_up)});
    }
    /// Runs what is due, in order; never blocks.
    void poll() {
        while (!waiting_.empty() && grace_.is_over(waiting_.front().token)) {
            const std::function<void()> clean_up = std::move(waiting_.front().clean_up);
            waiting_.pop_front();
            clean_up();
        }
    }
    bool empty() const { return waiting_.empty(); }

private:
    struct item {
        std::uint64_t token;
        std::function<void()> clean_up;
    };
    const grace_periods& grace_;
    std::deque<item> waiting_;
};

/// An immutable object under a pointer that changes.
template <typename T>
class published {
public:
    const T* read() const noexcept { return current_.load(std::memory_order_acquire); }

    /// Shows `next` to the readers and leaves the one before to `bin`.
    void replace(std::shared_ptr<const T> next, grace_bin& bin) {
        std::shared_ptr<const T> before = std::exchange(owner_, std::move(next));
        current_.store(owner_.get(), std::memory_order_release);
        if (before) bin.later([before]() mutable { before.reset(); });
    }

private:
    std::atomic<const T*> current_{nullptr};
    std::shared_ptr<const T> owner_;
};

} // namespace weir::inline service
