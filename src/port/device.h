#pragma once

// A device of a port: opens it, sets up its queues, starts it. Uses what the device offers (RSS,
// header checksums); workers do the rest in software. It is one card, kernel interface or vdev, or
// several cards bonded: DPDK then has a port for each member, and one for the bond, which carries
// the packets. The control core makes, queries and destroys it; only workers use its queues.

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <rte_mempool.h>

#include "config/model.h"
#include "net/types.h"
#include "port/attachment.h"
#include "port/bond.h"
#include "port/eal.h"

namespace weir::port {

/// The combined settings of the ports on one device: `first` with the largest MTU, promiscuous if
/// any port is.
config::port together(const std::vector<config::port>& all, const config::port& first);

/// The buffer size that a frame of this port may need, bytes, without headroom.
unsigned frame_room(const config::port& port);

/// The VLANs of the ports on one device, 0 for untagged frames; empty if no port is tagged.
std::vector<std::uint16_t> vlans_of(const std::vector<config::port>& all,
                                    const std::string& device);

/// What of a device decides how many queues it gets.
struct queue_offer {
    unsigned most_rx = 1;
    unsigned most_tx = 1;
    bool spreads = true; ///< packets over its receive queues, by RSS or otherwise
};
struct queue_counts {
    unsigned rx = 1;
    unsigned tx = 1;
};
/// `wanted`: by the configuration; 0 = one for each worker. A card that does not spread gets one:
/// all packets come to its first queue, and such a card (e1000) may not send from its second.
queue_counts queues_for(unsigned wanted, unsigned workers, const queue_offer& offer);

/// The receive queues that have had nothing, if the others have had so much that this is no
/// accident. `received`: packets by queue.
std::vector<unsigned> starved_queues(const std::vector<std::uint64_t>& received);

struct device_counters {
    std::uint64_t rx_packets = 0;
    std::uint64_t rx_bytes = 0;
    std::uint64_t rx_missed = 0;    ///< no room in the receive queue: lost before weir saw them
    std::uint64_t rx_errors = 0;    ///< damaged on the wire
    std::uint64_t rx_no_buffer = 0; ///< no packet buffer for them
    std::uint64_t tx_packets = 0;
    std::uint64_t tx_bytes = 0;
    std::uint64_t tx_errors = 0;
};
device_counters operator+(const device_counters& a, const device_counters& b);

/// What a device can do for weir.
struct offload {
    const char* name; ///< "rss", "receive checksum", "vlan filter", "transmit checksum"
    bool used = false;
};

/// One of several that are bonded.
struct member_state {
    std::string name; ///< as configured
    bool link = false;
    bool carries = false; ///< packets may leave through it
};

class device {
public:
    /// Opens and starts the device. Throws std::runtime_error, which says which device and step
    /// failed and what may help.
    device(const config::port& wanted, const std::vector<std::uint16_t>& vlans, unsigned workers,
           rte_mempool* pool, const std::string& state_dir, const notify& warn);
    ~device();
    device(const device&) = delete;
    device& operator=(const device&) = delete;

    std::uint16_t id() const { return id_; }
    unsigned rx_queues() const { return rx_queues_; }
    unsigned tx_queues() const { return tx_queues_; }
    mac_address mac() const { return mac_; }
    const std::string& configured_as() const { return configured_as_; }
    /// Turns promiscuous mode on, or off unless the port says `promiscuous`. Returns what failed,
    /// "" if nothing.
    std::string accept_other_macs(bool wanted);
    /// Those that it offers.
    const std::vector<offload>& offloads() const { return offloads_; }
    bool is_bonded() const { return bond_.has_value(); }
    /// In the order of the configuration; empty if it is not bonded.
    std::vector<member_state> members() const;
    /// Of a bond: a member carries packets.
    bool link_is_up() const;
    /// The same by one look at the driver, which takes a bond's word for its members. Any thread.
    bool link_is_up_now() const;
    /// A kernel interface was removed, and there is another of that name: weir has the one that is
    /// gone. True only then.
    bool was_replaced() const;
    /// The kernel wants the card back (of a bond: every card still open), and waits: close() it as
    /// soon as no worker uses it.
    bool is_recalled() const;
    /// The next member of a bond that the kernel wants back, while others stay; null: none.
    attachment* recalled_member();
    /// That member leaves the bond; close it as soon as no worker uses it. False: DPDK keeps it.
    bool let_go(const attachment& member);
    /// A card that was closed after a recall is there again, with its driver; so this device may
    /// open again.
    bool is_back() const;
    /// Once for each member that has left and is there again; else null. The bond goes on without.
    const attachment* member_that_is_back();
    /// Gives the device up, for good. Nobody may use its queues any more.
    void close();
    std::uint32_t speed() const; ///< Mbit/s; 0 = unknown
    device_counters counters() const;
    /// By receive queue, as far as the device counts them; empty if it does not.
    std::vector<std::uint64_t> received_by_queue() const;

private:
    std::string set_each(int (*set)(std::uint16_t), const char* what);
    std::string accept_multicast();
    void filter_vlans(const std::vector<std::uint16_t>& vlans, const notify& warn);
    void open(const config::port& wanted, const std::vector<std::uint16_t>& vlans, unsigned workers,
              rte_mempool* pool, const std::string& state_dir, const notify& warn);
    void find(const config::port& wanted, unsigned workers, const std::string& state_dir,
              const notify& warn);
    void set_up_queues(const config::port& wanted, bool tagged, unsigned workers,
                       rte_mempool* pool);
    [[noreturn]] void fail(const std::string& what, int error = 0) const {
        device_fails(configured_as_, what, error);
    }
    bool is_of_cards() const { return attached_.front()->is_card(); }
    bool is_open() const;
    std::vector<std::uint16_t> member_ids() const;

    std::string configured_as_;
    std::vector<std::unique_ptr<attachment>> attached_; ///< one, or the members of the bond
    std::set<const attachment*> left_; ///< of these, who has left, and was not seen again
    std::optional<bond> bond_;         ///< destroyed before its members
    mutable std::mutex look_;          ///< at the link: one at a time, and none while it is closed
    std::uint16_t id_ = 0;
    unsigned rx_queues_ = 1;
    unsigned tx_queues_ = 1;
    mac_address mac_;
    bool filters_vlans_ = false;
    bool promiscuous_ = false; ///< the port says so
    bool other_macs_ = false;  ///< accepted now
    std::vector<offload> offloads_;
    device_counters gone_; ///< of members that have left
};

} // namespace weir::port
