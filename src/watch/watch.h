#pragma once

// One operator who watches packets: what he wants to see, and a ring from each core to the control
// core. A core that finds its ring full counts the packet as lost and goes on; nothing waits for
// the one who reads. A core shows at most so many packets a second, so that watching a flood costs
// no more than that.
//
// The control core makes it and takes from it; cores put. It is freed once no worker can hold it
// (service/grace.h).

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "service/counters.h"
#include "watch/byte_ring.h"
#include "watch/criteria.h"
#include "watch/sighting.h"

namespace weir::watch {

/// What an operator asks for.
struct order {
    criteria what;
    bool frames = false;     ///< each frame that leaves is a record of its own, as on a wire
    bool counts = false;     ///< packets from the wire are counted, and none is shown
    std::uint32_t snap = 96; ///< bytes of a frame that are copied; most_snap at most
    std::uint32_t rate = 0;  ///< packets a second that one core shows
    std::size_t room = 0;    ///< bytes of each ring
};
inline constexpr std::uint32_t most_snap = 16384;

/// A sighting with its bytes, as it comes out of a ring.
struct record {
    sighting seen;
    std::span<const std::byte> in;  ///< the frame as it came, cut off
    std::span<const std::byte> out; ///< as it left
    std::vector<std::byte> memory{};
};

class watch {
public:
    /// `cores`: the workers and the control core. Throws std::bad_alloc.
    watch(order wanted, unsigned cores) : wanted_(std::move(wanted)) {
        for (unsigned i = 0; i < cores; ++i)
            lines_.push_back(std::make_unique<line>(wanted_.room));
    }

    const order& wanted() const noexcept { return wanted_; }

    /// Of those who count: a packet came, from a client or as an answer. The core itself.
    void tally(unsigned core, bool answer, std::uint32_t bytes) noexcept {
        line& l = *lines_[core];
        (answer ? l.out_packets : l.in_packets).add();
        (answer ? l.out_bytes : l.in_bytes).add(bytes);
    }
    struct tallies {
        std::uint64_t in_packets = 0, in_bytes = 0, out_packets = 0, out_bytes = 0;
    };
    /// Any thread.
    tallies counted() const noexcept {
        return {sum(&line::in_packets), sum(&line::in_bytes), sum(&line::out_packets),
                sum(&line::out_bytes)};
    }

    /// May this core show one more in this second? False: counted as above the rate.
    bool admits(unsigned core, std::uint32_t now) noexcept {
        line& l = *lines_[core];
        if (l.second != now) {
            l.second = now;
            l.shown = 0;
        }
        if (l.shown++ < wanted_.rate) return true;
        l.over_rate.add();
        return false;
    }
    /// Puts a sighting with so much of the frames as is wanted. The core itself.
    void put(unsigned core, sighting& s, std::span<const std::byte> in,
             std::span<const std::byte> out) noexcept {
        in = in.first(std::min<std::size_t>(in.size(), wanted_.snap));
        out = out.first(std::min<std::size_t>(out.size(), wanted_.snap));
        s.bytes_in = static_cast<std::uint16_t>(in.size());
        s.bytes_out = static_cast<std::uint16_t>(out.size());
        line& l = *lines_[core];
        if (!l.ring.put({std::as_bytes(std::span(&s, 1)), in, out})) l.lost.add();
    }

    /// The next record of a core; false: there is none now. Control core.
    bool take(unsigned core, record& into) {
        if (!lines_[core]->ring.take(into.memory)) return false;
        std::memcpy(&into.seen, into.memory.data(), sizeof into.seen);
        const auto bytes = std::span<const std::byte>(into.memory).subspan(sizeof into.seen);
        into.in = bytes.first(into.seen.bytes_in);
        into.out = bytes.subspan(into.seen.bytes_in, into.seen.bytes_out);
        return true;
    }
    unsigned cores() const noexcept { return static_cast<unsigned>(lines_.size()); }
    /// Records that found no room, and packets above the rate. Any thread.
    std::uint64_t lost() const noexcept { return sum(&line::lost); }
    std::uint64_t over_rate() const noexcept { return sum(&line::over_rate); }

private:
    struct alignas(64) line {
        explicit line(std::size_t room) : ring(room) {}
        byte_ring ring;
        counter lost;
        counter over_rate;
        counter in_packets, in_bytes, out_packets, out_bytes;
        std::uint32_t second = 0; ///< coarse clock
        std::uint32_t shown = 0;  ///< in this second
    };
    std::uint64_t sum(counter line::*which) const noexcept {
        std::uint64_t all = 0;
        for (const auto& l : lines_)
            all += ((*l).*which).get();
        return all;
    }

    const order wanted_;
    std::vector<std::unique_ptr<line>> lines_; ///< by core
};

/// All watches at one time: what workers read. There is none when nobody watches.
struct watch_set {
    static constexpr std::size_t most = 4;

    std::vector<std::shared_ptr<watch>> all;
    bool each = false;   ///< some look at packets one by one
    bool drops = false;  ///< some want dropped packets only
    bool frames = false; ///< some want the frames that leave

    explicit watch_set(std::vector<std::shared_ptr<watch>> watches) : all(std::move(watches)) {
        for (const auto& w : all) {
            (w->wanted().what.only_dropped ? drops : each) = true;
            frames |= w->wanted().frames;
        }
    }
};

} // namespace weir::watch
