#pragma once

// DPDK's EAL for programs with a rig: no card, no hugepages, no files.

namespace weir::test {

/// Starts it, once. False: it does not start; DPDK has said why. Calls of rte_eal_cleanup() are the
/// caller's.
bool start_eal(const char* program);

} // namespace weir::test
