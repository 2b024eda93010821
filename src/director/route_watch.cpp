#include "director/route_watch.h"

#include <utility>

#include <fmt/format.h>

#include "log/log.h"
#include "net/names.h"

namespace weir::director {

void route_watch::look() {
    look(without_, plane_.paths().without_route());
    look(off_link_, plane_.paths().off_link());
}

void route_watch::look(kind& of, const std::unordered_set<target_id>& now) {
    if (now == of.logged) return;
    const auto before = std::exchange(of.seen, now);
    const auto look_at = [&](const plane::known_service& service,
                             const plane::known_server& server) {
        const auto text = [&](const char* how) {
            return fmt::format(fmt::runtime(how), with_word(plane_.services().word_of(server.id),
                                                            to_string(server.address)));
        };
        if (now.contains(server.id)) {
            if (before.contains(server.id) && of.logged.insert(server.id).second)
                log::warning("service {}: {}", service.wanted.name, text(of.begins));
        } else if (of.logged.erase(server.id) != 0) {
            log::info("service {}: {}", service.wanted.name, text(of.ends));
        }
    };
    for (const auto& service : plane_.services().services()) {
        for (const plane::known_server& server : service->servers)
            look_at(*service, server);
        if (service->fallback) look_at(*service, *service->fallback);
    }
    std::erase_if(of.logged, [&](target_id id) { return !now.contains(id); });
}

} // namespace weir::director
