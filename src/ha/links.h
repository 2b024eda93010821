#pragma once

// What heartbeat links say of the peers, beside VRRP. The links' thread (links/keeper.h) writes
// what it has heard, the heart reads it in each of its turns: plain atomics, no lock. VRRP elects;
// links tell a dead peer from a cut network, and carry the word of who gives up where VRRP cannot.
//
// A peer lives if a link proves it. A fast link proves it as long as it is not silent for three
// intervals. A slow one (serial, disk) that speaks proves it only by what was sent after the fast
// links should have spoken again: what it has from before the peer died proves nothing.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ha/group.h"

namespace weir::ha {

inline constexpr std::size_t most_peers = 8;
inline constexpr std::size_t most_links = 8; ///< to one peer

/// What a director says of one of its groups.
struct group_word {
    state now = state::initialize;
    bool holds = false;    ///< it does, and its workers poll
    bool has_link = false; ///< all of its ports have
    std::uint8_t priority = 0;
    friend bool operator==(const group_word&, const group_word&) = default;
};

/// As one number, which is never 0.
constexpr std::uint16_t packed(const group_word& w) noexcept {
    const unsigned bits =
        0x80u | (w.holds ? 0x40u : 0u) | (w.has_link ? 0x20u : 0u) | static_cast<unsigned>(w.now);
    return static_cast<std::uint16_t>(bits << 8 | w.priority);
}
/// False: no director says that.
constexpr bool unpack(std::uint16_t bits, group_word& w) noexcept {
    const unsigned high = bits >> 8;
    if ((high & 0x98u) != 0x80u || (high & 7u) >= states) return false;
    w = {static_cast<state>(high & 7u), (high & 0x40u) != 0, (high & 0x20u) != 0,
         static_cast<std::uint8_t>(bits)};
    return true;
}

/// Does it give its addresses up, or cannot hold them?
constexpr bool gives_up(const group_word& w) noexcept {
    return w.now != state::active && w.now != state::backup;
}

/// What one link has heard last.
struct hearing {
    moment heard{0};         ///< 0: nothing yet
    nanoseconds sent{0};     ///< when the peer sent it, by its own clock
    nanoseconds interval{0}; ///< of the peer, on this link
    bool slow = false;
};

/// Which link proves that the peer lives; -1: none.
int proof_of_life(std::span<const hearing> all, moment now) noexcept;

/// The same for the links' thread, which writes, and everyone else.
struct link_ear {
    std::string name; ///< "udp 192.0.2.3:7412"
    bool slow = false;
    std::atomic<std::uint64_t> heard{0}; ///< time stamp counter; 0: nothing yet
    std::atomic<std::int64_t> sent{0};
    std::atomic<std::int64_t> interval{0};
};

/// All that the links to one peer say.
struct peer_ears {
    std::string name;
    std::vector<std::unique_ptr<link_ear>> links{};
    std::array<std::atomic<std::uint16_t>, 256> words{}; ///< of our groups by id; 0: none yet
    std::atomic<bool> greater{false}; ///< its name, than ours: decides between equals
    std::atomic<bool> fenced{false};  ///< by the control core, since it was last heard
    bool fences = false;              ///< it is to be fenced before its addresses are taken
};

} // namespace weir::ha
