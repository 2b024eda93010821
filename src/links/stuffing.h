#pragma once

// Frames on a serial line: consistent overhead byte stuffing (Cheshire and Baker, 1997). A frame
// holds no zero byte, and a zero ends it, so a reader that comes in the middle, or has lost bytes,
// is right again at the next zero. It costs one byte in 254. Pure.

#include <cstddef>
#include <span>
#include <vector>

namespace weir::links {

/// Appends a frame and the zero behind it.
inline void stuff(std::span<const std::byte> frame, std::vector<std::byte>& to) {
    std::size_t code_at = to.size();
    to.push_back(std::byte{1});
    for (std::size_t i = 0; i < frame.size(); ++i) {
        if (frame[i] != std::byte{0}) {
            to.push_back(frame[i]);
            to[code_at] = static_cast<std::byte>(std::to_integer<unsigned>(to[code_at]) + 1);
        }
        if (frame[i] == std::byte{0} || to[code_at] == std::byte{255}) {
            code_at = to.size();
            to.push_back(std::byte{1});
        }
    }
    to.push_back(std::byte{0});
}

/// Takes bytes one by one, and has a frame whenever a zero has come.
class unstuffer {
public:
    explicit unstuffer(std::size_t longest) : longest_(longest) {}

    /// True: frame() is one, which may be spoilt.
    bool take(std::byte b) {
        if (done_) {
            frame_.clear();
            done_ = false;
        }
        if (b == std::byte{0}) {
            const bool whole = left_ == 0 && !frame_.empty() && !spoilt_;
            left_ = 0;
            zero_due_ = spoilt_ = false;
            done_ = true;
            return whole;
        }
        if (spoilt_) return false;
        if (left_ == 0) {
            if (zero_due_) frame_.push_back(std::byte{0});
            left_ = std::to_integer<unsigned>(b) - 1;
            zero_due_ = b != std::byte{255};
        } else {
            frame_.push_back(b);
            --left_;
        }
        spoilt_ = frame_.size() > longest_;
        return false;
    }
    std::span<const std::byte> frame() const { return frame_; }

private:
    std::size_t longest_;
    std::vector<std::byte> frame_;
    unsigned left_ = 0;     ///< bytes until the next code
    bool zero_due_ = false; ///< before it
    bool spoilt_ = false;   ///< it is too long: to be skipped
    bool done_ = false;
};

} // namespace weir::links
