#pragma once

// Asks the link for the next hop of a server that is silent: it may have a new MAC (a new card, a
// failover of its own) that no announcement told. Linux finds that out by itself after half a
// minute or more; asked at once, the server loses the answers of one turn and no more. At most one
// request a second for each next hop. Control core only.

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "loop/clock.h"
#include "plane/paths.h"
#include "service/link_address.h"
#include "service/rule_set.h"

namespace weir::director {

class neighbour_asker {
public:
    using next_hop = plane::paths::next_hop;
    using way = std::function<std::optional<next_hop>(const ip_address& server)>;
    using sender = std::function<void(port_id, std::span<const std::byte> frame)>;

    static constexpr std::chrono::seconds pause{1};

    /// `ports` by port_id. `time` and `ports` must outlive this.
    neighbour_asker(const loop::clock& time, const std::vector<port_rule>& ports, way to,
                    sender send)
        : time_(time), ports_(ports), to_(std::move(to)), send_(std::move(send)) {}

    /// Only through ports with a twin: the answer is Linux's.
    void ask_for(const ip_address& server);

private:
    const loop::clock& time_;
    const std::vector<port_rule>& ports_;
    way to_;
    sender send_;
    std::unordered_map<ip_address, loop::clock::time_point> asked_; ///< lately
};

} // namespace weir::director
