#include "linux/neighbour_keeper.h"

#include <algorithm>

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/neighbour.h>
#include <sys/epoll.h>

#include "linux/netlink_socket.h"
#include "log/log.h"
#include "worker/witness.h"

namespace weir::linux {

namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t ask_again_after = 1; ///< seconds
constexpr std::uint32_t asking_takes = 2; ///< seconds at least: Linux asks three times, 1 s apart
constexpr unsigned most_retries = 3;      ///< per second, when Linux gives up early
constexpr std::uint32_t look_again_after = 30; ///< seconds, for a server or gateway that was silent
constexpr std::uint32_t in_use_within = 10;    ///< seconds since a worker last sent there
constexpr std::uint32_t forget_after = 300;    ///< seconds without use, unless pinned
constexpr std::uint32_t patience = 4; ///< seconds that a packet waits if Linux does not answer

} // namespace

neighbour_keeper::neighbour_keeper(director_state& state, loop::event_loop& loop, grace_bin& bin,
                                   std::vector<port::twin*> twins)
    : state_(state), loop_(loop), bin_(bin), twins_(std::move(twins)), books_(state.books.back()) {
    asking_ = netlink::open();
    listening_ = netlink::open_listener(
        RTNLGRP_NEIGH, [this](nl_object* object, bool gone) { heard(object, gone); });
    loop_.need(nl_socket_get_fd(listening_), EPOLLIN, [this](std::uint32_t) { listen(); });
    timer_ = loop_.every(1s, [this] { every_second(); });
}

neighbour_keeper::~neighbour_keeper() {
    loop_.cancel(timer_);
    loop_.remove(nl_socket_get_fd(listening_));
    nl_socket_free(listening_);
    nl_socket_free(asking_);
    for (auto& [id, k] : kept_)
        for (rte_mbuf* packet : k.waiting)
            lose(packet, drop_reason::no_neighbour);
}

void neighbour_keeper::lose(rte_mbuf* packet, drop_reason reason) {
    books_.drop(reason);
    witness_loss(state_,
                 {.core = state_.workers, .device = packet->port, .out = note_of(packet).port},
                 *packet, reason);
    rte_pktmbuf_free(packet);
}

void neighbour_keeper::want(port_id port, const ip_address& next_hop, rte_mbuf* packet) {
    const bool can_ask = twins_[port] != nullptr;
    const neighbour_id id =
        can_ask ? state_.neighbours->add(port, next_hop) : state_.neighbours->find(port, next_hop);
    if (!can_ask && (id == 0 || !state_.neighbours->at(id).resolved()))
        return lose(packet, drop_reason::no_neighbour);
    if (id == 0) return lose(packet, drop_reason::neighbour_queue_full);
    kept& k = kept_[id];
    const std::uint32_t now = state_.clock.now();
    if (state_.neighbours->at(id).resolved()) {
        k.waiting.push_back(packet); // resolved while the packet was on its way here
        ++waiting_;
        return resolved(id, state_.neighbours->at(id).mac());
    }
    if (k.failed_at != 0 && now - k.failed_at < ask_again_after)
        return lose(packet, drop_reason::no_neighbour);
    if (k.waiting.size() >= most_waiting || waiting_ >= most_waiting_in_all)
        return lose(packet, drop_reason::neighbour_queue_full);
    if (k.waiting.empty()) k.waits_since = now;
    k.waiting.push_back(packet);
    ++waiting_;
    if (k.asked_at == 0 || now - k.asked_at >= ask_again_after) ask(id);
}

neighbour_id neighbour_keeper::pin(port_id port, const ip_address& address) {
    const neighbour_id id = state_.neighbours->add(port, address);
    if (id == 0) {
        log::error("neighbour table is full: {} cannot be reached", to_string(address));
        return 0;
    }
    kept& k = kept_[id];
    if (!k.pinned && !k.fixed) ask(id);
    k.pinned = true;
    return id;
}

void neighbour_keeper::keep_pinned(const std::unordered_set<neighbour_id>& wanted) {
    for (auto& [id, k] : kept_)
        k.pinned = k.pinned && wanted.contains(id);
}

void neighbour_keeper::set_static(const std::vector<config::port>& ports) {
    std::vector<neighbour_id> before;
    for (auto& [id, k] : kept_)
        if (std::exchange(k.fixed, false)) before.push_back(id);
    for (std::size_t port = 0; port < ports.size(); ++port) {
        for (const config::static_neighbour& n : ports[port].neighbours) {
            const neighbour_id id = state_.neighbours->add(static_cast<port_id>(port), n.address);
            if (id == 0) continue;
            kept_[id].fixed = true;
            resolved(id, n.mac);
        }
    }
    for (const neighbour_id id : before)
        if (!kept_[id].fixed) lost(id);
}

/// Makes Linux resolve or confirm a neighbour, as if Linux had a packet for it.
void neighbour_keeper::ask(neighbour_id id) {
    kept& k = kept_[id];
    k.asked_at = state_.clock.now();
    k.failed_at = 0;
    const port::twin* twin = twins_[state_.neighbours->port(id)];
    if (twin == nullptr || k.fixed) return;
    netlink::resolve(listening_, asking_, twin->index(), state_.neighbours->address(id));
}

void neighbour_keeper::listen() {
    if (netlink::receive(listening_)) return;
    // The kernel dropped messages for us: request everything again.
    netlink::request_dump(listening_, RTM_GETNEIGH);
}

