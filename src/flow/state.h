#pragma once

// The states of a flow: LVS's, so that timeouts and active/inactive counts mean what an LVS
// operator expects. tcp_state.h and sctp_state.h define how packets change them. Constant data: any
// thread.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::inline flow {

/// In LVS's order, then weir's own.
enum class flow_state : std::uint8_t {
    none,
    established,
    syn_sent,
    syn_recv,
    fin_wait,
    time_wait,
    close,
    close_wait,
    last_ack,
    listen,
    synack,      ///< DR, TUN: the client's first ACK seen, nothing behind it yet
    reset,       ///< an open connection had a reset: real or forged, which the next packet shows
    udp_one_way, ///< no answer yet (NAT), or a single packet (DR, TUN)
    udp,
    sctp_init1, ///< the client's first INIT seen (next_sctp_state in flow/sctp_state.h)
    sctp_init,  ///< a later INIT
    sctp_cookie_sent,
    sctp_cookie_replied,
    sctp_cookie_wait,
    sctp_cookie,
    sctp_cookie_echoed,
    sctp_established,
    sctp_shutdown_sent,
    sctp_shutdown_received,
    sctp_shutdown_ack_sent,
    sctp_rejected,
    sctp_closed,
    template_none,    ///< a persistence template
    template_assured, ///< one of its connections was established
    dead, ///< ended before its timer: lookups skip it, and its memory waits for the timer wheel
};
inline constexpr std::size_t flow_states = static_cast<std::size_t>(flow_state::dead) + 1;

/// The facts about a state.
struct state_facts {
    flow_state state;
    std::string_view name; ///< its spelling in `ipvsadm -Lnc`
    /// Seconds that a flow may be silent in it; LVS's default
    /// (net/netfilter/ipvs/ip_vs_proto_tcp.c, ip_vs_proto_udp.c, ip_vs_proto_sctp.c), but seconds
    /// where a stranger's packets alone lead. 0: a template's, which its service sets, or none.
    std::uint16_t timeout;
    std::string_view key = {}; ///< name of the timeout in a configuration; "" = not configurable
    /// True if it counts as ActiveConn (ip_vs_proto_tcp.c, tcp_state_active_table;
    /// ip_vs_proto_sctp.c, set_sctp_state; UDP never does).
    bool active = false;
};

/// Indexed by flow_state.
inline constexpr std::array<state_facts, flow_states> all_states{{
    {flow_state::none, "NONE", 2},
    {flow_state::established, "ESTABLISHED", 900, "tcp-established", true},
    {flow_state::syn_sent, "SYN_SENT", 120, "tcp-syn-sent", true},
    {flow_state::syn_recv, "SYN_RECV", 10, "tcp-syn-recv", true},
    {flow_state::fin_wait, "FIN_WAIT", 120, "tcp-fin-wait"},
    {flow_state::time_wait, "TIME_WAIT", 120, "tcp-time-wait"},
    {flow_state::close, "CLOSE", 10, "tcp-close"},
    {flow_state::close_wait, "CLOSE_WAIT", 60, "tcp-close-wait"},
    {flow_state::last_ack, "LAST_ACK", 30, "tcp-last-ack"},
    {flow_state::listen, "LISTEN", 120},
    {flow_state::synack, "SYNACK", 60, "tcp-synack", true},
    {flow_state::reset, "CLOSE", 10},
    {flow_state::udp_one_way, "UDP", 30, "udp-one-way"},
    {flow_state::udp, "UDP", 300, "udp"},
    {flow_state::sctp_init1, "INIT1", 4, "sctp-init1"},
    {flow_state::sctp_init, "INIT", 61, "sctp-init"},
    {flow_state::sctp_cookie_sent, "C-SENT", 61, "sctp-cookie-sent"},
    {flow_state::sctp_cookie_replied, "C-REPLIED", 61, "sctp-cookie-replied"},
    {flow_state::sctp_cookie_wait, "C-WAIT", 61, "sctp-cookie-wait"},
    {flow_state::sctp_cookie, "COOKIE", 61, "sctp-cookie"},
    {flow_state::sctp_cookie_echoed, "C-ECHOED", 61, "sctp-cookie-echoed"},
    {flow_state::sctp_established, "ESTABLISHED", 900, "sctp-established", true},
    {flow_state::sctp_shutdown_sent, "S-SENT", 61, "sctp-shutdown-sent"},
    {flow_state::sctp_shutdown_received, "S-RECEIVED", 61, "sctp-shutdown-received"},
    {flow_state::sctp_shutdown_ack_sent, "S-ACK-SENT", 61, "sctp-shutdown-ack-sent"},
    {flow_state::sctp_rejected, "REJECTED", 4, "sctp-rejected"},
    {flow_state::sctp_closed, "CLOSED", 61, "sctp-closed"},
    {flow_state::template_none, "NONE", 0},
    {flow_state::template_assured, "ASSURED", 0},
    {flow_state::dead, "DEAD", 0},
}};
static_assert([] {
    for (std::size_t i = 0; i < flow_states; ++i)
        if (all_states[i].state != static_cast<flow_state>(i)) return false;
    return true;
}());

