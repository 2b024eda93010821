#pragma once

// A kernel interface that packets are taken from (xdp:, packet:), made fit for it: up, with the
// port's MTU, taking all multicast (neighbour solicitations for VIPs go to groups Linux has not
// joined), merging no packets, tags left in the frame, and with as many queues as weir reads.
//
// Linux still sees what packet: ports receive, and sends its own multicast through both kinds: it
// would answer and forward everything a second time. So it is kept quiet there, unless it has
// addresses of its own on the interface: then the operator shares it, is warned, and Linux is left
// alone. Whatever was changed is put back when the object goes. Control core only.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "port/eal.h"

namespace weir::port {

class takeover {
public:
    enum class kind : std::uint8_t { xdp, packet };

    /// `queues`: as many per direction are wanted. Throws std::runtime_error that says what may
    /// help.
    takeover(const std::string& interface, kind how, std::uint16_t mtu, unsigned queues,
             const notify& warn);
    takeover(const takeover&) = delete;
    takeover& operator=(const takeover&) = delete;

    /// Queues there are for weir.
    unsigned queues() const { return queues_; }

private:
    /// What puts things back, the last change first.
    struct undo_list {
        std::vector<std::function<void()>> steps;
        ~undo_list();
    };

    void set_mtu(std::uint16_t mtu);
    void take_multicast();
    void leave_packets_whole(kind how);
    unsigned set_xdp_queues(unsigned wanted);
    void keep_linux_quiet();
    void set_value(std::uint32_t get, std::uint32_t set, std::uint32_t wanted);
    void write_setting(const std::string& path, const std::string& wanted);

    std::string name_;
    unsigned queues_;
    undo_list undo_;
};

} // namespace weir::port
