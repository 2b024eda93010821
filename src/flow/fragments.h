#pragma once

// Fragments follow their first fragment. Only the first one carries the ports, so the tracker
// remembers them under the fields that all fragments of a packet share: addresses, protocol and
// identification (RFC 791 section 3.2, RFC 8200 section 4.5). Once all bytes of the packet have
// passed it forgets them: the identification may come again soon, from another port (RFC 4963).
// Fragments that come before their first one wait here for a short time. weir reassembles nothing.
// Each worker has its own tracker and uses it alone. Memory is fixed: a flood of fragments evicts
// others but takes no more memory. What waits is bounded, altogether and by source, since each
// holds a packet buffer that ports need.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "flow/memory.h"
#include "net/hash.h"
#include "net/types.h"

namespace weir::inline flow {

class fragment_tracker {
public:
    static constexpr unsigned most_held = 64;     ///< fragments that wait for one packet: 64 KiB
    static constexpr std::uint32_t lifetime = 30; ///< seconds that ports are remembered
    static constexpr std::uint32_t hold_time = 2; ///< seconds a fragment waits for its first one
    static constexpr unsigned ways = 4;

    struct ports {
        be16 source;
        be16 destination;
    };
    /// Where a fragment is in its packet.
    struct part {
        std::uint32_t offset = 0; ///< bytes
        std::uint32_t bytes = 0;
        bool last = false;
    };

    /// `packets`: how many fragmented packets it follows at once; a power of two. `room`: how many
    /// fragments may wait, an eighth of them from one source.
    fragment_tracker(std::uint32_t packets, std::uint32_t room, const flow_hasher& hasher)
        : slots_(packets, large_memory::pages::ordinary), mask_(packets / ways - 1),
          waiting_(room + 1, large_memory::pages::ordinary), by_source_(sources),
          most_of_source_(std::max(room / 8, std::uint32_t{least_of_source})), hasher_(hasher) {
        for (std::uint32_t i = 1; i <= room; ++i)
            waiting_[i].next = i < room ? i + 1 : 0;
        free_ = room != 0 ? 1 : 0;
    }

    /// The key of a fragmented packet: its addresses and protocol, the identification as ports.
    static flow_key key_of(const flow_key& packet, std::uint32_t identification) noexcept {
        return {packet.source,
                packet.destination,
                {static_cast<std::uint16_t>(identification >> 16)},
                {static_cast<std::uint16_t>(identification)},
                packet.proto};
    }

    /// Call when the first fragment comes, which has so many bytes. Calls `release(void*)` for each
    /// fragment that waited for it, in their order, and `lost(void*)` for those of a packet it
    /// evicts to make room.
    template <typename Release, typename Lost>
    void remember(const flow_key& key, ports p, std::uint32_t bytes, std::uint32_t now,
                  Release&& release, Lost&& lost) noexcept {
        slot* s = find(key, now);
        if (s == nullptr) s = &make_room(key, now, lost);
        s->known = true;
        s->first = p;
        s->since = now;
        s->total = 0;
        s->passed = static_cast<std::uint16_t>(bytes);
        empty(*s, release);
    }

    /// The ports for a later fragment, which then counts as passed, if the first one has come.
    std::optional<ports> follow(const flow_key& key, part its, std::uint32_t now) noexcept {
        slot* s = find(key, now);
        if (s == nullptr || !s->known) return std::nullopt;
        s->passed = static_cast<std::uint16_t>(s->passed + its.bytes);
        if (its.last) s->total = static_cast<std::uint16_t>(its.offset + its.bytes);
        if (s->total != 0 && s->passed >= s->total) s->since = 0; // nothing waits once it is known
        return s->first;
    }

    /// Keeps a fragment until its first one comes; false if too many wait already.
    template <typename Lost>
    bool hold(const flow_key& key, void* packet, std::uint32_t now, Lost&& lost) noexcept {
        std::uint32_t& of_source = by_source_[source_of(key)];
        if (free_ == 0 || of_source == most_of_source_) return false;
        slot* s = find(key, now);
        if (s == nullptr) s = &make_room(key, now, lost);
        if (s->held == most_held) return false;
        const std::uint32_t at = free_;
        free_ = waiting_[at].next;
        waiting_[at] = {packet, 0};
        if (s->held++ == 0)
            s->head = at;
        else
            waiting_[s->tail].next = at;
        s->tail = at;
        ++of_source;
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
        std::uint32_t since = 0; ///< 0 = not in use
        bool known = false;
        std::uint8_t held = 0;
        std::uint16_t passed = 0; ///< bytes
        std::uint16_t total = 0;  ///< bytes; 0 = not known
        std::uint32_t head = 0;   ///< of what waits
        std::uint32_t tail = 0;
    };
    static_assert(sizeof(slot) == 64);
    struct waiting {
        void* packet = nullptr;
        std::uint32_t next = 0; ///< the next of the same packet, or the next free place; 0 = none
    };

    static constexpr std::uint32_t sources = 1024; ///< counters, by hash of the address
    static constexpr std::uint32_t least_of_source = most_held;

    std::size_t source_of(const flow_key& key) const noexcept {
        return hasher_({key.source, {}, {}, {}, {}}) % sources;
    }

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
        if (s.held == 0) return;
        holding_ -= s.held;
        by_source_[source_of(s.key)] -= s.held;
        s.held = 0;
        for (std::uint32_t at = s.head; at != 0;) {
            const std::uint32_t next = waiting_[at].next;
            void* const packet = waiting_[at].packet;
            waiting_[at].next = free_;
            free_ = at;
            taken(packet);
            at = next;
        }
    }

    large_array<slot> slots_;
    std::uint64_t mask_;
    large_array<waiting> waiting_; ///< from 1 on
    std::uint32_t free_ = 0;
    std::vector<std::uint32_t> by_source_; ///< how many wait
    std::uint32_t most_of_source_;
    flow_hasher hasher_;
    std::size_t cursor_ = 0;
    std::uint32_t holding_ = 0;
};

} // namespace weir::inline flow
