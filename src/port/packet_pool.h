#pragma once

// The buffers of all packets: one pool for all ports and workers. DPDK owns it until EAL ends.
//
// AF_XDP has special needs. The kernel takes one range of memory (the umem) for a socket. DPDK
// 22.11's driver computes it as number of buffers x size of a buffer, from the pool's first page;
// and a zero-copy driver accepts no buffer that crosses a page. DPDK's usual pools leave gaps so
// that no buffer crosses a page, and then some of the buffers lie outside that range. The kernel
// silently discards each of those when it is offered, until none is left and the port receives
// nothing. So with xdp: ports each buffer is one page, without gaps.

#include <cstdint>

#include <rte_mempool.h>

#include "config/model.h"

namespace weir::port {

/// Makes a pool for frames of the largest configured MTU, with `note_size` bytes beside each
/// packet. Throws std::runtime_error if `memory` is too small or an MTU too large for the ports.
/// Control core.
rte_mempool* make_packet_pool(const config::configuration& c, std::uint16_t note_size);

} // namespace weir::port
