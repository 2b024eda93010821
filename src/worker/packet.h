#pragma once

// A packet in a worker's hands: its buffer, what the parser found, and where its flow may be. Plain
// values, used by their worker only.

#include <cstddef>
#include <cstdint>
#include <span>

#include <rte_mbuf.h>

#include "flow/index.h"
#include "net/packet_view.h"
#include "service/rule_set.h"

namespace weir::inline worker {

/// What is known of one packet of the burst.
struct packet {
    rte_mbuf* m = nullptr;
    packet_view view;
    std::uint64_t hash = 0;
    flow_ref candidate;
    port_id port = 0; ///< it came in through

    std::byte* frame() const noexcept { return rte_pktmbuf_mtod(m, std::byte*); }
    std::byte* ip() const noexcept { return frame() + view.l3; }
    std::span<const std::byte> bytes() const noexcept { return {frame(), m->data_len}; }
};

} // namespace weir::inline worker
