#pragma once

// The control socket: `weir.sock` in the run directory, where weirctl asks and orders
// (commands.h says what; control_socket.h who may).
//
// No client can hold it up: sockets never block, a client gets one piece of its answer for each
// turn of the event loop, and no further piece is made before the last one has gone. A client that
// does not read costs one piece of memory. Requests of one client are answered in their order.
//
// Clients that say nothing cannot lock others out: one idle for ten minutes is dropped; when all
// places are taken, whoever has made no progress for longest gives its place to the next client,
// and a few places are root's alone.
//
// When no descriptor is left, one in reserve serves whoever comes to see why; the next ones wait in
// the socket's queue, looked at once a second, until there are descriptors again.
//
// Control core only.

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "command/commands.h"
#include "command/control_socket.h"
#include "command/rates.h"
#include "command/status.h"
#include "command/views.h"
#include "loop/event_loop.h"

namespace weir::command {

class command_server {
public:
    static constexpr std::size_t longest_request = 65536; ///< bytes
    static constexpr std::size_t most_clients = 256;
    static constexpr std::size_t kept_for_root = 8; ///< places beyond those
    static constexpr std::chrono::minutes longest_idle{10};
    /// A client without progress for this long gives its place to the next one.
    static constexpr std::chrono::seconds may_be_displaced{1};
    /// An answer that waits is asked again so much later.
    static constexpr std::chrono::milliseconds patience{20};

    /// Listens in `run_dir`, as control_socket does. `loop` and `view` outlive it.
    command_server(loop::event_loop& loop, director_view& view, const std::string& run_dir);
    ~command_server();
    command_server(const command_server&) = delete;
    command_server& operator=(const command_server&) = delete;

private:
    struct client {
        int fd;
        std::string caller;
        std::string in;
        std::string out;
        std::size_t sent = 0;             ///< of `out`
        answer rest;                      ///< of the answer under way
        bool waits = false;               ///< `rest` has nothing to say at the moment
        bool no_more = false;             ///< it has said its last word
        loop::clock::time_point progress; ///< when a byte last went either way
    };

    void accept_clients();
    int accept_one();
    void listen(bool whether);
    void keep_reserve();
    void admit(int fd);
    bool make_room(const peer& who);
    void drop_idle();
    void refuse(int fd, const peer& who, const std::string& why);
    void serve(client& c, std::uint32_t events);
    bool receive(client& c);
    bool send_some(client& c);
    void next_request(client& c);
    static void next_piece(client& c);
    void serve_waiting();
    void drop(int fd);
    void every_second();

    loop::event_loop& loop_;
    director_view& view_;
    control_socket socket_;
    rates rates_;
    busy_meter busy_;
    loop::event_loop::timer_id timer_;
    std::optional<loop::event_loop::timer_id> wake_; ///< while an answer waits
    bool listens_ = true;
    std::optional<loop::clock::time_point> stopped_at_; ///< accepting, the last time
    int reserve_ = -1; ///< a descriptor to be given up for a client
    std::unordered_map<int, std::unique_ptr<client>> clients_; ///< by descriptor
};

} // namespace weir::command
