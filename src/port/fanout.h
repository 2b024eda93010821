#pragma once

// packet: ports and fragments. DPDK's AF_PACKET driver puts its sockets into a fanout group that
// spreads frames over queues, and asks Linux to put IPv4 fragments together first
// (PACKET_FANOUT_FLAG_DEFRAG). So a datagram would arrive as one frame that is longer than the MTU,
// and cut off where it is longer than the ring's frames. weir works with fragments itself, as they
// are on the wire. The driver has no option for this: fanout.cpp takes its place in the one system
// call that sets the flag. Hash, rollover and all other options pass unchanged.
//
// The driver calls on the control core.

namespace weir::port {

/// How many fanout groups were joined without the flag.
unsigned fanouts_without_defragmentation();

} // namespace weir::port
