#pragma once

// A director on a bench: the production data plane between two ports made of rings, `wan` and
// `lan`. A test puts frames into a port, lets the workers take their turns, and says what should
// have come of it. After every expectation the books must balance and no packet buffer may be
// missing.
//
//   rig r;
//   r.service({.listen = "192.0.2.100:80/tcp", .mode = forward_mode::dr, .servers =
//   {"198.51.100.11"}}); r.expect("a SYN goes to the server").in(wan, packet()...).out(lan,
//   packet()...);
//
// Servers and clients are neighbours at first sight: mac_of(address) is theirs. EAL runs
// (main.cpp).

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "packets/builder.h"
#include "packets/seen.h"
#include "plane/data_plane.h"
#include "service_settings.h"

namespace weir::test {

inline constexpr port_id wan = 0;
inline constexpr port_id lan = 1;

/// MAC addresses: of the director's ports, and of any host by its address.
mac_address port_mac(port_id port);
mac_address mac_of(std::string_view address);

/// The host that a frame goes to, by mac_of: the last byte of its address. 0: no frame.
unsigned host_of(const bytes_of_frame& frame);

/// A packet of a host as it arrives at a port.
packet from_host(port_id port, std::string_view address);
/// The client's to the service most tests have: TCP to port 80 of 192.0.2.100.
packet request(std::uint16_t port = 40001);
/// A packet as it leaves a port, sent on to this host.
packet sent_on(const packet& p, port_id port, std::string_view to);

struct rig_settings {
    unsigned workers = 1;
    unsigned queues = 0; ///< per port; 0 = one for each worker
    std::uint32_t connections = 1000;
    std::uint16_t lan_mtu = 1500;
    std::uint16_t lan_vlan = 0;
    bool twins = true;
    flow_hasher slot_hasher{}; ///< places packets without an entry
};

class rig;

/// One expectation, checked as it is written down.
class expectation {
public:
    expectation(rig& r, std::string what) : rig_(r), what_(std::move(what)) {}
    ~expectation();

    expectation& on_worker(unsigned number);
    /// What the device says of the frame: RTE_MBUF_F_RX_..., and the tags it took out.
    expectation& seen_as(std::uint64_t flags, std::uint16_t tag = 0, std::uint16_t outer = 0);
    expectation& in(port_id port, const bytes_of_frame& frame);
    expectation& in(port_id port, const packet& p) { return in(port, p.bytes()); }
    /// The next frame that left through this port is this one.
    expectation& out(port_id port, const bytes_of_frame& frame);
    expectation& out(port_id port, const packet& p) { return out(port, p.bytes()); }
    /// A frame left through this port; `frame` gets it.
    expectation& out(port_id port, bytes_of_frame* frame);
    expectation& dropped(drop_reason reason);
    expectation& to_twin(port_id port);
    expectation& waits_for(port_id port, std::string_view next_hop);

private:
    expectation& errand(packet_note::errand what, port_id port, std::string_view hop);

    rig& rig_;
    std::string what_;
    unsigned worker_ = 0;
    std::uint64_t flags_ = 0;
    std::uint16_t tag_ = 0;
    std::uint16_t outer_tag_ = 0;
    std::array<std::uint64_t, drop_reasons> drops_before_{};
};

class rig {
public:
    explicit rig(const rig_settings& settings = {});
    ~rig();

    /// Adds a service and publishes the rules. Returns its servers' slots, the fallback's last.
    std::vector<target_id> service(const service_settings& s);
    /// Makes these the services, in place of all others, and publishes the rules.
    void reload(std::vector<config::service> services);
    expectation expect(std::string what) { return {*this, std::move(what)}; }

    plane::data_plane& plane() { return plane_; }
    director_state& state() { return plane_.state(); }
    const director_state& state() const { return plane_.state(); }
    void forget_neighbour(port_id port, std::string_view address);
    void set_link(port_id port, bool up);
    /// Room in front of frames that are fed from now on; not every driver leaves as much as usual.
    void set_headroom(std::uint16_t bytes) { headroom_ = bytes; }
    /// Frames that are fed from now on come in two buffers, the first with so many bytes; 0: in
    /// one.
    void set_cut(std::size_t bytes) { cut_ = bytes; }
    /// Lets the clock run ahead by so many seconds.
    void pass_time(std::uint32_t seconds);

    void feed(port_id port, unsigned worker, const bytes_of_frame& frame, std::uint64_t flags = 0,
              std::uint16_t tag = 0, std::uint16_t outer_tag = 0);
    /// A frame of Linux's for a port, given to a worker to send.
    void from_linux(port_id port, unsigned worker, const bytes_of_frame& frame);
    void turn(); ///< one of the control core's loop, and a few of every worker
    void poll_without_collecting();

    // For tests whose workers have threads of their own (threads_test.cpp).
    /// Puts a frame into a queue of a port; false: no room. The thread of the queue's worker.
    bool offer(port_id port, unsigned queue, const bytes_of_frame& frame);
    /// Takes the frames that left by a queue. The thread of the queue's worker.
    void take_sent(port_id port, unsigned queue,
                   const std::function<void(std::span<const std::byte>)>& visit);
    /// Takes what waits for the control core, at most as much as a ring holds.
    void take_errands();

    std::vector<std::deque<bytes_of_frame>>& sent() { return sent_; }
    struct errand {
        packet_note note;
        bytes_of_frame frame;
    };
    std::deque<errand>& errands() { return errands_; }
    std::uint64_t drops(drop_reason reason) const;
    /// Packets of flows that did not take the express lane.
    std::uint64_t long_way() const;
    std::string books() const;
    bool books_balance();

private:
    rte_mbuf* make(port_id port, const bytes_of_frame& frame);
    void make_port(port_id port);
    void make_ways_out();
    std::uint16_t device_of(port_id port) const { return plane_.ports()[port].device; }
    void collect();

    rig_settings settings_;
    plane::data_plane plane_;
    std::vector<config::service> services_;
    std::vector<std::vector<rte_ring*>> rx_; ///< by port and queue
    std::vector<std::vector<rte_ring*>> tx_;
    std::vector<std::deque<bytes_of_frame>> sent_; ///< by port
    std::deque<errand> errands_;
    std::uint64_t handed_to_control_ = 0;
    unsigned buffers_ = 0;
    std::uint16_t headroom_ = RTE_PKTMBUF_HEADROOM;
    std::size_t cut_ = 0;
};

} // namespace weir::test
