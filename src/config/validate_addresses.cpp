// Addresses that each read well and together cannot work: a server that is the VIP, one address on
// two ports, the first or last address of a network.

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "config/device.h"
#include "config/validate.h"

namespace weir::config {

namespace {

/// Says which address of a network no host can have; "" for any other. A network of one or two
/// addresses has none (RFC 3021, RFC 6164).
std::string reserved(const ip_address& address, const prefix& network) {
    const bool v4 = network.address.is_v4();
    if (network.length + 2 > (v4 ? 32 : 128)) return "";
    if (address == network.first())
        return v4 ? "the network's own address" : "the anycast address of its routers"; // RFC 4291
    return v4 && address == network.last() ? "the network's broadcast address" : "";
}

/// fe80::/10 (RFC 4291 section 2.5.6).
bool is_link_local(const ip_address& address) {
    static const prefix all{*parse_address("fe80::"), 10};
    return all.contains(address);
}

/// The device of the port is, or has as a member, this interface of Linux's.
bool has_interface(const port& p, std::string_view name) {
    const std::vector<std::string> members = members_of(p.device);
    return std::ranges::find(members, name, interface_of) != members.end();
}

class address_validator {
public:
    address_validator(const configuration& c, std::vector<problem>& problems)
        : config_(c), problems_(problems) {}

    void all() {
        for (const port& p : config_.ports)
            for (std::size_t i = 0; i < p.addresses.size(); ++i)
                own_address(p, i);
        for (const port& p : config_.ports)
            twin_is_a_device(p);
        for (const service& s : config_.services) {
            listeners(s);
            for (const server& r : s.servers)
                server_is_the_vip(s, r, "server");
            if (s.fallback) server_is_the_vip(s, *s.fallback, "fallback");
            metrics_are_at_the_vip(s);
        }
    }

private:
    void wrong(const place& where, std::string text) {
        problems_.push_back({where, std::move(text)});
    }

    void own_address(const port& p, std::size_t nth) {
        const prefix& own = p.addresses[nth];
        const place line = place_of(p, "address", nth);
        if (const std::string what = reserved(own.address, own); !what.empty())
            wrong(line, fmt::format("address: {} is {}: give one of a host", to_string(own), what));
        if (is_link_local(own.address)) return; // each link has its own
        const auto [other, fresh] = holders_.try_emplace(own.address, &p);
        if (!fresh)
            wrong(line, fmt::format("address: {} is already on [port {}]: give each address to "
                                    "one port, once",
                                    to_string(own.address), other->second->name));
    }
    void twin_is_a_device(const port& p) {
        if (!p.twin) return;
        for (const port& other : config_.ports)
            if (has_interface(other, *p.twin))
                return wrong(place_of(p, "twin"),
                             fmt::format("twin: `{}` is the interface that [port {}] takes its "
                                         "packets from: the twin is a new one, as weir-{}",
                                         *p.twin, other.name, p.name));
    }

    void listeners(const service& s) {
        for (std::size_t i = 0; i < s.listen.size(); ++i)
            for (const port& p : config_.ports)
                for (const prefix& own : p.addresses)
                    if (const std::string what = reserved(s.listen[i].address, own); !what.empty())
                        wrong(place_of(s, "listen", s.listen_keys[i]),
                              fmt::format("listen: {} is {} on [port {}], {}: give one of a host",
                                          to_string(s.listen[i].address), what, p.name,
                                          to_string(own)));
    }

    /// Its packets would come back to weir, which would send them out again. A server that is this
    /// host itself may have the VIP.
    void server_is_the_vip(const service& s, const server& r, const char* key) {
        if (!holders_.contains(r.address)
            && std::ranges::any_of(
                s.listen, [&](const endpoint& where) { return where.address == r.address; }))
            wrong(r.where, fmt::format("{}: {} is the address [service {}] listens on: give the "
                                       "server's own",
                                       key, to_string(r.address), s.name));
    }

    /// Linux serves them, and gets no packet for a VIP that is none of its own addresses.
    void metrics_are_at_the_vip(const service& s) {
        const auto& at = config_.director.metrics;
        if (at && !holders_.contains(at->address)
            && std::ranges::find(s.listen, at->address, &endpoint::address) != s.listen.end())
            wrong(
                place_of(config_.director, "metrics"),
                fmt::format("metrics: {} is the address [service {}] listens on, which Linux does "
                            "not have: give one of the director's own",
                            to_string(at->address), s.name));
    }

    const configuration& config_;
    std::vector<problem>& problems_;
    std::map<ip_address, const port*> holders_;
};

} // namespace

void validate_addresses(const configuration& c, std::vector<problem>& problems) {
    address_validator(c, problems).all();
}

} // namespace weir::config
