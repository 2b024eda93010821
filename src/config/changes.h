#pragma once

// What another configuration changes, in words: a line for each service and server that comes, goes
// or becomes different, by name, and for each other section. For the log of a reload, and for an
// operator before one. Pure: any thread.

#include <string>
#include <vector>

#include "config/model.h"
#include "config/problem.h"

namespace weir::config {

/// What a reload would do.
struct reload_outlook {
    std::vector<problem> mistakes{};    ///< of the file: a reload would say these
    std::vector<problem> restart{};     ///< changes that need a restart: a reload would refuse all
    std::vector<std::string> changes{}; ///< one a line
};

/// Those of everything that is no service: "vrrp shop: priority changed", "peer b is new".
std::vector<std::string> changes_beside_services(const configuration& running,
                                                 const configuration& wanted);
/// All of them: first those, then services in the order of `wanted`, what goes away last; empty if
/// nothing differs that a reload applies. "service web: server 192.0.2.11 is new", "service dns is
/// gone".
std::vector<std::string> changes(const configuration& running, const configuration& wanted);

/// Do both say the same of one server, wherever they stand?
bool same(const server& one, const server& other);

} // namespace weir::config
