#pragma once

// Logs the servers without a route, and those of DR behind a router. At start, routes come a little
// after the twins, so a server counts only if it has no route at two looks in a row. Control core
// only.

#include <unordered_set>

#include "plane/data_plane.h"

namespace weir::director {

class route_watch {
public:
    /// `plane` must outlive this.
    explicit route_watch(const plane::data_plane& plane) : plane_(plane) {}

    /// Logs servers that have been without a route since the last look, and those that have one
    /// again. Once a second.
    void look();

private:
    /// Servers in one kind of trouble.
    struct kind {
        const char* begins;
        const char* ends;
        std::unordered_set<target_id> seen{};   ///< at the last look
        std::unordered_set<target_id> logged{}; ///< those already logged
    };
    void look(kind& of, const std::unordered_set<target_id>& now);

    const plane::data_plane& plane_;
    kind without_{"no route to {}: packets to it are dropped", "there is a route to {} again"};
    kind off_link_{"{} is behind a router, and forward = dr reaches servers on a link of the "
                   "director only: it is not used (`forward = tun` passes routers)",
                   "{} is on a link"};
};

} // namespace weir::director
