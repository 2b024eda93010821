#pragma once

// Configurations as text, and what loading them says.

#include <string>
#include <vector>

#include "config/load.h"

namespace weir::config {

/// Four schedulers; of their options only `port` is right; plugins at /good/ load and bring `mine`.
inline load_result load_here(const std::string& text) {
    auto known = std::make_shared<std::vector<std::string>>(
        std::vector<std::string>{"mh", "rr", "wlc", "wrr"});
    return load_text("t.conf", text,
                     {.load_plugin = [known](const std::string& path) -> std::string {
                          if (!path.starts_with("/good/")) return "cannot load plugin " + path;
                          known->push_back("mine");
                          return "";
                      },
                      .schedulers = [known] { return *known; },
                      .check_options = [](const std::string& scheduler,
                                          const std::vector<std::string>& options) -> std::string {
                          if (options == std::vector<std::string>{"port"}) return "";
                          return scheduler + " has only the option `port`";
                      }});
}

/// One problem to a line.
inline std::string problems_of(const std::string& text) {
    std::string all;
    for (const problem& p : load_here(text).problems)
        all += (all.empty() ? "" : "\n") + to_string(p);
    return all;
}

/// The configuration; throws std::bad_optional_access when there is none.
inline configuration good(const std::string& text) {
    return load_here(text).configuration.value();
}

inline constexpr const char* some_port = "[port wan]\ndevice = xdp:eth1\n";

inline director director_with(const std::string& lines) {
    return good(some_port + ("[director]\n" + lines)).director;
}
inline port port_with(const std::string& lines) {
    return good(some_port + lines).ports.at(0);
}
inline service service_with(const std::string& lines) {
    return good(some_port + ("[service web]\nlisten = 192.0.2.100:80\n" + lines)).services.at(0);
}

} // namespace weir::config
