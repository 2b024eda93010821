#include "director/announcer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "net/answer_link.h"

namespace weir::director {

namespace {

bool before(const ip_address& a, const ip_address& b) {
    return std::pair(a.high, a.low) < std::pair(b.high, b.low);
}

} // namespace

void announcer::announce(const std::vector<config::service>& services,
                         const std::function<bool(const ip_address&)>& by_others) {
    std::vector<ip_address> vips;
    for (const config::service& service : services)
        for (const endpoint& where : service.listen)
            if (!by_others || !by_others(where.address)) vips.push_back(where.address);
    std::sort(vips.begin(), vips.end(), before);
    vips.erase(std::unique(vips.begin(), vips.end()), vips.end());
    for (turn& port : turns_) {
        const bool under_way = port.left > 0;
        const auto place = under_way ? std::lower_bound(vips.begin(), vips.end(),
                                                        vips_[port.next % vips_.size()], before)
                                     : vips.begin();
        port = {static_cast<std::size_t>(place - vips.begin()), vips.size()};
    }
    std::vector<bool> fresh;
    for (const ip_address& vip : vips) {
        const auto old = std::lower_bound(vips_.begin(), vips_.end(), vip, before);
        const bool known = old != vips_.end() && *old == vip;
        fresh.push_back(!known
                        || (timer_ != 0 && fresh_[static_cast<std::size_t>(old - vips_.begin())]));
    }
    fresh_ = std::move(fresh);
    vips_ = std::move(vips);
    if (timer_ == 0) send_burst();
}

void announcer::announce_on(port_id port) {
    turns_[port].left = vips_.size();
    if (timer_ == 0) send_burst();
}

void announcer::send_burst() {
    timer_ = 0;
    std::array<std::byte, announcement_room> frame;
    for (std::size_t sent = 0; sent + 1 < burst;) {
        const std::size_t before = sent;
        for (std::size_t port = 0; port < ports_.size() && sent + 1 < burst; ++port) {
            turn& t = turns_[port];
            if (t.left == 0) continue;
            t.next %= vips_.size();
            const ip_address& vip = vips_[t.next];
            const auto number = static_cast<port_id>(port);
            if (fresh_[t.next]) {
                send_(number, {frame.data(), make_probe(vip, ports_[port], frame)});
                ++sent;
            }
            send_(number, {frame.data(), make_announcement(vip, ports_[port], 0, frame)});
            ++t.next;
            --t.left;
            ++sent;
        }
        if (sent == before) return;
    }
    timer_ = loop_.after(pause, [this] { send_burst(); });
}

} // namespace weir::director
