#pragma once

// One turn of a check against one server, from its begin to its verdict, by non-blocking means on
// the event loop. The owner sets the time limit; a probe that is destroyed leaves nothing behind,
// neither socket nor process. A probe never calls its owner from begin(); after finished() it may
// be destroyed at once, inside the call too.

#include <memory>
#include <optional>
#include <string>

#include "health/prepared.h"
#include "health/verdict.h"
#include "loop/event_loop.h"
#include "net/types.h"

namespace weir::health {

class pinger;
class programs;

/// Whom to ask.
struct probe_target {
    std::string service;
    ip_address address;
    std::uint16_t port = 0;
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

    /// A verdict when there is one at once.
    virtual std::optional<verdict> begin() = 0;
    /// The verdict when the time is over.
    virtual verdict late() const = 0;
};

/// What probes need around them.
struct probe_means {
    event_loop& loop;
    pinger& pings;
    programs& scripts; ///< who makes a `script` probe has a place, and the probe gives it back
};

std::unique_ptr<probe> make_probe(const prepared_check& check, const probe_target& target,
                                  const probe_means& means, probe_owner& owner);

std::unique_ptr<probe> make_stream_probe(const prepared_check& check, const probe_target& target,
                                         event_loop& loop, probe_owner& owner);
std::unique_ptr<probe> make_datagram_probe(const prepared_check& check, const probe_target& target,
                                           event_loop& loop, probe_owner& owner);
std::unique_ptr<probe> make_ping_probe(const prepared_check& check, const probe_target& target,
                                       pinger& pings, probe_owner& owner);
std::unique_ptr<probe> make_script_probe(const prepared_check& check, const probe_target& target,
                                         const probe_means& means, probe_owner& owner);

} // namespace weir::health
