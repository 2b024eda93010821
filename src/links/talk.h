#pragma once

// One peer, as the links' thread knows it: its links, what was heard on each, and what it was told.
// It lives on through reloads that leave the peer as it is. Made by the control core; then only the
// links' thread uses it, but for `ears`, which anybody reads, and `shown`, behind its lock.

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ha/plan.h"
#include "links/conversation.h"
#include "links/frame.h"
#include "links/path.h"

namespace weir::links {

struct peer_settings {
    std::string name;
    key_bytes key{};
    std::vector<path_settings> links; ///< ha::most_links at most
    bool fences = false;
    friend bool operator==(const peer_settings&, const peer_settings&) = default;
};

/// A group that peers hear of.
struct group_to_tell {
    std::uint32_t key = 0;
    ha::group_id id = 0;
    std::shared_ptr<const ha::group_counts> counts;
};

/// What the thread sees of the rest; the same for all peers.
struct surroundings {
    const ha::lease* held = nullptr;
    std::uint64_t (*counter)() = nullptr; ///< time stamp
    std::uint64_t ticks_per_second = 1;
    std::string director; ///< its name
};

/// What commands show of a link.
struct link_figures {
    std::uint64_t sent = 0;
    std::uint64_t heard = 0;      ///< good ones
    std::uint64_t round_trip = 0; ///< nanoseconds; 0: not known
    std::array<std::uint64_t, faults> refused{};
    std::string trouble; ///< why it is not open; "" = it is
};

class talk {
public:
    talk(peer_settings settings, const surroundings& around, std::uint64_t own_boot);

    const peer_settings& settings() const { return settings_; }
    const std::shared_ptr<ha::peer_ears>& ears() const { return ears_; }

    /// Hears all that has come.
    void hear(std::uint64_t now, const std::vector<group_to_tell>& groups);
    /// Tells what is due, or new.
    void tell(std::uint64_t now, const std::vector<group_to_tell>& groups,
              const std::vector<ping_entry>& pings);
    /// Appends what to wait for; returns nothing to wait for if a link is closed.
    void add_descriptors(std::vector<int>& to) const;

    struct shown {
        std::mutex lock;
        std::vector<link_figures> links;
        std::vector<ping_entry> pings; ///< the peer's
        std::string director;          ///< as it calls itself
    };
    /// For the control core.
    shown& to_show() { return shown_; }
    /// Brings `shown` up to date, unless somebody reads it.
    void show();

private:
    struct line {
        std::unique_ptr<path> by;
        std::uint64_t due = 0;   ///< the next heartbeat
        std::uint64_t retry = 0; ///< to open it
        std::uint64_t answers = 0;
        std::uint64_t answers_heard = 0; ///< time stamp counter
        bool news = false;               ///< to be told at once
        link_figures figures;
    };

    void hear_frame(std::size_t link, std::span<const std::byte> frame, std::uint64_t now,
                    const std::vector<group_to_tell>& groups);
    void take(const heartbeat& h, std::size_t link, std::uint64_t now,
              const std::vector<group_to_tell>& groups);
    void open(line& l, std::uint64_t now);
    bool is_alive(std::uint64_t now) const;
    std::uint64_t nanoseconds_of(std::uint64_t counter) const;
    std::uint64_t ticks(std::chrono::nanoseconds time) const;

    const peer_settings settings_;
    const surroundings around_;
    std::shared_ptr<ha::peer_ears> ears_;
    conversation heard_;
    std::vector<line> lines_;
    heartbeat next_;               ///< to be told
    std::vector<std::byte> frame_; ///< that
    std::string director_;
    std::vector<ping_entry> pings_;
    bool changed_ = true; ///< since show()
    shown shown_;
};

} // namespace weir::links
