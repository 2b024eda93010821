#pragma once

// The packets of checks with `to = vip` (health/detour.h), on the exception path. What such a probe
// sends to a server's own address goes on as a client's would: to the VIP, by the link address that
// Linux has found for the server, in a tunnel where the service has tunnels. What comes back from
// the VIP is given to Linux as the server's own answer, ICMP errors too. Fragments are left alone.
//
// A server that forwards what it does not take itself, as one without the VIP may, sends the
// packets back to us, and workers pass them on to any server of the service, as a new client's.
// Then there is a flow of the probe's, and the answer of another server is not taken for this
// one's.
//
// A socket's last packets come after it is closed, so a detour is kept for a while then. By that
// time the local port may be somebody else's: only TCP goes on after the close, and a SYN, which
// the probe would not send any more, ends the detour. Control core only.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include <rte_mbuf.h>

#include "health/detour.h"
#include "loop/clock.h"
#include "net/packet_view.h"
#include "service/rule_set.h"

namespace weir::linux {

class detours final : public health::detour_maker {
public:
    /// `is_flow` knows the flows that workers have, as packets of clients present them.
    /// `time` must outlive this.
    detours(const loop::clock& time, std::function<bool(const flow_key&)> is_flow)
        : time_(time), is_flow_(std::move(is_flow)) {}

    void open(const health::detour& d) override;
    bool taken(const health::detour& d) const override;
    void close(const health::detour& d) override;

    /// A frame of Linux's that is to leave through this port, untagged. The reason when it cannot
    /// be put into its tunnel: it is spoilt.
    drop_reason on_the_way_out(rte_mbuf* m, const port_rule& port);
    /// An untagged frame that is to be given to Linux.
    void on_the_way_in(rte_mbuf* m);

    /// Forgets those that were closed a minute ago. Once a second.
    void forget();
    std::size_t count() const { return all_.size(); }

private:
    struct entry {
        health::detour way;
        bool taken = false;
        std::optional<loop::clock::time_point> closed{};
    };
    using key = std::pair<std::uint8_t, std::uint16_t>; ///< protocol, local port
    using entries = std::multimap<key, entry>;

    static key key_of(const health::detour& d);
    entry* find_outward(const packet_view& view);
    const entry* find_inward(const flow_key& inward) const;
    drop_reason put_into_tunnel(rte_mbuf* m, const packet_view& view, const ip_address& server,
                                const port_rule& port);

    const loop::clock& time_;
    std::function<bool(const flow_key&)> is_flow_;
    entries all_;
    std::uint16_t tunnel_id_ = 0; ///< of the last outer header
};

} // namespace weir::linux
