#pragma once

// The links' thread: it hears and tells heartbeats, a turn each millisecond and whenever something
// comes. It is real-time, just below the heart (ha/heart.h), which must not wait for a socket: the
// two share plain atomics (ha/links.h). What it says of a group is what the lease says, so a
// director whose heart or workers hang says that it holds nothing.
//
// The control core makes it with the first `link` and gives it peers and groups; it takes them at
// its next turn. Control core only, but for the thread itself.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "links/talk.h"

namespace weir::links {

class keeper {
public:
    /// Begins at once. Throws std::system_error.
    explicit keeper(surroundings around);
    /// Ends it.
    ~keeper();
    keeper(const keeper&) = delete;
    keeper& operator=(const keeper&) = delete;

    /// From now on these are the peers and groups. A peer that stays as it is goes on.
    void set(const std::vector<peer_settings>& peers, std::vector<group_to_tell> groups);
    /// Of our ping groups, how many hosts answer.
    void set_pings(std::vector<ping_entry> pings);

    /// In the order of set().
    const std::vector<std::shared_ptr<talk>>& peers() const { return peers_; }
    /// How many hosts of a ping group the peers that live see; none: none of them says.
    std::optional<unsigned> hosts_seen(std::uint32_t key) const;
    /// Nanoseconds since a link was heard; none: never.
    std::optional<std::chrono::nanoseconds> silence(const ha::link_ear& ear) const;
    /// Why it is not real-time, in one line; "" when it is.
    const std::string& complaint() const { return complaint_; }

private:
    struct orders {
        std::vector<std::shared_ptr<talk>> peers;
        std::vector<group_to_tell> groups;
        std::vector<ping_entry> pings;
    };
    void run();
    void give();

    const surroundings around_;
    const std::uint64_t boot_;
    std::vector<std::shared_ptr<talk>> peers_;
    orders wanted_;
    std::mutex lock_; ///< of what follows
    std::optional<orders> given_;
    std::atomic<bool> stop_{false};
    std::string complaint_;
    std::thread thread_;
};

} // namespace weir::links
