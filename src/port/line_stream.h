#pragma once

// A stream whose lines go to a function: how DPDK's log reaches ours. The C library locks a stream
// while it writes, so lines of several threads do not mix and `line` is called by one at a time, on
// whichever thread wrote.

#include <cstdio>
#include <functional>
#include <string>

namespace weir::port {

/// Null when there is no memory. To be closed by fclose(); an unfinished line goes out then.
std::FILE* open_line_stream(std::function<void(const std::string&)> line);

} // namespace weir::port
