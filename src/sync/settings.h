#pragma once

// What operators have set for servers (records.h: setting), on its way between two directors. Each
// tells what the other does not know yet: all of it when a connection begins or when the other has
// read its file again, then what changes. What is heard waits for the control core; when much
// waits, no more is read from the connection. The sync thread only.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sync/records.h"

namespace weir::sync {

/// All that operators have set; never changes.
using settings = std::shared_ptr<const std::vector<setting>>;

class setting_exchange {
public:
    /// The peer knows nothing, or may have servers that it had not.
    void begin() {
        told_.clear();
        next_ = 0;
    }
    /// Appends what the peer does not know, until `to` has `most` bytes.
    void tell(bytes& to, std::size_t most, const settings& now) {
        if (now != now_) {
            now_ = now;
            next_ = 0;
        }
        for (; next_ < now_->size() && to.size() < most; ++next_) {
            const setting& s = (*now_)[next_];
            if (std::exchange(told_[s.server], s.at) != s.at) write(to, s);
        }
    }

    bool is_full() const { return heard_.size() >= most_heard; }
    void hear(const setting& s) { heard_.push_back(s); }
    /// Appends what was heard, unless there is much already.
    void hand_over(std::vector<setting>& to) {
        if (to.size() >= most_heard) return;
        to.insert(to.end(), heard_.begin(), heard_.end());
        heard_.clear();
    }

private:
    static constexpr std::size_t most_heard = 4096;

    settings now_;
    std::size_t next_ = 0;                                              ///< of those
    std::unordered_map<target_name, std::uint64_t, hash_of_name> told_; ///< setting::at
    std::vector<setting> heard_;
};

} // namespace weir::sync
