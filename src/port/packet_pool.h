#pragma once

// The buffers all packets live in: one pool for all ports and workers. Owned by DPDK until EAL
// ends.
//
// AF_XDP is particular about them. The kernel takes one range of memory (the umem) for a socket,
// which DPDK 22.11's driver computes as number of buffers x size of a buffer from the pool's first
// page, and a driver with zero copy takes no buffer that crosses a page. DPDK's usual pools leave
// gaps so that no buffer crosses a page, and then a part of them lies outside that range: the
// kernel discards each such buffer when it is offered to it, silently, until it has none left and
// the port is deaf. So with xdp: ports each buffer is one page, gapless.

#include <cstdint>

#include <rte_mempool.h>

#include "config/model.h"

namespace weir::port {

/// For frames of the largest configured MTU and `note_size` bytes beside each packet. Throws
/// std::runtime_error when `memory` is too small or an MTU too large for the ports. Control core.
rte_mempool* make_packet_pool(const config::configuration& c, std::uint16_t note_size);

} // namespace weir::port
