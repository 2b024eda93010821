#pragma once

// Checks that involve several lines: whether the parts of a configuration fit together. Each
// problem names the line to change. The time grows linearly with the file: 10 000 services or
// servers are ordinary. Control core.

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/model.h"
#include "config/problem.h"

namespace weir::config {

/// Keys that the file gives but the reader could not parse: the place of their section, and the
/// key. The reader has reported them; this code does not check anything that depends on them, so
/// that one mistake makes one problem.
using unread_keys = std::set<std::pair<place, std::string>>;

/// Appends the problems of ports and services as a whole to `problems`. The caller checks
/// schedulers, since it knows them.
void validate(const configuration& c, const unread_keys& unread, std::vector<problem>& problems);
/// The same of services' checks.
void validate_checks(const configuration& c, const unread_keys& unread,
                     std::vector<problem>& problems);
/// The same of servers' names (`name=`): whether each means one server.
void validate_names(const configuration& c, std::vector<problem>& problems);
/// Whether addresses of ports, services and servers can work together.
void validate_addresses(const configuration& c, std::vector<problem>& problems);
/// Whether the routers of routes can be reached, and each network has one.
void validate_routes(const configuration& c, const unread_keys& unread,
                     std::vector<problem>& problems);
/// The same of `[vrrp]` sections, and whether they fit the ports.
void validate_vrrp(const configuration& c, const unread_keys& unread,
                   std::vector<problem>& problems);
/// Whether services that are found by routes can be.
void validate_announcements(const configuration& c, std::vector<problem>& problems);
/// The same of `[peer]` sections, and whether they have a key.
void validate_peers(const configuration& c, const unread_keys& unread,
                    std::vector<problem>& problems);

} // namespace weir::config
