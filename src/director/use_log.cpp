#include "director/use_log.h"

#include "log/log.h"

namespace weir::director {

void notify_use(events& to, const plane::known_service& service,
                const std::optional<plane::usage>& before) {
    const plane::usage& now = *service.use;
    if (!before || (now.used == 0) == (before->used == 0)) return;
    const bool up = now.used != 0;
    to.tell({"service", service.wanted.name, up ? "up" : "down",
             up                 ? fmt::format("{} of {} servers in use", now.used, now.able)
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
        log::info("service {}: {} of {} servers in use again{}", name, now.used, now.able,
                  service.fallback ? ", instead of the fallback" : "");
    if (now.held_used != 0 && was.held_used == 0)
        log::warning("service {}: {} of {} servers up: those that are held (hold-down) are used "
                     "too",
                     name, now.good, now.able);
    if (now.bad_used != 0 && was.bad_used == 0)
        log::error("service {}: {} of {} servers up, fewer than min-up: those that are down are "
                   "used too",
                   name, now.good, now.able);
    if (now.bad_used == 0 && was.bad_used != 0)
        log::info("service {}: {} of {} servers up: those that are down are not used any more",
                  name, now.good, now.able);
}

} // namespace weir::director
