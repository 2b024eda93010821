#pragma once

// Where addresses are: an immutable copy of Linux's main routing tables, made for lookup. The
// prefixes are cut into disjoint ranges, each with the route of its longest prefix, and a lookup is
// a binary search. Built on the control core, read by workers (service/grace.h).

#include <span>
#include <vector>

#include "net/types.h"
#include "service/neighbours.h"

namespace weir::inline service {

/// A way out.
struct route {
    port_id port = 0;
    neighbour_id gateway = 0; ///< 0 = on the link: the destination itself is the neighbour
    bool reachable = false;   ///< false: no route, or one that rejects
    friend bool operator==(const route&, const route&) = default;
};

class route_table {
public:
    struct item {
        prefix destination;
        route via;
    };

    route_table() : route_table(std::span<const item>{}) {}
    /// Of two items with the same destination the earlier one counts (the lower metric).
    explicit route_table(std::span<const item> items);

    /// The route to `address`; `reachable` is false when there is none.
    const route& find(const ip_address& address) const noexcept {
        std::size_t low = 0;
        std::size_t size = starts_.size();
        while (size > 1) {
            const std::size_t half = size / 2;
            low += starts_[low + half] <= address ? half : 0;
            size -= half;
        }
        return routes_[low];
    }

private:
    std::vector<ip_address> starts_; ///< rising; the first is ::
    std::vector<route> routes_;      ///< of [starts_[i], starts_[i + 1])
};

} // namespace weir::inline service
