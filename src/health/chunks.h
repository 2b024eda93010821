#pragma once

// Chunked transfer coding (RFC 9112 section 7.1), taken apart as it comes in, however it is cut.
// What follows the last chunk is not looked at. Plain memory: any thread.

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::health {

class chunk_reader {
public:
    /// Takes something off the front of `bytes`, and returns what of it is body, if anything is.
    std::string_view next(std::string_view& bytes);

    /// The last chunk has come.
    bool ended() const { return ended_; }
    /// What came is no chunk.
    bool broken() const { return broken_; }

private:
    void length(std::string_view line);

    std::uint64_t left_ = 0; ///< bytes of this chunk still to come
    std::string line_;       ///< the next one's length, as far as it has come
    bool ended_ = false;
    bool broken_ = false;
};

} // namespace weir::health
