#pragma once

// The states of a flow and how packets change them: LVS's tables
// (net/netfilter/ipvs/ip_vs_proto_tcp.c), so that timeouts and active/inactive counts mean what an
// LVS operator expects. A director sees both directions of a NAT flow, but only the client's half
// in DR and TUN; those follow the input-only table, which guesses what the server answered.
// Constant data: any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "net/headers.h"

namespace weir {

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
    synack,
    udp,
    sctp_init1, ///< the client's first INIT seen (next_sctp_state in flow/sctp_state.h)
    sctp_init,  ///< another one
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
    template_assured, ///< one of its connections has come to be established
    dead, ///< ended before its timer: its memory waits for the timer wheel, nobody finds it
};
inline constexpr std::size_t flow_states = static_cast<std::size_t>(flow_state::dead) + 1;
inline constexpr std::size_t tcp_states = static_cast<std::size_t>(flow_state::synack) + 1;

/// What is to be said of a state.
struct state_facts {
    flow_state state;
    std::string_view name; ///< as `ipvsadm -Lnc` spells it
    /// Seconds a flow may be silent in it; LVS's default (net/netfilter/ipvs/ip_vs_proto_tcp.c,
    /// ip_vs_proto_udp.c, ip_vs_proto_sctp.c). 0: a template's, which its service knows, or none.
    std::uint16_t timeout;
    std::string_view key = {}; ///< of the timeout in a configuration; "" = it is not to be changed
    /// Counted as ActiveConn? (ip_vs_proto_tcp.c, tcp_state_active_table; ip_vs_proto_sctp.c,
    /// set_sctp_state; UDP never is.)
    bool active = false;
};

/// By flow_state.
inline constexpr std::array<state_facts, flow_states> all_states{{
    {flow_state::none, "NONE", 2},
    {flow_state::established, "ESTABLISHED", 900, "tcp-established", true},
    {flow_state::syn_sent, "SYN_SENT", 120, "tcp-syn-sent", true},
    {flow_state::syn_recv, "SYN_RECV", 60, "tcp-syn-recv", true},
    {flow_state::fin_wait, "FIN_WAIT", 120, "tcp-fin-wait"},
    {flow_state::time_wait, "TIME_WAIT", 120, "tcp-time-wait"},
    {flow_state::close, "CLOSE", 10, "tcp-close"},
    {flow_state::close_wait, "CLOSE_WAIT", 60, "tcp-close-wait"},
    {flow_state::last_ack, "LAST_ACK", 30, "tcp-last-ack"},
    {flow_state::listen, "LISTEN", 120},
    {flow_state::synack, "SYNACK", 120, "", true},
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

/// A bit for each active state: workers ask without reading the table.
inline constexpr std::uint32_t active_states = [] {
    static_assert(flow_states <= 32);
    std::uint32_t bits = 0;
    for (const state_facts& s : all_states)
        bits |= std::uint32_t{s.active} << static_cast<unsigned>(s.state);
    return bits;
}();

} // namespace detail

/// Counted as ActiveConn?
constexpr bool is_active(flow_state state) noexcept {
    return (detail::active_states >> static_cast<unsigned>(state) & 1) != 0;
}

/// Is a client that begins anew a new connection? (ip_vs.h, is_new_conn_expected.)
constexpr bool is_over(flow_state state) noexcept {
    return state == flow_state::time_wait || state == flow_state::close
           || state == flow_state::sctp_closed;
}

constexpr bool is_sctp(flow_state state) noexcept {
    return state >= flow_state::sctp_init1 && state <= flow_state::sctp_closed;
}

/// Which way a packet goes, and what else of its flow we see.
enum class flow_direction : std::uint8_t {
    input,      ///< client to server; replies pass through us (NAT)
    output,     ///< server to client
    input_only, ///< client to server; replies go past us (DR, TUN)
};

namespace detail {

enum tcp_event : std::uint8_t { event_syn, event_fin, event_ack, event_rst, event_none };

/// RST before SYN before FIN before ACK; a segment with none of them is unheard of.
constexpr tcp_event event_of(std::uint8_t flags) noexcept {
    if (flags & tcp_header::rst) return event_rst;
    if (flags & tcp_header::syn) return event_syn;
    if (flags & tcp_header::fin) return event_fin;
    if (flags & tcp_header::ack) return event_ack;
    return event_none;
}

using tcp_row = std::array<flow_state, tcp_states>;
using tcp_table = std::array<tcp_row, 5>;

// Short names keep the tables readable as tables.
inline constexpr auto NO = flow_state::none, ES = flow_state::established,
                      SS = flow_state::syn_sent, SR = flow_state::syn_recv,
                      FW = flow_state::fin_wait, TW = flow_state::time_wait, CL = flow_state::close,
                      CW = flow_state::close_wait, LA = flow_state::last_ack,
                      LI = flow_state::listen, SA = flow_state::synack;

// clang-format off
inline constexpr std::array<tcp_table, 3> tcp_transitions{{
    {{ // input          NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA
        /* syn */ tcp_row{SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SR}, // a new connection, or again
        /* fin */ tcp_row{CL, CW, SS, TW, TW, TW, CL, CW, LA, LI, TW}, // the client closes
        /* ack */ tcp_row{ES, ES, SS, ES, FW, TW, CL, CW, CL, LI, ES}, // the handshake's last step
        /* rst */ tcp_row{CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, SR}, // not believed in a handshake
        /* -   */ tcp_row{CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL},
    }},
    {{ // output
        /* syn */ tcp_row{SS, ES, SS, SR, SS, SS, SS, SS, SS, LI, SR}, // the server's SYN-ACK
        /* fin */ tcp_row{TW, FW, SS, TW, FW, TW, CL, TW, LA, LI, TW}, // the server closes
        /* ack */ tcp_row{ES, ES, SS, ES, FW, TW, CL, CW, LA, ES, ES},
        /* rst */ tcp_row{CL, CL, SS, CL, CL, TW, CL, CL, CL, CL, CL}, // refused
        /* -   */ tcp_row{CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL},
    }},
    {{ // input only
        /* syn */ tcp_row{SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SR},
        /* fin */ tcp_row{CL, FW, SS, TW, FW, TW, CL, CW, LA, LI, TW}, // the server's FIN is unseen
        /* ack */ tcp_row{ES, ES, SS, ES, FW, TW, CL, CW, CL, LI, ES},
        /* rst */ tcp_row{CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, CL},
        /* -   */ tcp_row{CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL},
    }},
}};
// clang-format on

} // namespace detail

/// The state a TCP packet with these flags leads to. `state` must be a TCP state.
constexpr flow_state next_state(flow_state state, flow_direction direction,
                                std::uint8_t tcp_flags) noexcept {
    return detail::tcp_transitions[static_cast<std::size_t>(direction)][detail::event_of(tcp_flags)]
                                  [static_cast<std::size_t>(state)];
}

/// Seconds a flow may be silent in each state, 1 to 65535. LVS's, unless changed.
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
    friend bool operator==(const flow_timeouts&, const flow_timeouts&) = default;

private:
    std::array<std::uint16_t, flow_states> seconds_{};
};

} // namespace weir
