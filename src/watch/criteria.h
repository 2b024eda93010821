#pragma once

// Which packets an operator wants to see. Asked by workers for every packet while somebody watches:
// no allocation, no exception. Immutable once made.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "net/drop_reason.h"
#include "net/types.h"
#include "service/neighbours.h"

namespace weir::watch {

/// Addresses of a block, and a port of theirs or any.
struct party {
    prefix block;
    std::uint16_t port = 0; ///< host order; 0 = any

    bool is(const ip_address& address, be16 its_port) const noexcept {
        return block.contains(address) && (port == 0 || port == its_port.host());
    }
    /// Either end of a packet.
    bool is_in(const flow_key& key) const noexcept {
        return is(key.source, key.source_port) || is(key.destination, key.destination_port);
    }
};

/// "192.0.2.7", "192.0.2.0/24", "192.0.2.7:80", "[2001:db8::7]:80".
std::optional<party> parse_party(std::string_view text);

/// An instruction of a BPF program, as libpcap's `bpf_insn`, whose name is also the kernel's for
/// another thing.
struct filter_step {
    std::uint16_t code = 0;
    std::uint8_t jump_if = 0;
    std::uint8_t jump_else = 0;
    std::uint32_t k = 0;
};

/// What is known of a packet when it is asked about.
struct subject {
    flow_key key;             ///< the packet's own
    port_id port = max_ports; ///< it came in through
    std::span<const std::byte> frame;
    bool has_flow = false;   ///< the next two are known
    flow_key client_key{};   ///< of its flow, as in its client's packets
    bool has_server = false; ///< the next two are known
    ip_address server{};
    be16 server_port{};
};

struct criteria {
    std::optional<party> client;
    std::optional<party> vip;
    std::optional<party> server;
    std::optional<port_id> port;
    bool only_dropped = false;
    drop_reason reason = drop_reason::none; ///< with only_dropped; none = any
    std::vector<filter_step> program;       ///< for the frame; empty = any. Checked by is_sound()

    /// `final`: false while the server of a packet may still be chosen.
    bool match(const subject& s, bool final) const noexcept;
};

/// Does every way through the program end, within it?
bool is_sound(std::span<const filter_step> program);

/// The addresses, protocol and ports of a frame, as far as they are there, whatever is wrong with
/// the rest of it; looks into so many tunnels of IP-in-IP.
flow_key key_of(std::span<const std::byte> frame, unsigned tunnels = 1) noexcept;

} // namespace weir::watch
