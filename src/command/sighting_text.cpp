#include "command/sighting_text.h"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "message/base64.h"
#include "message/keys.h"
#include "net/headers.h"

namespace weir::command {

namespace {

using nlohmann::json;
using watch::moment;
using watch::outcome;
using watch::sighting;
namespace key = message::key;

constexpr std::size_t most_servers_named = 16;

std::string_view kind_of(const packet_view& view) {
    switch (view.kind) {
    case packet_kind::flow:
        return view.fragmented ? "first_fragment" : "packet";
    case packet_kind::icmp_error:
        return "icmp_error";
    case packet_kind::fragment:
        return "fragment";
    case packet_kind::echo:
        return "echo";
    case packet_kind::arp:
        return "arp";
    case packet_kind::solicitation:
        return "solicitation";
    case packet_kind::advertisement:
        return "advertisement";
    case packet_kind::vrrp:
        return "vrrp";
    case packet_kind::tunnelled:
        return "tunnel";
    case packet_kind::other:
        return "other";
    case packet_kind::bad:
        break;
    }
    return "bad";
}

std::string protocol_word(std::uint32_t proto) {
    if (proto == static_cast<std::uint8_t>(protocol::icmp)
        || proto == static_cast<std::uint8_t>(protocol::icmpv6))
        return "icmp";
    return to_string(static_cast<protocol>(proto));
}

std::string end_text(const ip_address& address, be16 port) {
    return port.raw == 0 ? to_string(address) : to_string(address, port.host());
}

void add_ends(const flow_key& k, json& line) {
    if (k.source.is_none() && k.destination.is_none()) return;
    line[key::source] = end_text(k.source, k.source_port);
    line[key::destination] = end_text(k.destination, k.destination_port);
    line[key::protocol] = protocol_word(k.proto);
}

std::string flag_text(std::uint8_t flags) {
    constexpr std::array<std::pair<std::uint8_t, std::string_view>, 4> known{
        {{tcp_header::syn, "SYN"},
         {tcp_header::fin, "FIN"},
         {tcp_header::rst, "RST"},
         {tcp_header::ack, "ACK"}}};
    std::string text;
    for (const auto& [bit, name] : known)
        if ((flags & bit) != 0) text += fmt::format("{}{}", text.empty() ? "" : " ", name);
    return text;
}

std::string mac_at(std::span<const std::byte> frame) {
    mac_address mac;
    if (frame.size() < sizeof mac.bytes) return "";
    std::memcpy(mac.bytes.data(), frame.data(), sizeof mac.bytes);
    return to_string(mac);
}

/// The frame that left: to whom, and whose packet it looks like now.
json left_of(const watch::record& r) {
    json left{{key::mac, mac_at(r.out)}, {key::length, r.seen.out_length}};
    const flow_key outer = watch::key_of(r.out, 0);
    add_ends(outer, left);
    constexpr std::uint8_t gre = 47;
    left[key::tunnel] = r.seen.mode == forward_mode::tun && r.seen.target != 0
                        && (outer.proto == static_cast<std::uint8_t>(protocol::ipv4)
                            || outer.proto == static_cast<std::uint8_t>(protocol::ipv6)
                            || outer.proto == gre || outer.destination == r.seen.server);
    return left;
}

json flow_of(const watch::flow_sight& flow) {
    return {{key::state, name_of(flow.state)},
            {key::direction, flow.reverse ? "to_client" : "to_server"},
            {key::persistent, flow.persistent},
            {key::silent, flow.silent}};
}

} // namespace

sighting_writer::sighting_writer(const director_view& view)
    : view_(view), clock_(view.cycles()), cores_(view.workers().size() + 1) {
    for (const port_info& port : view.ports())
        ports_.push_back(port.name);
}

std::string sighting_writer::port_name(port_id port) const {
    return port < ports_.size() ? ports_[port] : "";
}

std::uint64_t sighting_writer::time_of(const watch::record& r) const {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                          clock_.time_of(r.seen.cycles).time_since_epoch())
                                          .count());
}

