#include "worker/transmitter.h"

#include "net/parse.h"
#include "worker/witness.h"

namespace weir::inline worker {

transmitter::transmitter(director_state& state, unsigned worker,
                         const std::vector<device_wiring>& devices)
    : state_(state), books_(state.books[worker]), missed_(state.missed[worker]), number_(worker) {
    for (const device_wiring& wiring : devices) {
        if (ways_.size() <= wiring.device) ways_.resize(wiring.device + 1u);
        device_queue& out = ways_[wiring.device];
        out.device = wiring.device;
        out.queue = wiring.tx_queue;
        if (wiring.bonded && wiring.tx_queue >= 0)
            kept_going_.push_back(
                {.device = wiring.device, .queue = static_cast<std::uint16_t>(wiring.tx_queue)});
        if (wiring.tx_queue < 0) out.through = state.rings[wiring.tx_worker].outbox;
        used_.push_back(wiring.device);
    }
}

void transmitter::flush(device_queue& out) noexcept {
    if (out.queue < 0) return hand_over(out);
    unsigned sent = 0;
    const bool up = state_.link_up[out.device].load(std::memory_order_relaxed);
    if (up) [[likely]] {
        const watch::watch_set* const set = state_.watches.read();
        if (set != nullptr && set->frames) [[unlikely]]
            witness_frames(state_, *set, number_, out.device, {out.packets.data(), out.count});
        sent = rte_eth_tx_burst(out.device, static_cast<std::uint16_t>(out.queue),
                                out.packets.data(), static_cast<std::uint16_t>(out.count));
        // A driver may have reclaimed descriptors only now.
        if (sent < out.count)
            sent += rte_eth_tx_burst(out.device, static_cast<std::uint16_t>(out.queue),
                                     out.packets.data() + sent,
                                     static_cast<std::uint16_t>(out.count - sent));
    }
    if (out.others == 0) [[likely]]
        books_.transmitted.add(sent);
    else
        for (unsigned i = 0; i < sent; ++i)
            books_.sent(out.origins[i]);
    if (sent < out.count) [[unlikely]]
        lose(out, sent, up ? drop_reason::tx_full : drop_reason::port_down);
    clear(out);
}

void transmitter::hand_over(device_queue& out) noexcept {
    for (unsigned i = 0; i < out.count; ++i) {
        note_of(out.packets[i]).origin = out.origins[i];
        out.packets[i]->port = out.device;
    }
    const unsigned taken = rte_ring_enqueue_burst(
        out.through, reinterpret_cast<void* const*>(out.packets.data()), out.count, nullptr);
    if (taken < out.count) lose(out, taken, drop_reason::ring_full);
    clear(out);
}

void transmitter::clear(device_queue& out) noexcept {
    if (out.others != 0) out.origins.fill(packet_origin::received);
    out.others = 0;
    out.count = 0;
}

/// What Linux sends may be a check's request: then its server has not heard it.
void transmitter::note_lost_request(const rte_mbuf& m) noexcept {
    packet_view view;
    parse({rte_pktmbuf_mtod(&m, const std::byte*), m.data_len}, ip_checksum::unknown, view);
    missed_.note(view.key.destination, state_.clock.now());
}

void transmitter::lose(const device_queue& out, unsigned from, drop_reason reason) noexcept {
    for (unsigned i = from; i < out.count; ++i) {
        books_.lost(out.origins[i], reason);
        witness_loss(state_, {.core = number_, .device = out.device}, *out.packets[i], reason);
        if (out.origins[i] == packet_origin::from_linux) note_lost_request(*out.packets[i]);
        rte_pktmbuf_free(out.packets[i]);
    }
}

} // namespace weir::inline worker
