#include "linux/exception_path.h"

#include <array>
#include <cstring>

#include <sys/epoll.h>

#include <rte_ether.h>

#include "net/parse.h"
#include "worker/witness.h"

namespace weir::linux {

namespace {

/// Limits each ring and each twin, so that all get a turn.
constexpr unsigned packets_per_look = 64;

} // namespace

exception_path::exception_path(director_state& state, loop::event_loop& loop,
                               neighbour_keeper& keeper, detours& of_checks,
                               std::vector<port::twin*> twins)
    : state_(state), loop_(loop), keeper_(keeper), detours_(of_checks), twins_(std::move(twins)),
      books_(state.books.back()) {
    for (std::size_t port = 0; port < twins_.size(); ++port)
        if (twins_[port] != nullptr) listen(static_cast<port_id>(port));
    loop_.always([this] { return look_at_workers(); });
}

exception_path::~exception_path() {
    look_at_workers();
    for (const port::twin* twin : twins_)
        if (twin != nullptr) loop_.remove(twin->fd());
}

/// A twin without an interface is ready all the time: no more of it until there is one again.
void exception_path::listen(port_id port) {
    loop_.need(twins_[port]->fd(), EPOLLIN, [this, port](std::uint32_t events) {
        if ((events & EPOLLERR) != 0) {
            loop_.remove(twins_[port]->fd());
            missing_.insert(port);
        } else {
            from_linux(port);
        }
    });
}

void exception_path::look_at_twins() {
    std::erase_if(missing_, [this](port_id port) {
        if (twins_[port]->is_missing()) return false;
        listen(port);
        return true;
    });
}

bool exception_path::look_at_workers() {
    bool found = false;
    std::array<rte_mbuf*, packets_per_look> packets;
    for (const auto c :
         {errand_class::checks, errand_class::link, errand_class::resolve, errand_class::rest}) {
        for (const worker_rings& rings : state_.rings) {
            const unsigned count =
                rte_ring_dequeue_burst(rings.ring_of(c), reinterpret_cast<void**>(packets.data()),
                                       packets.size(), nullptr);
            found |= count > 0;
            for (unsigned i = 0; i < count; ++i) {
                const packet_note& note = note_of(packets[i]);
                if (note.what == packet_note::errand::resolve)
                    keeper_.want(note.port, note.address, packets[i]);
                else
                    to_linux(packets[i], c);
            }
        }
    }
    return found;
}

void exception_path::missed(const ip_address& server) {
    state_.missed.back().note(server, state_.clock.now());
}

void exception_path::to_linux(rte_mbuf* m, errand_class c) {
    const port_id port = note_of(m).port;
    const ip_address from = note_of(m).address;
    const port_rule& rule = state_.rules.read()->ports()[port];
    if (rule.vlan != 0) rte_vlan_strip(m); // the twin represents the tagged port
    detours_.on_the_way_in(m);
    if (twins_[port] == nullptr) {
        books_.drop(drop_reason::no_twin);
        witness_loss(state_, {.core = state_.workers, .device = rule.device, .port = port}, *m,
                     drop_reason::no_twin);
    } else if (twins_[port]->give(m)) {
        books_.to_twin.add();
    } else {
        missed(from);
        books_.drop(full_reason(c));
        witness_loss(state_, {.core = state_.workers, .device = rule.device, .port = port}, *m,
                     full_reason(c));
    }
    rte_pktmbuf_free(m);
}

void exception_path::from_linux(port_id port) {
    for (unsigned i = 0; i < packets_per_look; ++i) {
        rte_mbuf* const m = twins_[port]->take(state_.packets);
        if (m == nullptr) return;
        books_.from_linux.add();
        const drop_reason fault = detours_.on_the_way_out(m, state_.rules.read()->ports()[port]);
        if (fault != drop_reason::none) {
            books_.lost(packet_origin::from_linux, fault);
            rte_pktmbuf_free(m);
            continue;
        }
        transmit(m, port, packet_origin::from_linux);
    }
}

void exception_path::transmit(rte_mbuf* m, port_id port, packet_origin origin) {
    const port_rule& rule = state_.rules.read()->ports()[port];
    m->port = rule.device;
    m->vlan_tci = rule.vlan;
    bool sent = rule.vlan == 0 || rte_vlan_insert(&m) == 0;
    note_of(m).origin = origin;
    // A port always uses the same worker, so packets from Linux stay in order.
    sent = sent && rte_ring_enqueue(state_.rings[port % state_.workers].outbox, m) == 0;
    if (sent) return;
    // What Linux sends may be a check's request: then its server has not heard it.
    packet_view view;
    parse({rte_pktmbuf_mtod(m, const std::byte*), m->data_len}, ip_checksum::unknown, view);
    missed(view.key.destination);
    books_.lost(origin, drop_reason::ring_full);
    rte_pktmbuf_free(m);
}

void exception_path::send(port_id port, std::span<const std::byte> frame) {
    rte_mbuf* const m = rte_pktmbuf_alloc(state_.packets);
    if (m == nullptr) {
        books_.generated_lost.add();
        return;
    }
    std::memcpy(rte_pktmbuf_append(m, static_cast<std::uint16_t>(frame.size())), frame.data(),
                frame.size());
    transmit(m, port, packet_origin::generated);
}

} // namespace weir::linux
