#pragma once

// The forwarding modes: how packets reach a real server, and all that follows from it. Everything
// outside the packet path that depends on a mode asks this table; what a mode does to a packet is
// in worker/mode/, one file each. A new mode takes its word in the enum, a row, and that file; a
// new encapsulation of tunnels is in net/encapsulation.h. Constant data: any thread.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/encapsulation.h"

namespace weir::inline flow {

enum class forward_mode : std::uint8_t {
    dr,    ///< the server's MAC address, nothing else
    tun,   ///< an outer IP header in front
    nat,   ///< the server's address and port; replies come back through us
    local, ///< this host: unchanged, through the twin
};

struct mode_facts {
    forward_mode mode;
    std::string_view word;         ///< in a configuration, and to weirctl
    std::string_view lvs_name;     ///< as `ipvsadm -Ln` shows it
    std::string_view lvs_option;   ///< of ipvsadm; "" = LVS finds out by itself
    std::string_view lvs_method;   ///< in keepalived.conf; "" = as above
    bool replies_return = false;   ///< replies pass through us, so a flow is found both ways
    bool tunnels = false;          ///< adds an outer IP header: see forwarding::encap
    bool changes_port = false;     ///< a server's port may differ from the client's choice
    bool crosses_families = false; ///< a server may be IPv6 where its VIP is IPv4, or vice versa
    bool keeps_vip = false;        ///< packets arrive addressed to the VIP, which servers have
    bool needs_route = true;       ///< packets leave through a port, to a next hop
};

/// By forward_mode.
inline constexpr std::array all_modes{
    mode_facts{.mode = forward_mode::dr,
               .word = "dr",
               .lvs_name = "Route",
               .lvs_option = "-g",
               .lvs_method = "DR",
               .keeps_vip = true},
    mode_facts{.mode = forward_mode::tun,
               .word = "tun",
               .lvs_name = "Tunnel",
               .lvs_option = "-i",
               .lvs_method = "TUN",
               .tunnels = true,
               .crosses_families = true,
               .keeps_vip = true},
    mode_facts{.mode = forward_mode::nat,
               .word = "nat",
               .lvs_name = "Masq",
               .lvs_option = "-m",
               .lvs_method = "NAT",
               .replies_return = true,
               .changes_port = true},
    mode_facts{.mode = forward_mode::local,
               .word = "local",
               .lvs_name = "Local",
               .lvs_option = "",
               .lvs_method = "",
               .needs_route = false},
};
static_assert([] {
    for (std::size_t i = 0; i < all_modes.size(); ++i)
        if (all_modes[i].mode != static_cast<forward_mode>(i)) return false;
    return true;
}());

constexpr const mode_facts& facts_of(forward_mode mode) noexcept {
    return all_modes[static_cast<std::size_t>(mode)];
}

/// Can a service ask for it? A server with an address of our own is `local` by itself.
constexpr bool is_for_services(const mode_facts& mode) noexcept {
    return !mode.lvs_option.empty();
}

/// The mode of which `column` says `word`, or null.
constexpr const mode_facts* find_mode(std::string_view mode_facts::*column,
                                      std::string_view word) noexcept {
    const auto* const found = std::ranges::find(all_modes, word, column);
    return found == all_modes.end() ? nullptr : found;
}

namespace detail {

/// A bit for each mode with the property: workers ask without reading the table.
consteval std::uint32_t modes_with(bool mode_facts::*property) noexcept {
    static_assert(all_modes.size() <= 32);
    std::uint32_t bits = 0;
    for (const mode_facts& m : all_modes)
        bits |= std::uint32_t{m.*property} << static_cast<unsigned>(m.mode);
    return bits;
}

} // namespace detail

/// Do replies pass through us?
constexpr bool replies_return(forward_mode mode) noexcept {
    constexpr std::uint32_t bits = detail::modes_with(&mode_facts::replies_return);
    return (bits >> static_cast<unsigned>(mode) & 1) != 0;
}

/// How packets reach the servers of a service: `forward = MODE [encap=ENCAPSULATION]`.
struct forwarding {
    forward_mode mode = forward_mode::dr;
    encapsulation encap = encapsulation::ipip; ///< of a mode that tunnels; else ipip

    constexpr const mode_facts& facts() const noexcept { return facts_of(mode); }
    friend bool operator==(const forwarding&, const forwarding&) = default;
};

/// As a configuration writes it: "dr", "tun", "tun encap=WORD" unless that is ipip.
inline std::string to_string(forwarding how) {
    std::string text(how.facts().word);
    if (how.encap != encapsulation::ipip) text.append(" encap=").append(word_of(how.encap));
    return text;
}

} // namespace weir::inline flow
