#pragma once

// Several ports of DPDK's that carry packets as one (DPDK's net_bonding). Its members take the MAC
// address of the first. A packet comes under the number of the member that received it. The driver
// sends LACP's packets only when a worker calls it to send. A worker with nothing to send must call
// it too, at least every 100 ms. Control core only; the queues are the workers'.

#include <cstdint>
#include <string>
#include <vector>

#include "config/device.h"

namespace weir::port {

class bond {
public:
    /// `configured_as`: for errors. `members`: at least one; neither set up nor in another bond,
    /// and they outlive this. Throws std::runtime_error.
    bond(const std::string& configured_as, config::bond_mode mode,
         const std::vector<std::uint16_t>& members);
    ~bond();
    bond(const bond&) = delete;
    bond& operator=(const bond&) = delete;

    std::uint16_t id() const { return id_; }
    /// As the driver last saw it: it asks each member every 10 ms. Nobody else may ask: two threads
    /// in a card's registers see a link that comes and goes.
    bool has_link(std::uint16_t member) const;
    /// The member has a link, and by the mode packets may leave through it now.
    bool carries(std::uint16_t member) const;
    /// After the start of the bond: gives its MAC address to each member, where the driver does
    /// not. Returns what failed, "" if nothing.
    std::string share_mac(const std::vector<std::uint16_t>& members) const;
    /// Removes a member; false: DPDK does not let it go. Workers may use it until they have been
    /// quiescent; close it after that.
    bool remove(std::uint16_t member);

private:
    void close();

    std::string configured_as_;
    std::string name_;
    config::bond_mode mode_;
    std::uint16_t id_ = 0;
};

} // namespace weir::port
