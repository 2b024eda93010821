#pragma once

// What happens to packets after the worker that handled them has let go of them, for those who
// watch (watch/watch.h): lost in a queue, or sent. Nothing here runs while nobody watches. Each
// core itself.

#include <cstdint>
#include <span>

#include <rte_mbuf.h>

#include "net/drop_reason.h"
#include "watch/watch.h"
#include "worker/shared.h"

namespace weir::inline worker {

/// A frame, and the place it is at.
struct place_of_frame {
    unsigned core = 0;        ///< workers, then the control core
    std::uint16_t device = 0; ///< DPDK port id
    port_id port = max_ports; ///< it came in through, if known
    port_id out = max_ports;  ///< it was to leave through, if known
};

/// A packet is dropped that its worker had already dealt with.
void witness_loss(const director_state& state, const place_of_frame& at, const rte_mbuf& m,
                  drop_reason reason) noexcept;
/// A worker drops a packet: for those who want nothing else.
void witness_drop(const director_state& state, const watch::watch_set& set,
                  const place_of_frame& at, const rte_mbuf& m, drop_reason reason,
                  const packet_view& view) noexcept;
/// Frames leave through a device.
void witness_frames(const director_state& state, const watch::watch_set& set, unsigned core,
                    std::uint16_t device, std::span<rte_mbuf* const> frames) noexcept;

/// The bytes of a frame.
inline std::span<const std::byte> bytes_of(const rte_mbuf& m) noexcept {
    return {rte_pktmbuf_mtod(&m, const std::byte*), m.data_len};
}
/// Parses a frame; what is wrong with it does not hide whose it is.
void read_frame(const rte_mbuf& m, packet_view& view) noexcept;

/// What the table knows of a packet's flow, for those who choose by it.
void add_flow(const director_state& state, flow_ref flow, watch::subject& s) noexcept;

/// Names the service that a client's packet is for, if there is one, and its scheduler.
void name_service(const service_rule* rule, watch::sighting& s) noexcept;

/// The logical port of a frame on a device, by its tag; max_ports: none.
port_id port_of_frame(const rule_set& rules, std::uint16_t device,
                      const packet_view& view) noexcept;

} // namespace weir::inline worker
