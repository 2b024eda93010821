#pragma once

// Other hosts that say a VIP is theirs: a second director, or a real server that answers ARP for it
// (no `arp_ignore`), which takes its neighbours' clients past weir. Workers hear them
// (worker/claims.h); this keeps the latest and tells the log, once a minute for each VIP at most.
// One that is silent for an hour is forgotten. Control core only.

#include <chrono>
#include <cstddef>
#include <map>
#include <vector>

#include "command/views.h"
#include "director/stage.h"
#include "plane/data_plane.h"

namespace weir::director {

class rivals final : public stage {
public:
    static constexpr std::size_t most = 256; ///< VIPs with one
    static constexpr std::chrono::minutes pause{1};
    static constexpr std::chrono::hours lifetime{1};

    explicit rivals(plane::data_plane& plane) : plane_(plane) {}

    void tick() override;

    std::vector<command::rival_info> describe() const;

private:
    struct known {
        command::rival_info info;
        std::chrono::system_clock::time_point told{};
    };
    void hear(const claim& c, std::chrono::system_clock::time_point now);

    plane::data_plane& plane_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, known> by_address_;
};

} // namespace weir::director
