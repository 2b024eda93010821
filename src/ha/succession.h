#pragma once

// Who holds a group's addresses beside us, for a short time after they have changed hands. For that
// time the old and the new holder pass each other the packets that the other one can handle: the
// old one all that it may not serve any more, since a switch or a client has not heard of the new
// one yet; the new one what belongs to a connection that it does not know, since the old one has
// not told of it yet (a handshake never is), and what belongs to one that is over here: its client
// may have opened another one there, from the same port. Nothing goes back to where it came from,
// so no packet circles.
//
// A slot for each group and port, which ports with the same last two bits share: a slot that
// another one has taken passes nothing on, and its packets end as they do at any other time. The
// heart writes, workers read. `until` ends all of it by itself, should the heart hang.

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>

#include "ha/lease.h"
#include "net/types.h"

namespace weir::ha {

class succession {
public:
    /// From now on a group's packets on this port may be passed to this neighbour.
    void set(group_id group, std::uint8_t port, const mac_address& to,
             std::uint64_t until) noexcept {
        slot(group, port).store(word_of(group, port, to), std::memory_order_relaxed);
        if (until_.load(std::memory_order_relaxed) < until)
            until_.store(until, std::memory_order_release);
    }
    void clear(group_id group, std::uint8_t port) noexcept {
        std::atomic<std::uint64_t>& its = slot(group, port);
        if (its.load(std::memory_order_relaxed) >> 48 == name_of(group, port))
            its.store(0, std::memory_order_relaxed);
    }

    /// Is any group changing hands at the time `now`, time stamp counter?
    bool is_under_way(std::uint64_t now) const noexcept {
        return now < until_.load(std::memory_order_acquire);
    }
    /// To whom a group's packets may be passed that came through this port. False: to nobody.
    bool find(group_id group, std::uint8_t port, mac_address& to) const noexcept {
        const std::uint64_t word = slots_[place_of(group, port)].load(std::memory_order_relaxed);
        if (word >> 48 != name_of(group, port)) return false;
        std::memcpy(to.bytes.data(), &word, to.bytes.size());
        return true;
    }

private:
    static constexpr std::size_t ports_apart = 4;

    static std::size_t place_of(group_id group, std::uint8_t port) noexcept {
        return group * ports_apart + port % ports_apart;
    }
    /// 0 is no slot's: groups count from 1.
    static std::uint64_t name_of(group_id group, std::uint8_t port) noexcept {
        return std::uint64_t{group} << 8 | port;
    }
    static std::uint64_t word_of(group_id group, std::uint8_t port,
                                 const mac_address& to) noexcept {
        std::uint64_t word = 0;
        std::memcpy(&word, to.bytes.data(), to.bytes.size());
        return word | name_of(group, port) << 48;
    }
    std::atomic<std::uint64_t>& slot(group_id group, std::uint8_t port) noexcept {
        return slots_[place_of(group, port)];
    }

    alignas(64) std::atomic<std::uint64_t> until_{0}; ///< time stamp counter
    std::array<std::atomic<std::uint64_t>, 256 * ports_apart> slots_{};
};

} // namespace weir::ha
