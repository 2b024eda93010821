#include "service/routes.h"

#include <algorithm>

namespace weir::inline service {

namespace {

ip_address successor(ip_address address) {
    std::uint64_t low = __builtin_bswap64(address.low) + 1;
    const std::uint64_t high = __builtin_bswap64(address.high) + (low == 0 ? 1 : 0);
    return {__builtin_bswap64(high), __builtin_bswap64(low)};
}

} // namespace

route_table::route_table(std::span<const item> items) {
    std::vector<item> sorted(items.begin(), items.end());
    // IPv4 lies inside ::/0 here, but an IPv6 default route must not carry it.
    sorted.push_back({{ip_address::v4(be32{0}), 0}, {}});
    // Outer blocks before the blocks inside them; the sort is stable, so equals keep their order.
    std::stable_sort(sorted.begin(), sorted.end(), [](const item& a, const item& b) {
        const auto order = a.destination.first() <=> b.destination.first();
        return order != 0 ? order < 0 : a.destination.last() > b.destination.last();
    });

    struct open_block {
        ip_address last;
        route via;
    };
    std::vector<open_block> open{{{~0ull, ~0ull}, {}}}; // the whole space, unreachable
    const auto start = [&](const ip_address& at, const route& via) {
        if (!starts_.empty() && starts_.back() == at) {
            routes_.back() = via;
        } else {
            starts_.push_back(at);
            routes_.push_back(via);
        }
    };
    const auto close_before = [&](const ip_address* at) {
        while (open.size() > 1 && (at == nullptr || open.back().last < *at)) {
            const ip_address next = successor(open.back().last);
            open.pop_back();
            if (!next.is_none()) start(next, open.back().via);
        }
    };
    start({}, {});
    const item* before = nullptr;
    for (const item& i : sorted) {
        const ip_address first = i.destination.first();
        const ip_address last = i.destination.last();
        if (before != nullptr && before->destination.first() == first
            && before->destination.last() == last)
            continue;
        before = &i;
        close_before(&first);
        start(first, i.via);
        open.push_back({last, i.via});
    }
    close_before(nullptr);
}

} // namespace weir::inline service
