#pragma once

// A port's Linux twin: a TAP interface with the port's MAC, through which Linux sees the port.
// Frames are whole and untagged; Linux computes its own checksums. Made and used on the control
// core; the interface vanishes with the object.

#include <cstdint>
#include <string>
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

    /// Hands a frame to Linux; false when Linux does not take it now. The packet stays the
    /// caller's.
    bool give(const rte_mbuf* m);
    /// A frame from Linux in a new packet; null when there is none.
    rte_mbuf* take(rte_mempool* pool);

    /// Makes the addresses weir has set on the twin these; others, set by somebody else, stay.
    /// Throws std::runtime_error when Linux refuses one, and leaves those after it out.
    void set_addresses(const std::vector<prefix>& wanted);
    /// Those that weir has set.
    const std::vector<prefix>& addresses() const { return addresses_; }
    /// Shows Linux whether the port has link.
    void set_carrier(bool up);

private:
    void change_address(const prefix& address, bool add);

    std::string name_;
    int fd_ = -1;
    int index_ = 0;
    std::vector<prefix> addresses_; ///< set by weir
};

} // namespace weir::port
