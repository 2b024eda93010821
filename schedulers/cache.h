#pragma once

// Remembers which servers a destination was sent to, for lblc and lblcr.
//
// LVS keeps a hash of linked entries under a lock, and a timer that ages them. This is a table of
// fixed size, allocated once: 4096 buckets of four entries, one cache line each. In a full bucket,
// a new destination replaces a random one. Nothing locks: an entry is two atomic words, its owner
// (32 bits of the destination's hash, and when its set last changed) and its set (up to four server
// indexes). While an entry changes owner, a reader may see the set of one destination under
// another. That costs a little locality for one connection, never correctness: every index in the
// table is a server of this service.

#include <atomic>
#include <cstdint>
#include <ctime>
#include <span>
#include <vector>

#include "hash.h"
#include "weir/address.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

/// Up to four servers in one word. Each 16 bits hold an index + 1; 0 = empty.
class server_set {
public:
    static constexpr unsigned capacity = 4;

    explicit server_set(std::uint64_t word = 0) noexcept : word_(word) {}
    std::uint64_t word() const noexcept { return word_; }

    /// The index at place `at`, or no_server.
    std::uint32_t get(unsigned at) const noexcept {
        const std::uint32_t stored = word_ >> (16 * at) & 0xffff;
        return stored == 0 ? no_server : stored - 1;
    }
    void set(unsigned at, std::uint32_t server) noexcept {
        const std::uint64_t stored = server == no_server ? 0 : server + 1;
        word_ = (word_ & ~(std::uint64_t{0xffff} << (16 * at))) | stored << (16 * at);
    }
    unsigned size() const noexcept {
        unsigned count = 0;
        for (unsigned at = 0; at < capacity; ++at)
            count += get(at) != no_server ? 1 : 0;
        return count;
    }

private:
    std::uint64_t word_;
};

class destination_cache {
public:
    struct entry {
        std::atomic<std::uint64_t> owner{0}; ///< tag << 32 | second of the last change; 0 = free
        std::atomic<std::uint64_t> servers{0};

        server_set set() const noexcept {
            return server_set(servers.load(std::memory_order_relaxed));
        }
        /// Seconds since the set last changed.
        std::uint32_t age() const noexcept {
            return now() - static_cast<std::uint32_t>(owner.load(std::memory_order_relaxed));
        }
        void change(std::uint64_t hash, server_set set) noexcept {
            owner.store((hash | 1) << 32 | now(), std::memory_order_relaxed);
            servers.store(set.word(), std::memory_order_relaxed);
        }
    };

    destination_cache() : buckets_(bucket_count) {}

    static std::uint64_t hash(const ip_address& destination) noexcept {
        return hash_of(cache_key, destination, 0);
    }
    /// The destination's entry, or null.
    entry* find(std::uint64_t hash) noexcept {
        for (entry& e : bucket_of(hash).entries)
            if (e.owner.load(std::memory_order_relaxed) >> 32 == ((hash | 1) & 0xffffffff))
                return &e;
        return nullptr;
    }
    /// An entry for a new destination: a free one or a random one.
    entry& claim(std::uint64_t hash, std::uint64_t random) noexcept {
        bucket& b = bucket_of(hash);
        for (entry& e : b.entries)
            if (e.owner.load(std::memory_order_relaxed) == 0) return e;
        return b.entries[random % std::size(b.entries)];
    }

    /// Takes over the contents of `previous`. `moved` as in scheduler_setup.
    void inherit(const destination_cache& previous, std::span<const std::uint32_t> moved) {
        std::vector<std::uint32_t> now_at(UINT16_MAX, no_server); // by old index
        for (std::uint32_t i = 0; i < moved.size(); ++i)
            if (moved[i] < now_at.size()) now_at[moved[i]] = i;
        for (std::size_t b = 0; b < bucket_count; ++b) {
            for (std::size_t e = 0; e < std::size(buckets_[b].entries); ++e) {
                const entry& old = previous.buckets_[b].entries[e];
                server_set kept;
                unsigned count = 0;
                for (unsigned at = 0; at < server_set::capacity; ++at) {
                    const std::uint32_t server = old.set().get(at);
                    if (server != no_server && now_at[server] != no_server)
                        kept.set(count++, now_at[server]);
                }
                if (count == 0) continue;
                buckets_[b].entries[e].owner = old.owner.load();
                buckets_[b].entries[e].servers = kept.word();
            }
        }
    }

private:
    static constexpr std::size_t bucket_count = 4096;
    struct alignas(64) bucket {
        entry entries[4];
    };

    /// Coarse seconds, read without a system call.
    static std::uint32_t now() noexcept {
        timespec time{};
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
        return static_cast<std::uint32_t>(time.tv_sec);
    }
    bucket& bucket_of(std::uint64_t hash) noexcept {
        return buckets_[hash >> 32 & (bucket_count - 1)];
    }

    std::vector<bucket> buckets_;
};

/// True if this server has more active connections than its weight while another has less than half
/// (is_overloaded in LVS's ip_vs_lblc.c).
inline bool should_spill(std::span<const server_view> servers, const server_view& server) noexcept {
    if (server.active() <= static_cast<std::uint32_t>(server.weight())) return false;
    for (const server_view& other : servers)
        if (std::uint64_t{other.active()} * 2
            < (other.available() ? static_cast<std::uint64_t>(other.weight()) : 0))
            return true;
    return false;
}

} // namespace weir::schedulers
