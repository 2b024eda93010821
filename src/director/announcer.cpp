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
    if (timer_ != 0 && !vips_.empty()) {
        const ip_address due = vips_[next_ / ports_.size()];
        std::rotate(vips.begin(), std::lower_bound(vips.begin(), vips.end(), due, before),
                    vips.end());
    }
    vips_ = std::move(vips);
    next_ = 0;
    if (timer_ == 0) send_burst();
}

void announcer::send_burst() {
    timer_ = 0;
    std::array<std::byte, announcement_room> frame;
    const std::size_t all = vips_.size() * ports_.size();
    for (const std::size_t end = std::min(next_ + burst, all); next_ < end; ++next_) {
        const std::size_t port = next_ % ports_.size();
        const std::size_t length =
            make_announcement(vips_[next_ / ports_.size()], ports_[port], 0, frame);
        send_(static_cast<port_id>(port), {frame.data(), length});
    }
    if (next_ < all) timer_ = loop_.after(pause, [this] { send_burst(); });
}

} // namespace weir::director
