#pragma once

// Is this director in step with its peers: has it all the connections that they have? The sync
// thread knows, and the heart asks before it takes addresses from a living peer. What the sync
// thread said before the process was stopped as a whole (SIGSTOP, a virtual machine that paused) is
// old news, and the heart may run first when it goes on. So the heart counts such stops, and the
// sync thread says after how many of them it has heard all anew.
//
// Any thread, without locks.

#include <atomic>
#include <cstdint>

namespace weir::ha {

class agreement {
public:
    /// What peers had to say after so many stops has been heard, or else some of it is missing.
    void set(bool in_step, std::uint32_t stops) noexcept {
        after_.store(in_step ? stops : out, std::memory_order_relaxed);
    }
    /// The process has been stopped, and goes on.
    void note_stop() noexcept { stops_.fetch_add(1, std::memory_order_relaxed); }
    std::uint32_t stops() const noexcept { return stops_.load(std::memory_order_relaxed); }

    bool is_in() const noexcept {
        const std::uint32_t after = after_.load(std::memory_order_relaxed);
        return after == alone || after == stops();
    }

private:
    static constexpr std::uint32_t alone = ~0u;
    static constexpr std::uint32_t out = ~0u - 1;

    std::atomic<std::uint32_t> stops_{0};
    std::atomic<std::uint32_t> after_{alone}; ///< without peers it stays so
};

} // namespace weir::ha
