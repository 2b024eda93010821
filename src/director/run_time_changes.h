#pragma once

// What operators have changed at run time about real servers: weights (0 = drained), servers
// disabled, added, removed. A change belongs to a server by service, address and port; it goes
// along when the file gives a server with a name (`name=`) another address or port. It outlives
// reloads and restarts (`state-dir`), and ends when
//
// - a weight: the file gives the server another one than when it was set, or it is the file's own;
// - a disable: the server is enabled;
// - an addition: the file has the server, or it is removed again;
// - a removal: the file no longer has it, or it is added again as the file has it;
// - both at once (removed, then added with another line): the file gives it another line, too;
// - any: the file has no such server or service (a renamed service goes on by its first listener).
//
// with() adds and removes servers in a configuration before it is applied; apply() sets weights and
// disables in the data plane after it. Control core only.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/model.h"
#include "config/problem.h"
#include "config/state_file.h"
#include "plane/data_plane.h"

namespace weir::director {

using moment = std::chrono::system_clock::time_point;

inline server_name name_of(const config::server& server) {
    return {server.address, server.port};
}

/// All changes of one server.
struct server_changes {
    struct other_weight {
        std::int32_t now = 0;
        std::int32_t in_file = 0; ///< when it was set
        moment since;
    };
    struct extra {
        std::string line; ///< as behind `server =`
        moment since;
    };
    std::string listener; ///< the first of its service
    std::string word;     ///< the server's `name=`; "" = none
    std::optional<other_weight> weight{};
    std::optional<moment> disabled{};
    std::optional<extra> added{};
    std::optional<moment> removed{};
    /// A removed one, as the file has it. Known once this process has read the file.
    std::optional<config::server> in_file{};

    bool none() const { return !weight && !disabled && !added && !removed; }
};

class run_time_changes {
public:
    /// Reads those of the last run. A file that makes no sense is logged and left out.
    explicit run_time_changes(const std::string& state_dir);

    /// The configuration with servers added and removed. Forgets, and logs, changes that the file
    /// ends.
    config::configuration with(config::configuration file);
    /// From now on with() logs nothing, and puts there what would end: for one that only shows what
    /// a reload would do. `lines` outlives it.
    void tell_to(std::vector<std::string>& lines) { lines_ = &lines; }
    /// Sets weights and disables, as a new configuration is in force. Forgets as with().
    void apply(plane::data_plane& plane);

    // Notes of what was done.
    void note_weight(const config::service& service, const plane::known_server& server,
                     moment when = std::chrono::system_clock::now());
    void note_disabled(const config::service& service, const plane::known_server& server, bool yes,
                       moment when = std::chrono::system_clock::now());
    void note_added(const config::service& service, const config::server& server,
                    const std::string& line);
    void note_removed(const config::service& service, const config::server& server);

    /// The line of a server that comes back, with its port as the file has it: lists show servers
    /// without a port with that of their service.
    std::string as_file_writes(const config::service& service, const std::string& line) const;

    /// Null if there is none.
    const server_changes* find(std::string_view service, const server_name& server) const;
    /// By service and server.
    using map = std::map<std::pair<std::string, std::string>, server_changes>;
    const map& all() const { return changes_; }

    /// Writes them down if one is new. Logs what fails.
    void save();

private:
    server_changes& of(const config::service& service, const server_name& server);
    void clean(const config::service& service, const server_name& server);
    void fit(config::configuration& file, const std::string& service_name,
             const std::string& server_name, server_changes& change) const;
    void replace(config::configuration& file, config::service& service, const std::string& server,
                 server_changes& change) const;
    void tell_that_file_counts(const std::string& service, const std::string& server,
                               server_changes& change) const;
    bool add_to(config::configuration& file, config::service& service, const std::string& server,
                const server_changes::extra& extra) const;
    void apply(plane::data_plane& plane, plane::known_service& service, const std::string& name,
               server_changes& change);
    void forget_those_without();
    void follow_renamed(const std::vector<config::service>& services);
    void follow_moved(std::vector<config::service>& services);
    void tell_of_end(const std::string& line) const;

    config::state_file file_;
    map changes_;
    bool unsaved_ = false;
    std::vector<std::string>* lines_ = nullptr; ///< null: to the log
};

/// As JSON text, and back; throws std::runtime_error for a text that makes no sense. Pure.
std::string to_text(const run_time_changes::map& changes);
run_time_changes::map parse_changes(const std::string& text);

} // namespace weir::director
