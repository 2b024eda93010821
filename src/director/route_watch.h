#pragma once

// Logs the servers without a route. At start, routes come a little after the twins, so a server
// counts only if it has no route at two looks in a row. Control core only.

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
    const plane::data_plane& plane_;
    std::unordered_set<target_id> seen_;   ///< without a route at the last look
    std::unordered_set<target_id> logged_; ///< those already logged
};

} // namespace weir::director
