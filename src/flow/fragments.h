#pragma once

// Fragments follow their first fragment. Only the first one carries the ports, so the tracker
// remembers them under the fields that all fragments of a packet share: addresses, protocol and
// identification (RFC 791 section 3.2, RFC 8200 section 4.5). A few fragments that come before
// their first one wait here for a short time. weir reassembles nothing. Each worker has its own
// tracker and uses it alone. Memory is fixed: a flood of fragments evicts others but takes no more
// memory.

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "flow/memory.h"
#include "net/hash.h"
#include "net/types.h"

namespace weir::inline flow {

class fragment_tracker {
public:
    static constexpr unsigned most_held = 4;      ///< how many fragments wait for one packet
    static constexpr std::uint32_t lifetime = 30; ///< seconds that ports are remembered
    static constexpr std::uint32_t hold_time = 2; ///< seconds a fragment waits for its first one
    static constexpr unsigned ways = 4;

    struct ports {
        be16 source;
        be16 destination;
    };
    /// Fragments that have waited: handle them now, or drop them.
    using held_packets = std::span<void* const>;

    /// `packets`: how many fragmented packets it follows at once; a power of two.
    fragment_tracker(std::uint32_t packets, const flow_hasher& hasher)
        : slots_(packets, large_memory::pages::ordinary), mask_(packets / ways - 1),
          hasher_(hasher) {}

    /// The key of a fragmented packet: its addresses and protocol, the identification as ports.
    static flow_key key_of(const flow_key& packet, std::uint32_t identification) noexcept {
        return {packet.source,
                packet.destination,
                {static_cast<std::uint16_t>(identification >> 16)},
                {static_cast<std::uint16_t>(identification)},
                packet.proto};
    }

    /// Call when the first fragment comes. Calls `release(void*)` for each fragment that waited for
    /// it, and `lost(void*)` for those of a packet it evicts to make room.
    template <typename Release, typename Lost>
    void remember(const flow_key& key, ports p, std::uint32_t now, Release&& release,
                  Lost&& lost) noexcept {
        slot* s = find(key, now);
        if (s == nullptr) s = &make_room(key, now, lost);
        s->known = true;
        s->first = p;
        s->since = now;
        empty(*s, release);
    }

    /// The ports of the first fragment, if it has come.
    std::optional<ports> find_ports(const flow_key& key, std::uint32_t now) noexcept {
        const slot* s = find(key, now);
        if (s == nullptr || !s->known) return std::nullopt;
        return s->first;
    }

    /// Keeps a fragment until its first one comes; false if too many wait already.
    template <typename Lost>
    bool hold(const flow_key& key, void* packet, std::uint32_t now, Lost&& lost) noexcept {
        slot* s = find(key, now);
        if (s == nullptr) s = &make_room(key, now, lost);
        if (s->held == most_held) return false;
        s->waiting[s->held++] = packet;
        ++holding_;
        return true;
    }

    /// Looks at the next few slots for fragments that waited too long. Call once per poll.
    template <typename Lost>
    void expire(std::uint32_t now, Lost&& lost) noexcept {
        if (holding_ == 0) return;
        for (unsigned i = 0; i < 8; ++i) {
            slot& s = slots_[cursor_++ & (slots_.size() - 1)];
            if (s.held > 0 && now - s.since >= hold_time) empty(s, lost);
        }
    }

    /// Returns all waiting fragments.
    template <typename Lost>
    void clear(Lost&& lost) noexcept {
        for (std::size_t i = 0; i < slots_.size(); ++i)
            empty(slots_[i], lost);
    }

private:
    struct alignas(64) slot {
        flow_key key;
        ports first;
        std::uint32_t since = 0; ///< 0 = never used
        bool known = false;
        std::uint8_t held = 0;
        std::array<void*, most_held> waiting{};
    };

    slot* set_of(const flow_key& key) const noexcept {
        return &slots_[(hasher_(key) & mask_) * ways];
    }
    slot* find(const flow_key& key, std::uint32_t now) const noexcept {
        slot* set = set_of(key);
        for (unsigned i = 0; i < ways; ++i)
            if (set[i].since != 0 && now - set[i].since < lifetime && set[i].key == key)
                return &set[i];
        return nullptr;
    }
    /// The oldest place of the set, emptied for a new packet.
    template <typename Lost>
    slot& make_room(const flow_key& key, std::uint32_t now, Lost&& lost) noexcept {
        slot* set = set_of(key);
        slot* oldest = set;
        for (unsigned i = 1; i < ways; ++i)
            if (set[i].since < oldest->since) oldest = &set[i];
        empty(*oldest, lost);
        oldest->key = key;
        oldest->known = false;
        oldest->since = now;
        return *oldest;
    }
    template <typename Taken>
    void empty(slot& s, Taken&& taken) noexcept {
        for (; s.held > 0; --holding_)
            taken(s.waiting[--s.held]);
    }

    large_array<slot> slots_;
    std::uint64_t mask_;
    flow_hasher hasher_;
    std::size_t cursor_ = 0;
    std::uint32_t holding_ = 0;
};

} // namespace weir::inline flow
