#pragma once

// The packets of checks with `to = vip` (health/detour.h) on the exception path. Packets that such
// a probe sends to a server's own address leave as a client's would: to the VIP, to the link
// address that Linux has found for the server, in a tunnel where the service uses tunnels. Packets
// that come back from the VIP go to Linux as the server's own, ICMP errors too. Fragments pass
// unchanged.
//
// A server may forward packets that it does not accept, for example a server without the VIP. Then
// the packets come back to us, and workers would give them to any server of the service, as for a
// new client. That creates a flow with the probe's key, and detours reject an answer that belongs
// to such a flow: it comes from another server.
//
// A socket's last packets come after it is closed, so a detour stays for a while after that. By
// then another socket may have the local port: only TCP goes on after the close, and a SYN, which
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
    /// `is_flow` looks up the workers' flows by the key of a client's packet. `time` must outlive
    /// this.
    detours(const loop::clock& time, std::function<bool(const flow_key&)> is_flow)
        : time_(time), is_flow_(std::move(is_flow)) {}

    void open(const health::detour& d) override;
    bool taken(const health::detour& d) const override;
    void close(const health::detour& d) override;

    /// Rewrites an untagged frame from Linux that leaves through this port. Returns a reason if it
    /// does not fit into its tunnel; the frame is then spoilt.
    drop_reason on_the_way_out(rte_mbuf* m, const port_rule& port);
    /// Rewrites an untagged frame that goes to Linux.
    void on_the_way_in(rte_mbuf* m);

    /// Removes detours closed a minute ago. Call once a second.
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
    drop_reason put_into_tunnel(rte_mbuf* m, const packet_view& view, const health::detour& way,
                                const port_rule& port);

    const loop::clock& time_;
    std::function<bool(const flow_key&)> is_flow_;
    entries all_;
    std::uint16_t tunnel_id_ = 0; ///< of the last outer header
};

} // namespace weir::linux
