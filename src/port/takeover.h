#pragma once

// Prepares a kernel interface that weir takes packets from (xdp:, packet:): up, with the port's
// MTU, receiving all multicast (neighbour solicitations for VIPs go to groups that Linux has not
// joined), merging no packets, keeping tags in the frame, and with as many queues as weir reads.
//
// Linux still sees the packets that packet: ports receive, and sends its own multicast through both
// kinds of port: it would answer and forward everything a second time. So weir keeps Linux quiet
// there. If Linux has addresses of its own on the interface, the operator shares it: weir then
// warns and leaves Linux alone. The destructor restores every setting, also those that a run
// changed which died (originals.h). No other weir may have the interface (claim.h). Control core
// only.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "port/claim.h"
#include "port/eal.h"
#include "port/membership.h"
#include "port/originals.h"

namespace weir::port {

class takeover {
public:
    enum class kind : std::uint8_t { xdp, packet };

    /// `queues`: the wanted number per direction. Throws std::runtime_error that says what may
    /// help.
    takeover(const std::string& interface, kind how, std::uint16_t mtu, unsigned queues,
             const std::string& state_dir, const notify& warn);
    takeover(const takeover&) = delete;
    takeover& operator=(const takeover&) = delete;

    /// The number of queues for weir.
    unsigned queues() const { return queues_; }
    /// Linux's number of the interface; another one of the same name has another.
    int index() const { return index_; }
    /// Frames for other MAC addresses too. Returns what failed, "" if nothing.
    std::string accept_other_macs(bool wanted);

private:
    /// Restores the settings, last change first.
    struct undo_list {
        undo_list(std::string interface, int number, originals kept)
            : name(std::move(interface)), index(number), before(std::move(kept)) {}
        std::string name;
        int index;
        originals before;
        std::vector<std::function<void()>> steps;
        ~undo_list();
    };

    void set_mtu(std::uint16_t mtu);
    void leave_packets_whole(kind how);
    unsigned set_xdp_queues(unsigned wanted);
    void keep_linux_quiet();
    std::uint64_t original(const std::string& setting, std::uint64_t now);
    void set_value(const char* setting, std::uint32_t get, std::uint32_t set, std::uint32_t wanted);
    void write_setting(const std::string& path, const std::string& wanted);

    std::string name_;
    int index_;
    interface_claim claim_;
    membership multicast_;
    std::optional<membership> other_macs_;
    unsigned queues_;
    undo_list undo_;
};

} // namespace weir::port
