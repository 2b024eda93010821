#include "config/own_vips.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::config {

std::string meaning_of(const address_of_linux& here, const service& s,
                       std::span<const port> ports) {
    if (std::ranges::find(s.listen, here.address, &endpoint::address) == s.listen.end()) return "";
    const std::string what =
        fmt::format("service {}: its VIP {} is also an address of Linux, on {}", s.name,
                    to_string(here.address), here.interface);
    const auto twin_of = [&](const port& p) { return p.twin && *p.twin == here.interface; };
    if (std::ranges::none_of(ports, twin_of))
        return what
               + ": weir serves clients all the same, but programs on this host that ask for it "
                 "reach this host and not the servers; weir does not need it there";
    const auto is_here = [&](const server& r) {
        return std::ranges::any_of(ports, [&](const port& p) {
            return std::ranges::find(p.addresses, r.address, &prefix::address) != p.addresses.end();
        });
    };
    if (std::ranges::any_of(s.servers, is_here) || (s.fallback && is_here(*s.fallback))) return "";
    return what
           + ": weir serves clients all the same, but Linux answers ARP, neighbour solicitations "
             "and ping for it, held or not, and gets what no service wants; weir does not need it "
             "there";
}

} // namespace weir::config
