#include "director/rivals.h"

#include "log/log.h"

namespace weir::director {

void rivals::tick() {
    const auto now = std::chrono::system_clock::now();
    for (claim_ring& ring : plane_.state().claims)
        while (const auto c = ring.take())
            hear(*c, now);
    std::erase_if(by_address_,
                  [&](const auto& item) { return now - item.second.info.seen > lifetime; });
}

void rivals::hear(const claim& c, std::chrono::system_clock::time_point now) {
    const std::pair key{c.address.high, c.address.low};
    if (by_address_.size() == most && !by_address_.contains(key)) return;
    known& k = by_address_[key];
    if (k.info.claims == 0 || k.info.mac != c.by) {
        k = {};
        k.info.address = c.address;
        k.info.mac = c.by;
        k.info.since = now;
    }
    k.info.port = plane_.ports()[c.port].name;
    k.info.seen = now;
    ++k.info.claims;
    if (now - k.told < pause) return;
    k.told = now;
    log::warning(
        "port {}: {} says that it has {}: clients may go there past weir (another director, "
        "or a server without arp_ignore)",
        k.info.port, to_string(c.by), to_string(c.address));
}

std::vector<command::rival_info> rivals::describe() const {
    std::vector<command::rival_info> all;
    for (const auto& [address, k] : by_address_)
        all.push_back(k.info);
    return all;
}

} // namespace weir::director
