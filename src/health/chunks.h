#pragma once

// Decodes chunked transfer coding (RFC 9112 section 7.1) as it arrives, in pieces of any size.
// Ignores everything after the last chunk. Plain memory: any thread.

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::health {

class chunk_reader {
public:
    /// Consumes a piece from the front of `bytes`, and returns the part of it that is body, if any.
    std::string_view next(std::string_view& bytes);

    /// True if the last chunk has come.
    bool ended() const { return ended_; }
    /// True if the bytes were no chunks.
    bool broken() const { return broken_; }

private:
    void length(std::string_view line);

    std::uint64_t left_ = 0; ///< bytes of this chunk still to come
    std::string line_;       ///< the next chunk's length, as far as it has come
    bool ended_ = false;
    bool broken_ = false;
};

} // namespace weir::health
