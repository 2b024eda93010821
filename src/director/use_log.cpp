#include "director/use_log.h"

#include <algorithm>

#include <fmt/format.h>

#include "log/log.h"
#include "net/counted.h"

namespace weir::director {

std::string servers_of(unsigned some, const plane::known_service& service) {
    const std::size_t all = service.servers.size();
    const std::size_t out = all - std::min<std::size_t>(all, service.use ? service.use->able : all);
    return fmt::format("{} of {}{}", some, counted(all, "server"),
                       out == 0 ? ""
                                : fmt::format(" ({} drained, disabled or without a way)", out));
}

void notify_use(events& to, const plane::known_service& service,
                const std::optional<plane::usage>& before) {
    const plane::usage& now = *service.use;
    if (!before || (now.used == 0) == (before->used == 0)) return;
    const bool up = now.used != 0;
    to.tell({"service", service.wanted.name, up ? "up" : "down",
             up                 ? servers_of(now.used, service) + " in use"
             : service.fallback ? "no server is left: the fallback takes over"
                                : "no server is left"});
}

void log_use(const plane::known_service& service, const std::optional<plane::usage>& before) {
    const plane::usage& now = *service.use;
    const plane::usage was = before.value_or(plane::usage{.used = now.used});
    const std::string& name = service.wanted.name;
    if (now.used == 0 && was.used != 0)
        log::warning("service {}: no server is left: {}", name,
                     service.fallback ? "the fallback takes over" : "clients are refused");
    if (now.used != 0 && was.used == 0)
        log::info("service {}: {} in use again{}", name, servers_of(now.used, service),
                  service.fallback ? ", instead of the fallback" : "");
    if (now.held_used != 0 && was.held_used == 0)
        log::warning("service {}: {} up: those that are held (hold-down) are used too", name,
                     servers_of(now.good, service));
    if (now.bad_used != 0 && was.bad_used == 0)
        log::error("service {}: {} up, fewer than min-up: those that are down are used too", name,
                   servers_of(now.good, service));
    if (now.bad_used == 0 && was.bad_used != 0)
        log::info("service {}: {} up: those that are down are not used any more", name,
                  servers_of(now.good, service));
}

} // namespace weir::director
