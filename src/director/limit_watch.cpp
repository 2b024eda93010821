#include "director/limit_watch.h"

#include <utility>

#include <fmt/format.h>

#include "log/log.h"

namespace weir::director {

namespace {

template <counter packet_books::*member>
std::uint64_t count_of(const packet_books& books) {
    return (books.*member).get();
}

template <drop_reason reason>
std::uint64_t drops_of(const packet_books& books) {
    return books.dropped[static_cast<std::size_t>(reason)].get();
}

constexpr std::array all_limits{
    limit{"ICMP errors and resets not sent", "more packets than weir refuses: a flood or a scan",
          count_of<&packet_books::withheld>, "ICMP error or reset not sent"},
    limit{"pings of VIPs not answered", "more than the limit: a flood",
          drops_of<drop_reason::ping_limit>, "ping of a VIP not answered"},
    limit{"half-open connections ended for new ones",
          "their servers are at `upper`: a flood of SYNs, or servers that do not answer",
          count_of<&packet_books::displaced>, "half-open connection ended for a new one"},
    limit{"fragments dropped", "too many wait for the first one of their packet (fragments_full)",
          drops_of<drop_reason::fragments_full>, "fragment dropped"},
    limit{"packets dropped", "too many wait for neighbours to be found (neighbour_queue_full)",
          drops_of<drop_reason::neighbour_queue_full>, "packet dropped"},
    limit{"packets of servers and peers to Linux dropped",
          "more than Linux takes (checks_full); checks that miss them judge no server",
          drops_of<drop_reason::checks_full>, "packet of a server or peer to Linux dropped"},
    limit{"packets of ARP, neighbour discovery and VRRP dropped",
          "more than Linux takes (link_full): a storm on a link", drops_of<drop_reason::link_full>,
          "packet of ARP, neighbour discovery or VRRP dropped"},
    limit{"packets to Linux dropped", "more than Linux takes (twin_full)",
          drops_of<drop_reason::twin_full>, "packet to Linux dropped"},
    limit{"packets dropped", "no packet buffer is free (no_buffer): `memory` in [director]",
          drops_of<drop_reason::no_buffer>, "packet dropped"},
};

} // namespace

std::span<const limit> limits() {
    return all_limits;
}

std::vector<std::string> limit_watch::look(std::span<const std::uint64_t> counts, time_point now) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < all_.size(); ++i) {
        seen& s = seen_[i];
        if (s.biting && now - s.told < again) continue;
        const bool since_a_minute = std::exchange(s.biting, false);
        const std::uint64_t more = counts[i] - std::exchange(s.at, counts[i]);
        if (more == 0) continue;
        s.biting = true;
        s.told = now;
        lines.push_back(fmt::format("{} {} in the last {}: {}", more,
                                    more == 1 ? all_[i].one : all_[i].what,
                                    since_a_minute ? "minute" : "second", all_[i].why));
    }
    return lines;
}

void limits_stage::tick() {
    std::vector<std::uint64_t> counts;
    for (const limit& each : limits()) {
        std::uint64_t& sum = counts.emplace_back();
        for (const packet_books& books : plane_.state().books)
            sum += each.of(books);
    }
    for (const std::string& line : watch_.look(counts, time_.now()))
        log::warning("{}", line);
}

} // namespace weir::director
