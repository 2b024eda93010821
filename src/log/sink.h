#pragma once

// Where the log's lines go: a descriptor that never blocks its writer.
//
// A reader that stops reading (a full pipe, a terminal held by ^S, a journal that hangs) must not
// stop the director. A pipe or a terminal is opened a second time, so that O_NONBLOCK is ours alone
// and not that of every process that shares the descriptor; a socket is written with MSG_DONTWAIT;
// a file never blocks. A line that does not fit is lost and counted, and the next line that does
// fit is preceded by the count. Lines of up to PIPE_BUF bytes enter a pipe whole (pipe(7)); of a
// longer line that entered in part, the rest goes out before the next line.
//
// Thread: any, one at a time; log.cpp holds the lock.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weir::log {

class sink {
public:
    /// Writes to `descriptor`, which stays the caller's.
    explicit sink(int descriptor);
    ~sink();
    sink(const sink&) = delete;
    sink& operator=(const sink&) = delete;

    /// Writes one line, or counts it as lost. `gap(n)` makes the line that says that `n` lines were
    /// lost before this one.
    void write(std::string_view line, const std::function<std::string(std::uint64_t)>& gap);

    /// Lines lost since start.
    std::uint64_t lost() const { return lost_; }

private:
    bool put(std::string_view text);

    int descriptor_;
    bool own_ = false;       ///< opened here
    bool is_socket_ = false; ///< takes MSG_DONTWAIT
    std::string rest_;       ///< of a line that entered in part
    std::uint64_t lost_ = 0;
    std::uint64_t unsaid_ = 0; ///< lost since the last line that was written
};

} // namespace weir::log