void sighting_writer::add_server(const sighting& s, json& line) const {
    line[key::server] = end_text(s.server, s.server_port);
    line[key::name] = view_.server_word(s.target);
    line[key::forward] = facts_of(s.mode).word;
    line[key::choice] = name_of(s.why);
}

void sighting_writer::add_idle_servers(const std::string& service, json& line) {
    idle_servers& idle = idle_[service];
    if (idle.asked == 0 || idle.asked != view_.now()) {
        idle.asked = view_.now();
        idle.servers.clear();
        service_info info;
        if (const auto place = view_.find_service(service)) view_.service(*place, info);
        for (const server_info& server : info.servers) {
            if (idle.servers.size() == most_servers_named) break;
            auto& [name, why] = idle.servers.emplace_back(
                end_text(server.address, be16::from_host(server.port)), std::vector<std::string>{});
            for (const std::string_view word : words_of(server.why))
                why.emplace_back(word);
        }
    }
    json servers = json::array();
    for (const auto& [name, why] : idle.servers)
        servers.push_back({{key::server, name}, {key::why, why}});
    line[key::servers] = std::move(servers);
}

json sighting_writer::story(const watch::record& r) {
    const sighting& s = r.seen;
    json line{{key::time_ns, time_of(r)},
              {key::when, s.when == moment::lost ? "lost" : "handled"},
              {key::from, s.from_wire ? "wire" : "core"},
              {key::kind, kind_of(s.view)},
              {key::length, s.length},
              {key::end, name_of(s.end)}};
    if (s.core + 1u < cores_) line[key::worker] = s.core;
    if (s.port < ports_.size()) line[key::port] = ports_[s.port];
    if (s.view.vlan != 0) line[key::vlan] = s.view.vlan;
    add_ends(s.view.key, line);
    if (const std::string flags = flag_text(s.view.tcp_flags); !flags.empty())
        line[key::flags] = flags;
    const std::string service = s.service.data();
    if (!service.empty()) {
        line[key::service] = service;
        line[key::scheduler] = s.scheduler.data();
    }
    if (s.before.known) line[key::flow] = flow_of(s.before);
    if (s.after.known) line[key::flow_after] = flow_of(s.after);
    if (s.target != 0) add_server(s, line);
    if (s.table_full) line[key::table_full] = true;
    if (s.over_share) line[key::over_share] = true;
    if (s.new_template) line[key::new_template] = true;
    if (s.end == outcome::dropped) line[key::reason] = name_of(s.reason);
    if (s.answered) line[key::answered] = true;
    if (s.withheld) line[key::withheld] = true;
    if (s.end == outcome::held) line[key::next_hop] = to_string(s.next_hop);
    if (s.end == outcome::held || s.end == outcome::sent || s.when == moment::lost)
        if (const std::string out = port_name(s.out_port); !out.empty()) line[key::out_port] = out;
    if (s.end == outcome::sent) line[key::left] = left_of(r);
    if (s.pieces > 1) line[key::pieces] = s.pieces;
    if (s.reason == drop_reason::no_destination && !service.empty())
        add_idle_servers(service, line);
    return line;
}

json sighting_writer::frame(const watch::record& r) const {
    const sighting& s = r.seen;
    const bool out = s.when == moment::left;
    json line{{key::time_ns, time_of(r)},
              {key::port, port_name(s.port)},
              {key::outbound, out || s.when == moment::lost},
              {key::length, out ? s.out_length : s.length},
              {key::data, message::to_base64(out ? r.out : r.in)}};
    if (s.when == moment::lost && s.port >= ports_.size()) line[key::port] = port_name(s.out_port);
    if (s.end == outcome::dropped)
        line[key::comment] = fmt::format("dropped: {}", name_of(s.reason));
    else if (!out && s.end != outcome::sent)
        line[key::comment] = name_of(s.end);
    return line;
}

} // namespace weir::command
