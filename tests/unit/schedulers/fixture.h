#pragma once

// A list of real servers with their loads, and schedulers for it.

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "service/scheduler_registry.h"

namespace weir {

class server_list {
public:
    /// Servers 10.0.0.1, 10.0.0.2, ... with these weights.
    server_list(std::initializer_list<int> weights) : server_list(std::vector<int>(weights)) {}
    explicit server_list(const std::vector<int>& weights)
        : loads_(std::make_unique<server_load[]>(weights.size())) {
        for (std::size_t i = 0; i < weights.size(); ++i) {
            loads_[i].weight = weights[i];
            const auto host = static_cast<std::uint32_t>(i + 1);
            views_.push_back(
                {&loads_[i], ip_address::v4(be32::from_host(0x0a000000 + host)), 80, weights[i]});
        }
    }

    server_load& operator[](std::size_t i) { return loads_[i]; }
    std::vector<server_view>& views() { return views_; }
    std::size_t size() const { return views_.size(); }

    /// Throws what the scheduler throws.
    std::unique_ptr<scheduler> make(const char* name, std::vector<std::string> options = {},
                                    const scheduler* previous = nullptr,
                                    std::vector<std::uint32_t> moved = {}) {
        for (server_view& view : views_)
            if (view.weight() > 0) view.last_weight = view.weight();
        return find_scheduler(name)->make({views_, options, previous, moved});
    }

private:
    std::unique_ptr<server_load[]> loads_;
    std::vector<server_view> views_;
};

/// The next picks, servers counted from 1 and joined by spaces; `-` for none.
inline std::string picks(scheduler& chooser, int count, const new_flow& flow = {}) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        const std::uint32_t server = chooser.pick(flow);
        text += (i == 0 ? "" : " ")
                + (server == no_server ? std::string("-") : std::to_string(server + 1));
    }
    return text;
}

/// A flow of which only the random number matters.
inline new_flow drawn(std::uint64_t random) {
    new_flow flow;
    flow.random = random;
    return flow;
}

/// A flow of which only the client matters: the n-th of a large network.
inline new_flow from_client(std::uint32_t n, std::uint16_t port = 0) {
    new_flow flow;
    flow.client = ip_address::v4(be32::from_host(0x0a000000 + n));
    flow.client_port = port;
    return flow;
}

} // namespace weir
