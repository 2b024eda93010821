#pragma once

// The services and real servers as they run: what the configuration asks for, the slots they
// occupy, and what the operator changed since. A reload is a difference: servers that stay keep
// their slot, and with it their connections and counters; servers that go keep theirs until their
// last connection has ended; services in which nothing changed keep their very rule. What an
// operator set at run time (weight, drained, disabled) lasts until the file itself says something
// new about that server.
//
// Control core only. Workers see the results through rule sets and slots.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "health/condition.h"
#include "plane/known_service.h"
#include "worker/shared.h"

namespace weir::plane {

class running_services {
public:
    using is_own_address = std::function<bool(const ip_address&)>;

    explicit running_services(director_state& state) : state_(state) {}

    /// Throws std::runtime_error when there are not enough free slots for these servers.
    void require_room(const std::vector<config::service>& wanted) const;
    /// Makes the services what the configuration says; servers at addresses of this host (`is_own`)
    /// become local. Schedulers and their options have been checked. As require_room(), and then
    /// has changed nothing.
    void apply(const std::vector<config::service>& wanted, const is_own_address& is_own);

    /// The rules to publish.
    std::vector<std::shared_ptr<const service_rule>> rules() const;

    const std::vector<std::unique_ptr<known_service>>& services() const { return services_; }
    /// By name, or by `address:port[/protocol]` of a listener; null when there is none.
    known_service* find(const std::string& name_or_listener) const;
    /// By `address[:port]`; null when there is none.
    static known_server* find_server(known_service& service, const std::string& address);

    /// Changes a server's weight, 0 to 65535. After refresh_rules(), the rules are to be published.
    void set_weight(known_service& service, known_server& server, std::int32_t weight);
    void set_disabled(const known_server& server, bool disabled);
    /// What health checks say; a server that is not there any more is passed over. True: after
    /// refresh_rules(), the rules are to be published.
    bool set_condition(target_id id, const health::condition& condition);
    /// Rebuilds the rules whose schedulers must know of changed weights.
    void refresh_rules();
    /// As an operator thinks of it: never 0 for a server that gets something.
    static std::int32_t shown_weight(const known_service& service, std::int32_t weight) {
        return (weight + service.weight_scale - 1) / service.weight_scale;
    }

    /// Looks after removed servers: ends the connections of those whose drain time (seconds; 0 =
    /// none) has passed and frees the slots of those that have none left. True: it freed some. Once
    /// a second.
    bool tend_removed(std::uint32_t drain_timeout);

    /// All servers, those with connections left after removal too.
    void for_each_server(const std::function<void(const known_server&)>& visit) const;

    server_totals totals(const known_service& service) const;

private:
    std::unique_ptr<known_service> renew(const config::service& wanted, known_service* before,
                                         const is_own_address& is_own);
    known_server adopt(const config::server& wanted, forward_mode mode, std::size_t index,
                       const std::vector<known_server>& running, known_service* before);
    void settle(known_server& server, const config::server& wanted, const config::service& service);
    void give_fallback(known_service& service, known_service* before, const is_own_address& is_own);
    void leave(known_service& service, known_server server);
    bool weigh(const known_service& service, known_server& server);
    void note_places();
    void tend(known_service& service, std::uint32_t drain_timeout);

    director_state& state_;
    std::vector<std::unique_ptr<known_service>> services_;
    std::vector<std::unique_ptr<known_service>> ended_; ///< removed, with connections left
    struct spot {
        known_service* service;
        std::size_t server;
    };
    std::unordered_map<target_id, spot> places_; ///< of all servers but removed ones
};

} // namespace weir::plane
