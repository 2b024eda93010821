#pragma once

// Keeps the neighbours that workers send to: asks Linux to resolve them through the twin, holds the
// packets that wait meanwhile, follows changes of MAC, has those in use probed again, and forgets
// unused ones. Linux does ARP and neighbour discovery; weir only mirrors the results. Control core
// only; workers see neighbour_table.

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/model.h"
#include "loop/event_loop.h"
#include "port/twin.h"
#include "worker/shared.h"

struct nl_sock;
struct nl_object;
struct nl_msg;

namespace weir::linux {

class neighbour_keeper {
public:
    static constexpr unsigned most_waiting = 32; ///< packets for one neighbour
    static constexpr unsigned most_waiting_in_all = 4096;

    /// `twins` by port_id, null for ports without one; they must outlive this. Throws
    /// std::runtime_error if netlink is unavailable.
    neighbour_keeper(director_state& state, loop::event_loop& loop, grace_bin& bin,
                     std::vector<port::twin*> twins);
    ~neighbour_keeper();

    /// Takes a packet that cannot leave before `next_hop` is resolved. Drops it on a port without a
    /// twin, where nothing can resolve it.
    void want(port_id port, const ip_address& next_hop, rte_mbuf* packet);

    /// The slot of a server or gateway: starts resolving it and keeps it while it is pinned. 0 if
    /// the table is full.
    neighbour_id pin(port_id port, const ip_address& address);
    /// Unpins every neighbour not listed; those age out.
    void keep_pinned(const std::unordered_set<neighbour_id>& wanted);

    /// The configured neighbours, which need no resolving.
    void set_static(const std::vector<config::port>& ports);

    /// Handles a message from Linux about a neighbour (RTM_NEWNEIGH, RTM_DELNEIGH).
    void heard(nl_object* neighbour, bool gone);

private:
    struct kept {
        std::vector<rte_mbuf*> waiting;
        std::uint32_t asked_at = 0;    ///< coarse clock; 0 = not yet
        std::uint32_t waits_since = 0; ///< when the first of `waiting` came
        std::uint32_t failed_at = 0;   ///< when Linux gave up; 0 = it did not
        unsigned retries = 0;          ///< in this second
        bool pinned = false;
        bool fixed = false;    ///< from the configuration
        bool stale = false;    ///< Linux has not confirmed it lately
        bool reported = false; ///< the log has already reported it
    };

    void ask(neighbour_id id);
    void listen();
    void every_second();
    void resolved(neighbour_id id, const mac_address& mac);
    void failed(neighbour_id id);
    void lost(neighbour_id id);
    bool has_been_asked(neighbour_id id) const;
    bool in_use(neighbour_id id) const;
    void lose(rte_mbuf* packet, drop_reason reason);
    void forget(neighbour_id id);

    director_state& state_;
    loop::event_loop& loop_;
    grace_bin& bin_;
    std::vector<port::twin*> twins_;
    packet_books& books_;
    nl_sock* listening_ = nullptr;
    nl_sock* asking_ = nullptr; ///< kept open: no descriptor may be left when it is needed
    loop::event_loop::timer_id timer_ = 0;
    std::unordered_map<neighbour_id, kept> kept_;
    unsigned waiting_ = 0;
};

} // namespace weir::linux
