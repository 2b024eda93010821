#pragma once

// One turn of a check against one server, from its start to its verdict, non-blocking on the event
// loop. The owner sets the time limit. Destroying a probe removes its socket and its process. A
// probe never calls its owner from begin(); after finished() the owner may destroy it at once, even
// inside the call.

#include <memory>
#include <optional>
#include <string>

#include "flow/target.h"
#include "health/detour.h"
#include "health/prepared.h"
#include "health/verdict.h"
#include "loop/event_loop.h"
#include "net/types.h"

namespace weir::health {

class pinger;
class programs;

/// The VIP of a check with `to = vip`, and how clients' packets reach the server.
struct vip_there {
    ip_address address;
    forwarding forward{};

    friend bool operator==(const vip_there&, const vip_there&) = default;
};

/// The target of a turn.
struct probe_target {
    std::string service;
    ip_address address; ///< the server's own
    std::uint16_t port = 0;
    std::string word{};             ///< what the operator calls the server; "" = nothing
    std::optional<vip_there> vip{}; ///< none = its own address is checked

    friend bool operator==(const probe_target&, const probe_target&) = default;

    const ip_address& asked() const { return vip ? vip->address : address; }
};

class probe_owner {
public:
    virtual void finished(verdict v) = 0;

protected:
    ~probe_owner() = default;
};

class probe {
public:
    probe() = default;
    probe(const probe&) = delete;
    probe& operator=(const probe&) = delete;
    virtual ~probe() = default;

    /// Returns a verdict if there is one at once.
    virtual std::optional<verdict> begin() = 0;
    /// The verdict when the time is over.
    virtual verdict late() const = 0;
};

/// The services that probes use.
struct probe_means {
    loop::event_loop& loop;
    pinger& pings;
    programs&
        scripts; ///< the maker of a `script` probe takes a place here, and the probe returns it
    detour_maker& detours;
};

std::unique_ptr<probe> make_probe(const prepared_check& check, const probe_target& target,
                                  const probe_means& means, probe_owner& owner);

std::unique_ptr<probe> make_stream_probe(const prepared_check& check, const probe_target& target,
                                         const probe_means& means, probe_owner& owner);
std::unique_ptr<probe> make_datagram_probe(const prepared_check& check, const probe_target& target,
                                           const probe_means& means, probe_owner& owner);
std::unique_ptr<probe> make_ping_probe(const prepared_check& check, const probe_target& target,
                                       pinger& pings, probe_owner& owner);
std::unique_ptr<probe> make_script_probe(const prepared_check& check, const probe_target& target,
                                         const probe_means& means, probe_owner& owner);

} // namespace weir::health
