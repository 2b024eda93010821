#include "health/chunks.h"

#include <algorithm>
#include <charconv>

#include "config/values.h"

namespace weir::health {

namespace {

constexpr std::size_t longest_line = 256; ///< extensions included

} // namespace

std::string_view chunk_reader::next(std::string_view& bytes) {
    if (left_ > 0) {
        const auto piece = bytes.substr(0, std::min<std::uint64_t>(left_, bytes.size()));
        left_ -= piece.size();
        bytes.remove_prefix(piece.size());
        return piece;
    }
    const std::size_t end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    broken_ = line_.size() > longest_line;
    bytes.remove_prefix(std::min(end, bytes.size() - 1) + 1);
    if (end == std::string_view::npos || broken_) return {};
    // After a chunk comes the end of its line, then the next length.
    if (const std::string_view line = config::trimmed(line_); !line.empty()) length(line);
    line_.clear();
    return {};
}

void chunk_reader::length(std::string_view line) {
    broken_ = std::from_chars(line.data(), line.data() + line.size(), left_, 16).ec != std::errc{};
    ended_ = !broken_ && left_ == 0;
}

} // namespace weir::health
