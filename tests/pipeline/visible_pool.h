#pragma once

// A packet pool that ThreadSanitizer understands. A buffer goes from thread to thread through its
// pool, and the pools of DPDK's libraries are compiled without the sanitizer: it would take each
// buffer's next owner for a racer. Built with -fsanitize=thread, the rig's pool is a list under a
// mutex instead. Before EAL starts.

namespace weir::test {

/// The pool operations that this build needs, registered with DPDK; null: DPDK's own.
const char* pool_of_build();

} // namespace weir::test
