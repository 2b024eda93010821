#pragma once

// The sync thread: it keeps this director's table in step with its peers'. It runs beside the
// control core, on its CPU, with ordinary priority: a turn each millisecond while peers are
// connected. A turn lets every link tell and hear, and looks after the copies' timers; then the
// thread holds no reference to the table and sleeps until a socket or a millisecond is due.
//
// The control core hands over peers and names and reads the status, under a lock that workers never
// see. Control core only, but for the thread itself.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "flow/table.h"
#include "service/server_store.h"
#include "sync/link.h"
#include "sync/names.h"

namespace weir::sync {

class engine {
public:
    struct surroundings {
        flow_table& flows;
        const server_store& servers;
        const grace_periods& grace;
        unsigned owner = 0;                              ///< of copies
        unsigned reader = 0;                             ///< of grace
        std::string name;                                ///< of this director
        std::uint32_t (*seconds)(const void*) = nullptr; ///< the coarse clock
        const void* clock = nullptr;
        /// How often the process was stopped as a whole until now (ha/agreement.h). Null: not
        /// counted.
        std::uint32_t (*stops)(const void*) = nullptr;
        /// Hears whether we have all that the connected peers have told after so many stops, and
        /// there is a peer. Null: nobody asks.
        void (*say_in_step)(void*, bool, std::uint32_t) = nullptr;
        void* step = nullptr; ///< of these two
    };
    /// Begins at once, without peers. All in `around` outlives it. Throws std::bad_alloc,
    /// std::system_error.
    explicit engine(const surroundings& around);
    /// Ends it.
    ~engine();
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;

    /// From now on these are the peers. A peer that stays as it is keeps its connections.
    void set_peers(std::vector<peer_settings> peers);
    void set_names(std::shared_ptr<const name_map> names);
    /// What operators have set for servers, all of it. Peers hear what they do not know yet.
    void set_settings(settings all);
    /// What peers have told of theirs since the last call.
    std::vector<setting> take_settings();
    std::vector<peer_status> status() const;
    /// Asks that all changes until now are told; flushed() says when they have been.
    void flush();
    bool flushed() const;

private:
    struct listener {
        ip_address address;
        std::uint16_t port = 0;
        int fd = -1;
        bool complained = false;
    };

    void run() noexcept;
    void turns();
    void take_orders();
    void listen(std::uint64_t now);
    void accept(std::uint64_t now);
    void look_after_copies(std::uint32_t seconds);
    void publish(std::uint64_t now);
    void look_at_stops(std::uint64_t now);
    void say_whether_in_step(const std::vector<peer_status>& all) const;
    unsigned free_reader() const;

    const surroundings around_;
    hello self_;
    change_marks marks_;

    mutable std::mutex lock_; ///< of what follows
    std::vector<peer_settings> wanted_;
    std::shared_ptr<const name_map> names_ = std::make_shared<const name_map>();
    settings settings_ = std::make_shared<const std::vector<setting>>();
    std::vector<setting> heard_;
    std::vector<peer_status> status_;
    bool orders_ = false;
    std::uint64_t flush_since_ = 0; ///< milliseconds; 0 = not asked
    bool flushed_ = false;

    // The thread's own.
    std::vector<std::unique_ptr<link>> links_;
    std::vector<listener> listeners_;
    std::uint64_t listen_at_ = 0;
    std::uint64_t published_at_ = 0;
    std::uint64_t turned_at_ = 0;
    std::uint32_t stops_ = 0; ///< that have been heard of
    std::shared_ptr<const name_map> names_in_use_ = names_;

    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace weir::sync
