#pragma once

// The director's figures in the text format of Prometheus (exposition format 0.0.4): every metric
// with HELP and TYPE, all its samples together, base units, counters that end in `_total`. The
// director sends its services piece by piece; they are put in order here. Pure but for memory.

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "message/client.h"

namespace weir::metrics {

/// A label's value with `\`, `"` and newlines escaped.
std::string label_value(std::string_view text);

class page {
public:
    /// The answer to `status`.
    void status(const nlohmann::json& status);
    /// A service and one of its servers, as the command `list` sends them.
    void service(const nlohmann::json& service);
    void server(const nlohmann::json& service, const nlohmann::json& server);
    /// A line of the answer to `checks`; after all services and servers.
    void check(const nlohmann::json& line);
    std::string whole() const;

private:
    using labels = std::vector<std::pair<const char*, std::string>>;
    struct family {
        const char* type;
        const char* help;
        std::string samples;
    };
    /// A counter of the director's, and its name here but for prefix and "_total".
    struct counter {
        const char* member;
        const char* name;
        const char* help;
    };
    void add(const std::string& name, const char* type, const char* help, const labels& of,
             double value);
    /// `name`: the operator's; a label if it is not "".
    static labels of_server(std::string service, std::string server, std::string name);
    void counters(const char* prefix, std::span<const counter> all, const labels& of,
                  const nlohmann::json& figures);
    void traffic(const char* prefix, const labels& of, const nlohmann::json& row);
    void checks(const nlohmann::json& figures);
    void ports(const nlohmann::json& all);
    void heartbeat_link(const std::string& peer, const nlohmann::json& link);
    void peers(const nlohmann::json& all);
    void vrrps(const nlohmann::json& all);
    void workers(const nlohmann::json& all);
    void books(const nlohmann::json& books);

    std::map<std::string, family> families_;                ///< by name
    std::set<std::pair<std::string, std::string>> servers_; ///< by service, as labels name them
    std::pair<std::string, std::string> checked_;           ///< whose check was the last
    unsigned checks_of_it_ = 0;
};

/// Asks a director for all of it. Throws as message::client::ask().
std::string whole_page(message::client& director);

} // namespace weir::metrics
