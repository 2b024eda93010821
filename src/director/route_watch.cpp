#include "director/route_watch.h"

#include <utility>

#include "log/log.h"
#include "net/names.h"

namespace weir::director {

void route_watch::look() {
    const std::unordered_set<target_id>& without = plane_.paths().without_route();
    if (without == logged_) return;
    const auto before = std::exchange(seen_, without);
    const auto look_at = [&](const plane::known_service& service,
                             const plane::known_server& server) {
        const auto name = [&] {
            return with_word(plane_.services().word_of(server.id), to_string(server.address));
        };
        if (without.contains(server.id)) {
            if (before.contains(server.id) && logged_.insert(server.id).second)
                log::warning("service {}: no route to {}: packets to it are dropped",
                             service.wanted.name, name());
        } else if (logged_.erase(server.id) != 0) {
            log::info("service {}: there is a route to {} again", service.wanted.name, name());
        }
    };
    for (const auto& service : plane_.services().services()) {
        for (const plane::known_server& server : service->servers)
            look_at(*service, server);
        if (service->fallback) look_at(*service, *service->fallback);
    }
    std::erase_if(logged_, [&](target_id id) { return !without.contains(id); });
}

} // namespace weir::director
