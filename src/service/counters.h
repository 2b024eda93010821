#pragma once

// Counters that every packet touches: one set per worker, written by it alone, summed by whoever
// reads. A counter is an ordinary number to its writer (no locked instruction) and never torn to a
// reader. They only grow; rates and differences are the reader's business.

#include <array>
#include <atomic>
#include <cstdint>

#include "net/drop_reason.h"

namespace weir::inline service {

/// Single writer, any readers.
class counter {
public:
    void add(std::uint64_t n = 1) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// What one worker has sent to and got from one server. LVS's ip_vs_stats: packets count IP
/// packets, bytes count from the IP header on. Out stays 0 in DR and TUN. Half a cache line, so
/// that the counters of 10,000 servers fit in the second-level cache.
struct alignas(32) server_counters {
    counter in_packets;
    counter in_bytes;
    counter out_packets;
    counter out_bytes;

    void add_in(std::uint64_t bytes) noexcept {
        in_packets.add();
        in_bytes.add(bytes);
    }
    void add_out(std::uint64_t bytes) noexcept {
        out_packets.add();
        out_bytes.add(bytes);
    }
};
static_assert(sizeof(server_counters) == 32);

/// The sum over workers, as a reader sees it.
struct server_totals {
    std::uint64_t connections = 0;
    std::uint64_t in_packets = 0;
    std::uint64_t in_bytes = 0;
    std::uint64_t out_packets = 0;
    std::uint64_t out_bytes = 0;

    server_totals& operator+=(const server_totals& other) noexcept {
        connections += other.connections;
        in_packets += other.in_packets;
        in_bytes += other.in_bytes;
        out_packets += other.out_packets;
        out_bytes += other.out_bytes;
        return *this;
    }
    friend bool operator==(const server_totals&, const server_totals&) = default;
};

/// Where a packet came from: it decides which books it is entered in.
enum class packet_origin : std::uint8_t { received, from_linux, generated };

/// The books of one core: received = transmitted + handed to Linux + heard + drops, over all cores
/// and once nothing is under way. Packets that did not come in through a port (Linux's, our own
/// answers) are booked apart.
struct alignas(64) packet_books {
    counter received;                          ///< from ports
    counter transmitted;                       ///< received ones, sent on or turned round
    counter to_twin;                           ///< received ones Linux has taken
    counter heard;                             ///< received ones that were VRRP for us
    std::array<counter, drop_reasons> dropped; ///< received ones, by reason

    counter from_linux;     ///< packets the twins gave us
    counter linux_sent;     ///< of those, transmitted
    counter linux_lost;     ///< of those, not: no room in a queue, ring or tunnel, or the port down
    counter generated;      ///< packets of our own: ICMP errors, resets, announcements, fragments
    counter generated_lost; ///< packets of our own that could not be transmitted
    counter withheld;       ///< answers of our own over a limit (worker/answer_budget.h), not made
    counter claimed;        ///< received ones in which another host says that a VIP is its own
    counter handed_over;    ///< received ones passed on to the worker that handles them
    counter table_full;     ///< new flows placed without state: the table was full
    counter over_share;     ///< new flows placed without state: their service had its share of it
    counter displaced;      ///< half-open flows ended for new ones, at a server that is full
    counter passed_over;    ///< transmitted ones, to the director that had or has got the address

    void drop(drop_reason reason, std::uint64_t n = 1) noexcept {
        dropped[static_cast<std::size_t>(reason)].add(n);
    }
    /// A packet that has left through a port.
    void sent(packet_origin origin) noexcept {
        (origin == packet_origin::received     ? transmitted
         : origin == packet_origin::from_linux ? linux_sent
                                               : generated)
            .add();
    }
    /// A packet that was to leave through a port and could not.
    void lost(packet_origin origin, drop_reason reason) noexcept {
        if (origin == packet_origin::received) return drop(reason);
        (origin == packet_origin::from_linux ? linux_lost : generated_lost).add();
    }
};

} // namespace weir::inline service
