#pragma once

// The clients and NAT servers of `weir-bench soak`: many flows, each in its own state. Each packet
// that comes back must obey these rules:
//
//   - a packet of a connection goes to the server its SYN went to, or nowhere; a SYN of a live
//     connection goes there too;
//   - a new connection goes to no server that is drained or removed, once the workers know;
//   - nothing goes to a server whose drain time is over;
//   - a NAT server's answer comes back from the VIP;
//   - nothing is for Linux but answers to connections that are over.
//
// A packet carries, in front of the frame, what was true when it was sent, and when its worker saw
// it. The rules apply to what the worker could know then, however late either side is. All packets
// of one client flow go to one worker, so they come back in the order they were sent; answers go to
// any worker. One thread, except note_meeting().

#include <chrono>
#include <cstdint>
#include <vector>

#include "soak_rules.h"
#include "testbed.h"
#include "traffic.h"

namespace weir::bench {

class soak_client {
public:
    static constexpr std::chrono::seconds idle_time{
        5}; ///< an established connection lives this long

    soak_client(testbed& bed, soak_rules& rules, unsigned workers, bool v6, std::uint32_t flows);
    ~soak_client();
    soak_client(const soak_client&) = delete;
    soak_client& operator=(const soak_client&) = delete;

    /// Sends each worker a burst: the next packet of some flows, as their states require. False if
    /// the workers have no room.
    bool send();
    /// Takes what the workers have sent; false if that is nothing.
    bool take_back();
    /// Waits, at most some seconds, until the workers have taken everything.
    void wait_for_the_rest();

    std::uint64_t sent() const { return sent_; }
    std::uint64_t back() const { return back_; }
    std::uint64_t opened() const { return opened_; }
    std::uint64_t fell_silent() const { return fell_silent_; }
    /// Established connections that moved after the table was full, when weir places without state.
    std::uint64_t moved_without_state() const { return moved_without_state_; }
    unsigned buffers_out() const { return rte_mempool_in_use_count(packets_); }

private:
    enum class phase : std::uint8_t { closed, opening, open, silent };
    enum class kind : std::uint8_t { fresh, again, data, last, answer };

    struct flow {
        std::uint32_t sent = 0;      ///< its last packet; milliseconds
        std::uint32_t confirmed = 0; ///< when the last packet that came back was sent
        std::uint64_t touched = 0;   ///< when that packet's worker had `looked`
        server_tag server = 0;       ///< 0 = not known
        phase now = phase::closed;
        bool answered = false;      ///< NAT: its server's SYN-ACK came through
        std::uint8_t data = 0;      ///< 1 = a packet of data came through
        bool established = false;   ///< a second one did: past the handshake
        bool certainly_over = true; ///< weir must choose again at the next SYN
        std::uint8_t life = 0;      ///< counts its connections
    };
    /// Stored in front of the frame.
    struct note {
        std::uint64_t sent; ///< time stamp counter
        std::uint32_t flow;
        server_tag server; ///< the server that answers
        kind what;
        std::uint8_t life;
        bool chooses;
        std::uint64_t looked = 0; ///< its worker's previous look: the worker's time is not older
        std::uint64_t met = 0;    ///< when its worker looked again and found it
    };
    struct next {
        kind what;
        std::uint8_t flags;
    };

    static std::uint16_t note_meeting(std::uint16_t device, std::uint16_t worker, rte_mbuf** burst,
                                      std::uint16_t count, std::uint16_t room, void* client);
    bool send_to(unsigned worker);
    std::uint32_t some_flow_of(unsigned worker);
    bool next_packet(std::uint32_t number, next& n);
    next packet_of_open(std::uint32_t number, std::uint32_t unconfirmed);
    rte_mbuf* write(rte_mbuf* m, std::uint32_t number, next n);
    void turn_round(std::byte* frame, server_tag server);
    bool take_back_from(unsigned worker);
    void take_from_control_ring(unsigned worker);
    void check(rte_mbuf* m);
    void check_answer(const note& n, const std::byte* frame);
    bool may_begin_anew(const flow& f, const note& n);
    bool is_late(const note& n);
    bool may_be_over(const flow& f, const note& n) const;
    server_tag server_of(const std::byte* frame, forwarding way) const;
    unsigned service_of(std::uint32_t number) const { return number % services_; }
    forwarding mode_of(std::uint32_t number) const { return modes_[service_of(number)]; }
    std::uint32_t random();

    testbed& bed_;
    soak_rules& rules_;
    bool v6_;
    unsigned workers_;
    unsigned services_;
    std::vector<forwarding> modes_; ///< by service
    traffic frames_;
    rte_mempool* packets_;
    std::vector<flow> flows_;
    struct alignas(64) look {
        std::uint64_t last; ///< when the worker last looked for packets
        const rte_eth_rxtx_callback* hook;
    };
    std::vector<look> looks_; ///< by worker
    std::uint64_t ms_;        ///< cycles
    std::uint64_t state_ = 1;
    std::uint64_t sent_ = 0;
    std::uint64_t back_ = 0;
    std::uint64_t opened_ = 0;
    std::uint64_t fell_silent_ = 0;
    std::uint64_t moved_without_state_ = 0;
};

} // namespace weir::bench
