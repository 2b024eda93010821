#pragma once

// What a core saw of a packet, as the commands `trace` and `capture` send it. Control core only.

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "command/views.h"
#include "watch/watch.h"

namespace weir::command {

class sighting_writer {
public:
    /// `view` outlives it.
    explicit sighting_writer(const director_view& view);

    /// One packet's story.
    nlohmann::json story(const watch::record& r);
    /// One frame, with all its bytes that were copied.
    nlohmann::json frame(const watch::record& r) const;

private:
    std::string port_name(port_id port) const;
    std::uint64_t time_of(const watch::record& r) const;
    void add_server(const watch::sighting& s, nlohmann::json& line) const;
    void add_idle_servers(const std::string& service, nlohmann::json& line);

    /// Why a service's servers get nothing, and when that was asked: at most once a second.
    struct idle_servers {
        std::uint32_t asked = 0;
        std::vector<std::pair<std::string, std::vector<std::string>>> servers;
    };

    const director_view& view_;
    const cycle_clock clock_;
    const std::size_t cores_; ///< workers and the control core
    std::vector<std::string> ports_;
    std::map<std::string, idle_servers> idle_;
};

} // namespace weir::command