void neighbour_keeper::heard(nl_object* object, bool gone) {
    auto* const n = reinterpret_cast<rtnl_neigh*>(object);
    const int index = rtnl_neigh_get_ifindex(n);
    const auto twin = std::find_if(twins_.begin(), twins_.end(), [&](const port::twin* t) {
        return t != nullptr && t->index() == index;
    });
    const auto address = netlink::to_address(rtnl_neigh_get_dst(n));
    if (twin == twins_.end() || !address) return;
    const auto port = static_cast<port_id>(twin - twins_.begin());
    const neighbour_id id = state_.neighbours->find(port, *address);
    if (id == 0 || kept_[id].fixed) return;
    const int state = gone ? NUD_NONE : rtnl_neigh_get_state(n);
    const auto mac = netlink::to_mac(rtnl_neigh_get_lladdr(n));
    constexpr int usable =
        NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP;
    kept_[id].stale = (state & NUD_STALE) != 0;
    if ((state & usable) != 0 && mac)
        resolved(id, *mac);
    else if (gone || ((state & NUD_FAILED) != 0 && !has_been_asked(id)))
        lost(id);
    else if ((state & NUD_FAILED) != 0)
        failed(id);
}

void neighbour_keeper::resolved(neighbour_id id, const mac_address& mac) {
    state_.neighbours->set(id, mac);
    kept& k = kept_[id];
    k.failed_at = 0;
    if (std::exchange(k.reported, false))
        log::info("neighbour {} answers again", to_string(state_.neighbours->address(id)));
    waiting_ -= static_cast<unsigned>(k.waiting.size());
    // All go to one worker, so they stay in order.
    rte_ring* const inbox = state_.rings[id % state_.workers].inbox;
    for (rte_mbuf* packet : std::exchange(k.waiting, {})) {
        if (rte_ring_enqueue(inbox, packet) != 0) lose(packet, drop_reason::ring_full);
    }
}

void neighbour_keeper::failed(neighbour_id id) {
    state_.neighbours->unresolve(id);
    kept& k = kept_[id];
    k.failed_at = state_.clock.now();
    k.asked_at = 0;
    waiting_ -= static_cast<unsigned>(k.waiting.size());
    state_.neighbours->set_silent(id);
    if (k.pinned && !std::exchange(k.reported, true)) {
        const ip_address address = state_.neighbours->address(id);
        const port::twin* const twin = twins_[state_.neighbours->port(id)];
        log::warning("neighbour {}{} does not answer {}: packets to it are dropped",
                     to_string(address), twin == nullptr ? "" : " on " + twin->name(),
                     address.is_v4() ? "ARP" : "neighbour solicitations");
    }
    for (rte_mbuf* packet : std::exchange(k.waiting, {}))
        lose(packet, drop_reason::no_neighbour);
}

/// Linux has lost an entry: its table was tidied or flushed, the link went down, or the neighbour
/// moved. Packets wait while we ask for it again: at once, but in the next second if Linux gives up
/// early again. Losing an entry that had already failed changes nothing.
void neighbour_keeper::lost(neighbour_id id) {
    state_.neighbours->unresolve(id);
    kept& k = kept_[id];
    if (k.failed_at != 0) return;
    if (k.waiting.empty() && !in_use(id)) return;
    if (k.retries++ < most_retries)
        ask(id);
    else
        k.asked_at = 0;
}

/// True if Linux has asked long enough to conclude that the host does not answer. A client that
/// tries again each second makes us ask as often: the first of its packets counts.
bool neighbour_keeper::has_been_asked(neighbour_id id) const {
    const kept& k = kept_.at(id);
    const std::uint32_t since = k.waiting.empty() ? k.asked_at : k.waits_since;
    return !state_.neighbours->at(id).resolved() && k.asked_at != 0
           && state_.clock.now() - since >= asking_takes;
}

bool neighbour_keeper::in_use(neighbour_id id) const {
    return state_.clock.now() - state_.neighbours->last_used(id) < in_use_within;
}

void neighbour_keeper::every_second() {
    const std::uint32_t now = state_.clock.now();
    std::vector<neighbour_id> unused;
    for (auto& [id, k] : kept_) {
        if (k.fixed) continue;
        k.retries = 0;
        const std::uint32_t last_used = std::max(state_.neighbours->last_used(id), k.asked_at);
        if (k.pinned && k.failed_at != 0 && now - k.failed_at >= look_again_after) {
            ask(id);
        } else if (!k.waiting.empty() && k.asked_at == 0) {
            ask(id);
        } else if (!k.waiting.empty() && now - k.waits_since >= patience) {
            failed(id);
        } else if (k.failed_at != 0 && !k.pinned && now - k.failed_at >= ask_again_after) {
            unused.push_back(id); // so that unused addresses do not fill the table
        } else if (k.stale && in_use(id)) {
            k.stale = false; // until Linux reports it stale again
            ask(id);
        } else if (!k.pinned && k.waiting.empty() && now - last_used >= forget_after) {
            unused.push_back(id);
        }
    }
    for (const neighbour_id id : unused)
        forget(id);
}

void neighbour_keeper::forget(neighbour_id id) {
    kept_.erase(id);
    state_.neighbours->remove(id);
    bin_.later([table = state_.neighbours.get(), id] { table->release(id); });
}

} // namespace weir::linux