constexpr std::string_view name_of(flow_state state) noexcept {
    return all_states[static_cast<std::size_t>(state)].name;
}

namespace detail {

/// One bit for each active state, so that workers need not read the table.
inline constexpr std::uint64_t active_states = [] {
    static_assert(flow_states <= 64, "a bit each: widen active_states");
    std::uint64_t bits = 0;
    for (const state_facts& s : all_states)
        bits |= std::uint64_t{s.active} << static_cast<unsigned>(s.state);
    return bits;
}();

} // namespace detail

/// True if it counts as ActiveConn.
constexpr bool is_active(flow_state state) noexcept {
    return (detail::active_states >> static_cast<unsigned>(state) & 1) != 0;
}

/// True if a SYN or INIT in this state opens a new connection (ip_vs.h, is_new_conn_expected).
constexpr bool is_over(flow_state state) noexcept {
    return state == flow_state::time_wait || state == flow_state::close
           || state == flow_state::reset || state == flow_state::sctp_closed;
}

/// True if nothing proves yet that its client is where its packets say (RFC 4987 section 2).
constexpr bool is_half_open(flow_state state) noexcept {
    return state == flow_state::syn_recv || state == flow_state::synack
           || state == flow_state::sctp_init1 || state == flow_state::sctp_init
           || state == flow_state::sctp_cookie_sent;
}

constexpr bool is_sctp(flow_state state) noexcept {
    return state >= flow_state::sctp_init1 && state <= flow_state::sctp_closed;
}

/// The direction of a packet, and whether weir sees the other one.
enum class flow_direction : std::uint8_t {
    input,      ///< client to server; replies pass through us (NAT)
    output,     ///< server to client
    input_only, ///< client to server; replies bypass us (DR, TUN)
};

/// Seconds that a flow may be silent in each state, 1 to 65535; LVS's unless configured. A
/// template's come from its service.
class flow_timeouts {
public:
    constexpr flow_timeouts() noexcept {
        for (const state_facts& s : all_states)
            (*this)[s.state] = s.timeout;
    }
    constexpr std::uint16_t& operator[](flow_state state) noexcept {
        return seconds_[static_cast<std::size_t>(state)];
    }
    constexpr std::uint16_t operator[](flow_state state) const noexcept {
        return seconds_[static_cast<std::size_t>(state)];
    }
    /// The same, with those states that follow others.
    constexpr flow_timeouts settled() const noexcept {
        flow_timeouts all = *this;
        all[flow_state::reset] = all[flow_state::close];
        all[flow_state::udp_one_way] = std::min(all[flow_state::udp_one_way], all[flow_state::udp]);
        return all;
    }
    friend bool operator==(const flow_timeouts&, const flow_timeouts&) = default;

private:
    std::array<std::uint16_t, flow_states> seconds_{};
};

} // namespace weir::inline flow
