#pragma once

// The kernel may want a card back that weir has: somebody pulls it, or unbinds it from its driver.
// The vfio driver then asks the process, and waits until it closes the card; EAL's interrupt thread
// hears of that. The uio drivers ask nobody. One object per card, which must be probed. Control
// core, but for that thread.

#include <atomic>
#include <string>

namespace weir::port {

class recall {
public:
    /// `card`: its PCI address.
    explicit recall(std::string card);
    ~recall();
    recall(const recall&) = delete;
    recall& operator=(const recall&) = delete;

    /// The kernel has asked for the card.
    bool is_heard() const { return heard_.load(std::memory_order_relaxed); }
    /// The card was gone, or without its driver, at an earlier call, and has the same driver again.
    bool is_over();

    /// For EAL's thread.
    void hear() { heard_.store(true, std::memory_order_relaxed); }

private:
    std::string card_;
    std::string driver_; ///< the kernel's name of it, at first
    bool away_ = false;
    std::atomic<bool> heard_{false};
};

} // namespace weir::port
