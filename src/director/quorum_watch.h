#pragma once

// Tells when a service gains or loses its quorum (`quorum`, `hysteresis`), by the log and by its
// command (`on-quorum`). The command hears the first state of a service too, and `down` when the
// service goes or weir stops, so that a route it announces does not outlive the service. Control
// core only.

#include <map>
#include <string>

#include "config/model.h"
#include "director/events.h"
#include "plane/known_service.h"

namespace weir::director {

class quorum_watch {
public:
    explicit quorum_watch(events& to) : to_(to) {}

    /// The service uses its servers differently, or is new.
    void look(const plane::known_service& service);
    /// These are the services now.
    void keep(const std::vector<config::service>& services);
    /// weir stops: all services are down.
    void leave();

private:
    struct told {
        bool up = true;
        config::command command{}; ///< empty = none
    };

    void tell(const std::string& name, const told& state, const std::string& reason);

    events& to_;
    std::map<std::string, told> told_; ///< by service
};

} // namespace weir::director
