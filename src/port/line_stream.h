#pragma once

// A stream that passes its lines to a function; it brings DPDK's log into ours. The C library locks
// a stream while it writes, so lines of several threads do not mix, and only one thread at a time
// calls `line`: the one that wrote.

#include <cstdio>
#include <functional>
#include <string>

namespace weir::port {

/// Null if there is no memory. Close it with fclose(), which passes on an unfinished line.
std::FILE* open_line_stream(std::function<void(const std::string&)> line);

} // namespace weir::port
