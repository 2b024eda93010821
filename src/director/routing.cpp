#include "director/routing.h"

#include <algorithm>
#include <utility>

#include "log/log.h"

namespace weir::director {

namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 50ms;
constexpr auto route_linger = 1s;            ///< from the routes' end to the director's
constexpr auto longest_wait_for_peers = 10s; ///< at start, for their connections

} // namespace

routing::routing(plane::data_plane& plane, loop::event_loop& loop, std::vector<port::twin*> twins)
    : plane_(plane), loop_(loop), twins_(std::move(twins)), began_(loop.now()) {}

routing::~routing() {
    if (timer_) loop_.cancel(*timer_);
}

bool routing::is_healthy(const plane::usage& use, const config::least_up& least) noexcept {
    return use.good >= std::max(least.of(use.able), 1u);
}

void routing::commit(const config::configuration& now) {
    ports_ = now.ports;
    std::map<ip_address, vip> wanted;
    for (const config::service& service : now.services)
        if (service.announce_route)
            for (const endpoint& where : service.listen)
                wanted[where.address];
    for (auto& [address, its] : vips_) {
        const auto same = wanted.find(address);
        if (same != wanted.end())
            same->second = its;
        else if (its.announced)
            take_away(address, its, "no service wants it any more");
    }
    vips_ = std::move(wanted);
    table_ = now.director.route_table;
    if (routes_) routes_->use_table(table_);
    if (!vips_.empty() && !timer_) timer_ = loop_.every(look_interval, [this] { look(); });
}

void routing::tick() {
    if (routes_) routes_->renew();
}

void routing::look() {
    if (leaving_until_) {
        if (gone_ && loop_.now() >= *leaving_until_) std::exchange(gone_, nullptr)();
        return;
    }
    if (!is_ready()) return;
    for (auto& [address, its] : vips_)
        set(address, its, serves(address));
}

/// Once: a director that loses its peers goes on.
bool routing::is_ready() {
    ready_ =
        ready_ || plane_.state().step.is_in() || loop_.now() - began_ >= longest_wait_for_peers;
    return ready_;
}

bool routing::serves(const ip_address& address) const {
    const auto& services = plane_.services().services();
    return std::any_of(services.begin(), services.end(), [&](const auto& s) {
        const auto& listen = s->wanted.listen;
        return s->wanted.announce_route && s->use && is_healthy(*s->use, s->wanted.min_up)
               && std::any_of(listen.begin(), listen.end(),
                              [&](const endpoint& e) { return e.address == address; });
    });
}

/// The interface: of the port in whose network the VIP is, else the first.
int routing::way_of(const ip_address& address) const {
    int first = 0;
    for (std::size_t port = 0; port < twins_.size(); ++port) {
        if (twins_[port] == nullptr) continue;
        if (first == 0) first = twins_[port]->index();
        const auto& own = ports_[port].addresses;
        if (std::any_of(own.begin(), own.end(),
                        [&](const prefix& p) { return p.contains(address); }))
            return twins_[port]->index();
    }
    return first;
}

void routing::set(const ip_address& address, vip& its, bool wanted) {
    if (!wanted) {
        if (its.announced) take_away(address, its, "too few good servers");
        return;
    }
    if (its.announced) return;
    std::string wrong;
    try {
        if (!routes_) {
            routes_.emplace();
            routes_->use_table(table_);
        }
        wrong = routes_->add(address, way_of(address));
    } catch (const std::exception& e) {
        wrong = e.what();
    }
    if (!wrong.empty()) {
        if (its.complaint != wrong)
            log::error("there is no route to {} in table {}: {}", to_string(address), table_,
                       wrong);
        its.complaint = wrong;
        return;
    }
    its = {.announced = true, .complaint = {}};
    log::info("the route to {} is in table {}", to_string(address), table_);
}

void routing::take_away(const ip_address& address, vip& its, const char* why) {
    if (routes_) routes_->remove(address);
    its.announced = false;
    log::warning("the route to {} is gone from table {}: {}", to_string(address), table_, why);
}

void routing::leave(std::function<void()> gone) {
    bool any = false;
    for (auto& [address, its] : vips_) {
        if (!its.announced) continue;
        any = true;
        take_away(address, its, "weir stops");
    }
    leaving_until_ =
        loop_.now() + (any ? loop::clock::duration(route_linger) : loop::clock::duration(0));
    if (!any) return gone();
    gone_ = std::move(gone);
}

} // namespace weir::director
