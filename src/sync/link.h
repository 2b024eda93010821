#pragma once

// The two connections with one peer. Each director connects to tell and accepts to be told, so that
// both tell at once and none needs to know who was first. The records are in records.h; this makes
// and ends connections, finds out whether the peer lives, and says in the log what an operator
// wants to know. The sync thread only; `status` is copied out by it.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <poll.h>

#include "sync/adopter.h"
#include "sync/channel.h"
#include "sync/settings.h"
#include "sync/teller.h"

namespace weir::sync {

/// `[peer NAME]`
struct peer_settings {
    std::string name;
    ip_address address; ///< where it listens, and connects from
    std::uint16_t port = 0;
    ip_address source; ///< where this director does; none: any address
    pair_key key{};
    friend bool operator==(const peer_settings&, const peer_settings&) = default;
};

/// What an operator sees of a peer.
struct peer_status {
    std::string name;
    std::string director; ///< its name; "" = never met
    ip_address address;
    std::uint16_t port = 0;
    bool tells = false;     ///< it is connected to us
    bool listens = false;   ///< we are connected to it
    bool has_all = false;   ///< it has all that is here, up to `lag`
    bool gave_all = false;  ///< we have all that is there
    double filled = 0;      ///< how much of the table it has been told at first, 0 to 1
    std::uint64_t lag = 0;  ///< milliseconds
    std::uint64_t told = 0; ///< flows, each time one was told
    std::uint64_t adopted = 0;
    std::uint64_t no_room_there = 0; ///< flows that its table had no room for
    std::uint64_t no_room_here = 0;
    std::uint32_t unknown_there = 0; ///< servers that its file lacks
    std::uint32_t unknown_here = 0;  ///< servers of it that ours lacks
    std::string first_unknown;       ///< one of those
    bool files_differ = false;
    std::uint64_t losses = 0; ///< of connections
    std::string why;          ///< the last one was lost, or there is none; "" = all is well
    std::chrono::system_clock::time_point since{}; ///< of `has_all && gave_all`, or of its end

    bool in_step() const { return has_all && gave_all; }
};

/// What a turn of the sync thread knows.
struct moment {
    std::uint64_t now = 0;     ///< milliseconds, any clock that is steady
    std::uint32_t seconds = 0; ///< the coarse clock
    const name_map& names;
    bool names_are_new = false;
    bool leaving = false; ///< this director is about to stop
    sync::settings settings;
};

class link {
public:
    /// `self`: what hello says of this director. `reader`: of the marks. All outlive it.
    link(const peer_settings& peer, const hello& self, flow_table& table,
         const server_store& servers, unsigned owner, change_marks& marks, unsigned reader);

    const peer_settings& settings() const { return peer_; }
    unsigned reader() const { return reader_; }
    /// A connection from the peer's address; takes the socket.
    void accept(int fd, std::uint64_t now);
    /// True: there is more to do at once.
    bool turn(const moment& m);
    void add_events(std::vector<pollfd>& to) const;
    /// Appends what the peer's operator has set, unless there is much already.
    void hand_over_settings(std::vector<setting>& to) { settings_.hand_over(to); }
    peer_status status(std::uint64_t now) const;
    /// Has the peer all that had changed by then? True if there is no connection to wait for.
    bool has_all_since(std::uint64_t when) const;
    /// This process was stopped and goes on: what the peer has said may be old.
    void doubt() { adopter_.doubt(); }
    /// It was stopped for long: connections are closed, and nothing that waits in them is read.
    void restart(std::uint64_t now);

private:
    struct connection {
        std::unique_ptr<channel> wire;
        bool met = false;           ///< its hello has come
        std::uint64_t began = 0;    ///< milliseconds
        std::uint64_t alive_at = 0; ///< when bytes moved last
        std::uint64_t moved = 0;    ///< by then
        explicit operator bool() const { return wire != nullptr; }
    };

    void dial(std::uint64_t now);
    bool run(connection& c, std::uint64_t now);
    bool tell(const moment& m);
    bool hear(const moment& m);
    void meet_waiting(const moment& m);
    std::string_view check(const hello& h) const;
    void lose(connection& c, const char* which, std::uint64_t now);
    void note_step(std::uint64_t now);
    void note_unknown();

    const peer_settings peer_;
    const hello self_;
    const unsigned reader_;
    key_context keys_;
    teller teller_;
    adopter adopter_;
    connection out_;                  ///< to tell
    connection in_;                   ///< to be told
    std::vector<connection> waiting_; ///< accepted, not yet known to be the peer
    std::uint64_t dial_at_ = 0;
    std::string director_;
    setting_exchange settings_;
    std::uint64_t fingerprint_ = 0;
    std::uint64_t their_fingerprint_ = 0;
    bool in_step_ = false;
    bool unable_told_ = false; ///< why there is no connection stands in the log
    std::uint32_t unknown_told_ = 0;
    std::uint64_t losses_ = 0;
    std::string why_ = "not connected yet";
    std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();
};

} // namespace weir::sync
