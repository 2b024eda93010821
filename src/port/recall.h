#pragma once

// The kernel may want a card back that weir has: somebody pulls it, or unbinds it from its driver.
// The vfio driver then asks the process, and waits until it closes the card. Drivers of cards that
// Linux keeps (mlx4, mlx5) hear of it from Linux. EAL's interrupt thread passes both on. The uio
// drivers ask nobody. One object for each card, which must be probed. Control core, but hear().

#include <atomic>
#include <cstdint>
#include <string>

namespace weir::port {

class recall {
public:
    /// `card`: its PCI address. `port`: DPDK's number of it.
    recall(std::string card, std::uint16_t port);
    ~recall();
    recall(const recall&) = delete;
    recall& operator=(const recall&) = delete;

    /// The kernel has asked for the card.
    bool is_heard() const { return heard_.load(std::memory_order_relaxed); }
    /// The kernel has bound the card to the same driver again, even if it was away for a moment.
    bool is_over() const;

    /// For EAL's thread.
    void hear() { heard_.store(true, std::memory_order_relaxed); }

private:
    std::string card_;
    std::uint16_t port_;
    std::string link_;    ///< to its driver, in sysfs
    std::string driver_;  ///< the kernel's name of it, at first
    std::uint64_t bound_; ///< which binding that was: sysfs makes a new link for each
    std::atomic<bool> heard_{false};
};

} // namespace weir::port
