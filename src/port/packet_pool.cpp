#include "port/packet_pool.h"

#include <algorithm>
#include <stdexcept>

#include <unistd.h>

#include <fmt/format.h>

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_memzone.h>

#include "config/problem.h"
#include "port/device.h"

namespace weir::port {

namespace {

constexpr unsigned cache_size = 256;

/// As many buffers as half the memory holds, within limits: descriptors and rings must be filled.
unsigned packets_in(std::uint64_t bytes, std::uint64_t each) {
    constexpr std::uint64_t least = 4096;
    constexpr std::uint64_t most = 262144;
    const std::uint64_t fit = bytes / 2 / each;
    if (fit < least)
        throw std::runtime_error(fmt::format("memory is too small: {} MiB hold {} packets, {} are "
                                             "needed",
                                             bytes >> 20, fit, least));
    return static_cast<unsigned>(std::min(fit, most));
}

[[noreturn]] void no_memory(unsigned count) {
    throw std::runtime_error(
        fmt::format("no memory for {} packet buffers: {}", count, rte_strerror(rte_errno)));
}

bool has_xdp_port(const config::configuration& c) {
    return std::any_of(c.ports.begin(), c.ports.end(), [](const config::port& p) {
        return kind_of(p.device) == takeover::kind::xdp;
    });
}

[[noreturn]] void mtu_too_large(const config::configuration& c, unsigned bytes, unsigned page) {
    const auto largest =
        std::max_element(c.ports.begin(), c.ports.end(), [](const auto& a, const auto& b) {
            return frame_room(a) < frame_room(b);
        });
    throw std::runtime_error(to_string(config::problem{
        config::place_of(*largest, "mtu"),
        fmt::format(
            "an MTU of {} on {} needs {} bytes for each packet, and with xdp: devices there "
            "are {}: make it smaller",
            largest->mtu, largest->device, bytes, page)}));
}

/// One buffer per page, without gaps between them or before the first.
rte_mempool* make_paged_pool(const config::configuration& c, std::uint16_t note_size,
                             std::uint16_t room) {
    constexpr unsigned flags = RTE_MEMPOOL_F_NO_SPREAD;
    const auto page = static_cast<unsigned>(sysconf(_SC_PAGESIZE));
    const unsigned needed = static_cast<unsigned>(sizeof(rte_mbuf)) + note_size + room;
    rte_mempool_objsz size;
    if (rte_mempool_calc_obj_size(needed, flags, &size) > page)
        mtu_too_large(c, size.total_size, page);
    const unsigned spare = page - size.total_size;

    const unsigned count = packets_in(std::uint64_t{c.director.memory} << 20, page);
    rte_mempool* const pool =
        rte_mempool_create_empty("packets", count, needed + spare, cache_size,
                                 sizeof(rte_pktmbuf_pool_private), SOCKET_ID_ANY, flags);
    const rte_memzone* const memory =
        rte_memzone_reserve_aligned("packets", std::size_t{count} * page, SOCKET_ID_ANY, 0, page);
    if (pool == nullptr || memory == nullptr) no_memory(count);
    rte_pktmbuf_pool_private shape{};
    shape.mbuf_data_room_size = static_cast<std::uint16_t>(room + spare);
    shape.mbuf_priv_size = note_size;
    const bool made = rte_mempool_set_ops_byname(pool, rte_mbuf_best_mempool_ops(), nullptr) == 0
                      && (rte_pktmbuf_pool_init(pool, &shape), true)
                      && rte_mempool_populate_virt(pool, static_cast<char*>(memory->addr),
                                                   memory->len, page, nullptr, nullptr)
                             == static_cast<int>(count);
    if (!made) no_memory(count);
    rte_mempool_obj_iter(pool, rte_pktmbuf_init, nullptr);
    return pool;
}

} // namespace

rte_mempool* make_packet_pool(const config::configuration& c, std::uint16_t note_size) {
    unsigned largest = RTE_MBUF_DEFAULT_DATAROOM;
    for (const config::port& port : c.ports)
        largest = std::max(largest, frame_room(port));
    const auto room = static_cast<std::uint16_t>(RTE_PKTMBUF_HEADROOM + largest);
    if (has_xdp_port(c)) return make_paged_pool(c, note_size, room);
    const unsigned count = packets_in(std::uint64_t{c.director.memory} << 20,
                                      room + sizeof(rte_mbuf) + note_size + 64);
    rte_mempool* const pool =
        rte_pktmbuf_pool_create("packets", count, cache_size, note_size, room, SOCKET_ID_ANY);
    if (pool == nullptr) no_memory(count);
    return pool;
}

} // namespace weir::port
