#pragma once

// One flow, or one persistence template (flow/template.cpp): a cache line, the same for IPv4 and
// IPv6. Its identity is constant from insertion to removal; everything that changes is atomic. The
// server's address and port are in its target, so the entry holds the client's side only. Only
// `owner` arms its timer and removes it.

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <emmintrin.h>

#include "flow/state.h"
#include "flow/target.h"
#include "net/types.h"

namespace weir::inline flow {

/// The number of an entry in the table. 0 is never an entry.
using flow_index = std::uint32_t;

struct alignas(64) flow_entry {
    ip_address client;
    ip_address vip;
    be16 client_port;
    be16 vip_port;
    std::uint8_t proto = 0;
    std::atomic<flow_state> state{flow_state::none};
    std::uint8_t owner = 0;    ///< the worker that made it
    std::uint8_t adoption = 0; ///< counts what peers' slots it was the copy of (sync/adopter.h)
    target_id target = 0;
    std::atomic<std::uint32_t> last_seen{0}; ///< coarse clock, seconds
    std::atomic<std::uint16_t> timeout{0};   ///< seconds of silence that end it; 0 = it has ended
    std::uint8_t forward_slot = 0;           ///< its place in the index: step * 8 + slot
    std::uint8_t reverse_slot = 0;
    flow_index next = 0; ///< links it in the timer wheel or a free list
    /// Of a flow: the template that placed it; 0 = none. Of a template: how many flows it holds,
    /// `closed` once it takes no more.
    std::atomic<std::uint32_t> control{0};
    /// Of a NAT flow in its handshake: the last bits of the number that acknowledges its server's
    /// SYN-ACK. Nothing needs it later.
    std::atomic<std::uint16_t> awaited{0};
    /// The last bits of the last_seen that a peer has told of; whatever else last_seen is comes
    /// from packets here.
    std::atomic<std::uint16_t> heard{0};

    static constexpr std::uint32_t closed = 0x80000000;
    /// The protocol of templates: no packet of a flow carries it.
    static constexpr std::uint8_t template_proto = 0;

    bool is_template() const noexcept { return proto == template_proto; }
    /// True for a template that flows still need, however long ago the last one came.
    bool held() const noexcept {
        const std::uint32_t flows = control.load(std::memory_order_relaxed);
        return is_template() && flows != 0 && flows < closed;
    }

    /// True if a packet came here since a peer last told of it, or none ever did.
    bool used_here() const noexcept {
        return static_cast<std::uint16_t>(last_seen.load(std::memory_order_relaxed))
               != heard.load(std::memory_order_relaxed);
    }

    /// True if it was silent for as long as its state allows. Another worker's clock may be a
    /// little ahead of `now`, so the difference is signed.
    bool expired(std::uint32_t now) const noexcept {
        return static_cast<std::int32_t>(now - last_seen.load(std::memory_order_relaxed))
               >= timeout.load(std::memory_order_relaxed);
    }
    /// True if the addresses and ports match. Compares them as they are in memory, an address at a
    /// time.
    bool is_from(const flow_key& key) const noexcept {
        const auto load = [](const void* at) {
            return _mm_loadu_si128(static_cast<const __m128i*>(at));
        };
        const __m128i same = _mm_and_si128(_mm_cmpeq_epi8(load(&client), load(&key.source)),
                                           _mm_cmpeq_epi8(load(&vip), load(&key.destination)));
        std::uint32_t ports;
        std::uint32_t wanted;
        std::memcpy(&ports, reinterpret_cast<const std::byte*>(this) + 32, sizeof ports);
        std::memcpy(&wanted, reinterpret_cast<const std::byte*>(&key) + 32, sizeof wanted);
        return _mm_movemask_epi8(same) == 0xffff && ports == wanted;
    }
    /// The key in its client's packets.
    flow_key forward_key() const noexcept { return {client, vip, client_port, vip_port, proto}; }
    /// The key in its server's packets.
    flow_key reverse_key(const flow_target& server) const noexcept {
        return {server.address, client, server.port_for(vip_port), client_port, proto};
    }
};
static_assert(sizeof(flow_entry) == 64 && offsetof(flow_entry, client_port) == 32);

} // namespace weir::inline flow
