#pragma once

// A port's Linux twin: a TAP interface with the port's MAC, through which Linux sees the port.
// Frames are whole and untagged; Linux computes its own checksums. The interface disappears with
// the object. Somebody may remove it before that, set it down, or remove its addresses:
// make_again(), set_up() and set_addresses() put that right. The control core makes and uses it.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "net/types.h"

namespace weir::port {

class twin {
public:
    /// Makes the interface and brings it up. Throws std::runtime_error.
    twin(const std::string& name, const mac_address& mac, std::uint16_t mtu);
    ~twin();
    twin(const twin&) = delete;
    twin& operator=(const twin&) = delete;

    int fd() const { return fd_; }
    int index() const { return index_; }
    const std::string& name() const { return name_; }

    /// True if the interface is gone: frames go nowhere.
    bool is_missing() const;
    /// Makes a missing interface again, with another index() and without addresses; fd() stays.
    /// Throws std::runtime_error.
    void make_again();

    /// True if somebody has set it down: frames go nowhere, and Linux has dropped its routes.
    bool is_down() const;
    /// Throws std::runtime_error.
    void set_up();

    /// Hands a frame to Linux; false if Linux cannot take it now. The caller keeps the packet.
    bool give(const rte_mbuf* m);
    /// A frame from Linux in a new packet; null if there is none.
    rte_mbuf* take(rte_mempool* pool);

    /// Sets the twin's addresses to these, also those that somebody removed. Addresses that
    /// somebody else set stay. Throws std::runtime_error if Linux refuses one, and does not try
    /// those after it.
    void set_addresses(const std::vector<prefix>& wanted);
    /// The addresses that weir has set.
    const std::vector<prefix>& addresses() const { return addresses_; }
    /// Notes which routes Linux has lost: "gateway 192.0.2.1", each followed by others or nothing.
    void note_lost_routes(std::string lost) { lost_routes_ = std::move(lost); }
    /// What somebody did to it: "missing", "down", "lacks 192.0.2.2/24, gateway 192.0.2.1"; "" =
    /// nothing.
    std::string trouble() const;
    /// Those of them that the interface does not have.
    std::vector<prefix> lacking() const;
    /// The IPv6 link-local address that Linux has given it; none if there is none yet.
    ip_address link_local() const;
    /// Shows Linux whether the port has link.
    void set_carrier(bool up);

private:
    void attach();
    std::vector<prefix> present() const;
    void change_address(const prefix& address, bool add);

    std::string name_;
    mac_address mac_;
    std::uint16_t mtu_;
    int fd_ = -1;
    int index_ = 0;
    bool carrier_ = true;
    std::vector<prefix> addresses_;     ///< set by weir
    std::string lost_routes_;           ///< of the director's
    mutable std::string known_trouble_; ///< at the last look
};

} // namespace weir::port
