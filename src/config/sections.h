#pragma once

// The keys of each kind of section: the values each accepts, and where it goes in the model. A new
// key is one entry in a table (director_section.cpp, port_section.cpp and so on).

#include <functional>
#include <string>
#include <vector>

#include "config/model.h"
#include "config/reader.h"
#include "config/shared_parts.h"

namespace weir::config {

/// One key of a section that fills a T.
template <typename T>
struct key {
    std::string name;
    std::function<void(T&, const std::string& value)> set; ///< throws bad_value
    bool repeated = false;
    std::string needed_as{}; ///< an example of a required key; "" = the key is optional
};

const std::vector<key<director>>& director_keys();
const std::vector<key<port>>& port_keys();
const std::vector<key<service_draft>>& service_keys();
const std::vector<key<service_draft>>& defaults_keys(); ///< those of a service that many can share
const std::vector<key<pool>>& pool_keys();
const std::vector<key<check_set>>& check_set_keys();
const std::vector<key<vrrp>>& vrrp_keys();
const std::vector<key<peer>>& peer_keys();

/// Parses `NAME [port=N]` and takes over the servers of that pool.
void use_pool(service_draft& s, const std::string& value);

/// Parses `tcp-established=900s udp=5m ...` into `t`.
void set_timeouts(flow_timeouts& t, const std::string& value);

} // namespace weir::config
