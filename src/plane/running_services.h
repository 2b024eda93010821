#pragma once

// The running services and real servers: their configuration, their slots, and the operator's
// changes. A reload applies a difference. Servers that stay keep their slots, and so their
// connections and counters. Servers that go keep theirs until their last connection has ended.
// Unchanged services keep the same rule object. An operator's change at run time (weight, drained,
// disabled) lasts as director/run_time_changes.h says; here it ends with another weight, or the
// server.
//
// Control core only. Workers see the results in rule sets and slots.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "health/condition.h"
#include "plane/known_service.h"
#include "plane/slot_upkeep.h"
#include "worker/shared.h"

namespace weir::plane {

class running_services {
public:
    using is_own_address = std::function<bool(const ip_address&)>;

    explicit running_services(director_state& state) : state_(state), slots_(state) {}

    /// Throws std::runtime_error if there are not enough free slots for these servers.
    void require_room(const std::vector<config::service>& wanted) const;
    /// Changes the services to those of the configuration; servers at addresses of this host
    /// (`is_own`) become local. The caller has checked schedulers and their options. Throws like
    /// require_room(), without changing anything.
    void apply(const std::vector<config::service>& wanted, const is_own_address& is_own);

    /// The rules to publish.
    std::vector<std::shared_ptr<const service_rule>> rules() const;

    const std::vector<std::unique_ptr<known_service>>& services() const { return services_; }
    /// Removed services with connections left; no running one has the same name.
    std::span<const std::unique_ptr<known_service>> ended() const;
    /// By name, or by `address:port[/protocol]` of a listener; null if there is none.
    known_service* find(const std::string& name_or_listener) const;
    /// By address, or address and port; null if there is none.
    static known_server* find_server(known_service& service, const std::string& address);

    /// Changes a server's weight, 0 to 65535. Call catch_up() after this and the next two.
    void set_weight(known_service& service, known_server& server, std::int32_t weight);
    void set_disabled(known_service& service, known_server& server, bool disabled);
    /// Sets both as an operator did at a peer, at the time `at`. No weight: that of the file.
    void take_setting(known_service& service, known_server& server,
                      std::optional<std::int32_t> weight, bool disabled, std::uint64_t at);
    /// Differs after each change of what operators have set.
    std::uint64_t settings_version() const { return settings_version_; }
    /// The server in this slot, unless it was removed or is a fallback; null: none.
    struct spot {
        known_service* service = nullptr;
        known_server* server = nullptr;
    };
    spot at(target_id id) const;
    /// Takes the verdict of health checks; ignores a server that no longer exists. True: it makes
    /// a difference.
    bool set_condition(target_id id, const health::condition& condition);
    /// Takes the servers that DR cannot reach (plane/paths.h); those are not used. True: it makes a
    /// difference.
    bool set_off_link(const std::unordered_set<target_id>& servers);
    bool is_off_link(target_id id) const { return off_link_.contains(id); }
    /// Renews slot tables after changes of weights or health, for a few milliseconds. True: there
    /// is more to do. Call on every turn of the loop.
    bool renew_slots() { return slots_.run(); }

    /// A service that uses its servers differently.
    struct change_of_use {
        const known_service* service;
        std::optional<usage> before; ///< nothing = it is new
    };
    /// Decides which servers each service uses, and rebuilds the rules whose schedulers store
    /// weights that changed. Then publish the rules.
    std::vector<change_of_use> catch_up();
    /// The weight as an operator sees it: never 0 for a server that gets connections.
    static std::int32_t shown_weight(const known_service& service, std::int32_t weight) {
        return (weight + service.weight_scale - 1) / service.weight_scale;
    }

    /// Maintains removed servers: ends the connections of those whose drain time is over, and frees
    /// the slots of those without connections. True: it freed some. Call once a second.
    bool tend_removed(const config::drain& drain);

    /// All servers, including removed ones that still have connections.
    void for_each_server(const std::function<void(const known_server&)>& visit) const;
    /// The same, each with its service.
    void for_each_server_of(
        const std::function<void(const known_service&, const known_server&)>& visit) const;

    server_totals totals(const known_service& service) const;
    /// What the operator calls the server in this slot (`name=`), also a removed one; "" = nothing.
    std::string_view word_of(target_id id) const;
    /// The checks that a server has instead of its service's; nothing = none.
    std::optional<std::vector<config::check>> own_checks_of(target_id id) const;

private:
    std::unique_ptr<known_service> renew(const config::service& wanted, known_service* before,
                                         const is_own_address& is_own);
    known_server adopt(const config::server& wanted, forwarding way, std::size_t index,
                       const std::vector<known_server>& running, known_service* before);
    void forget_checks(known_server& server);
    void settle(known_server& server, const config::server& wanted, const known_service& service);
    void give_fallback(known_service& service, known_service* before, const is_own_address& is_own);
    void leave(known_service& service, known_server server, const config::service& was);
    bool weigh(const known_service& service, known_server& server);
    void decide(known_service& service);
    void note_places();
    void sort_ended();
    void settle_flows(target_id id, const known_service& service);
    void give_share(known_service& service, const known_service* before) const;
    void count_entries(const known_service& service) const;
    void judge_removed(const known_service& service, const known_server& server);
    void tend(known_service& service);

    director_state& state_;
    std::vector<std::unique_ptr<known_service>> services_;
    std::vector<std::unique_ptr<known_service>> ended_; ///< removed; with connections left first
    struct whereabouts {
        known_service* service;
        std::size_t server;
    };
    void note_set(known_server& server);

    std::unordered_map<target_id, whereabouts> places_; ///< of all servers except removed ones
    std::unordered_map<target_id, std::string> words_;  ///< of servers that have one
    std::unordered_map<target_id, std::vector<config::check>>
        checks_; ///< of servers with their own
    std::unordered_set<target_id> off_link_;
    slot_upkeep slots_;
    config::drain drain_; ///< of removed servers
    std::uint64_t settings_version_ = 0;
};

} // namespace weir::plane
