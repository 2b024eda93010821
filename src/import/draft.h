#pragma once

// An importer's result before it is written as weir's own file: services as the foreign file
// describes them. fit() turns a draft into one that weir accepts. A part that weir cannot run has
// an `obstacle` and is written as a comment, so that the operator can finish it. Plain data.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/model.h"
#include "import/findings.h"
#include "net/types.h"

namespace weir::importer {

/// When a check asks, and how many answers count. Milliseconds.
struct draft_turns {
    std::uint64_t interval = 0;
    std::uint64_t timeout = 0;
    std::uint64_t fall = 1;
    std::uint64_t fall_interval = 0; ///< between bad answers; 0 = `interval`
    bool first_down = false;         ///< down until the first good answer
    friend bool operator==(const draft_turns&, const draft_turns&) = default;
};

/// In weir's format: "6s", "1500ms".
std::string time_text(std::uint64_t milliseconds);

/// A health check of one server. fit() gives those that most servers of a service have to the
/// service; other servers get their own.
struct draft_check {
    place where;
    std::string keyword;    ///< the foreign file's word: "HTTP_GET"
    std::string type;       ///< weir's word: "http"
    std::uint16_t port = 0; ///< port to connect to; 0 = the service's
    bool own_port = false;  ///< differs from the server's port
    std::string parameters; ///< " path=/ status=200": all but port and turns
    std::string general;    ///< the same without the parts that only this server has; "" = none
    draft_turns turns;
    std::string explanation;    ///< for the report; "" = none
    std::vector<remark> losses; ///< the parts that weir cannot do
};

struct draft_server {
    place where;
    ip_address address;
    std::uint16_t port = 0; ///< 0 = the service's
    std::uint64_t weight = 1;
    std::uint64_t upper = 0; ///< 0 = no limit
    std::uint64_t lower = 0;
    std::vector<draft_check> checks{};
    /// In place of the service's, each as weir's text; by fit(). Empty = none; nothing = the
    /// service's.
    std::optional<std::vector<std::string>> own_checks{};
    bool keeps = false; ///< a check that takes it down keeps its connections
    std::vector<std::string> comments;
    std::string obstacle; ///< why weir cannot have it; "" = weir can
};

struct draft_service {
    place where;
    std::string title; ///< its name in the foreign file: "virtual_server 192.0.2.100 80"
    std::string name;  ///< preferred name; "" = derived from the first listener
    std::vector<endpoint> listen;
    bool no_protocol = false; ///< the file does not give it; this is an obstacle
    std::optional<forwarding> forward;
    std::string scheduler = "wlc";
    std::vector<std::string> options; ///< the scheduler's options
    std::vector<draft_server> servers;
    std::optional<draft_server> fallback; ///< sorry server
    std::uint64_t persistence = 0;        ///< seconds; 0 = none
    std::string mask;                     ///< of persistence, in LVS's format; "" = whole addresses
    place mask_where;
    bool one_packet = false;
    std::vector<std::string> settings; ///< further lines: `key = value`
    std::vector<std::string> comments;
    std::vector<std::string> obstacles; ///< why weir cannot have it; empty = weir can
};

/// An interface whose link a [vrrp] depends on.
struct tracked_interface {
    std::string interface;
    std::string line; ///< behind `track-port =`
    place where;
};

/// Addresses that directors share.
struct draft_vrrp {
    place where;
    std::string title; ///< its name in the foreign file: "vrrp_instance VI_1"
    std::string name;
    std::string interface;
    std::vector<tracked_interface> tracked; ///< become lines where they are ports
    std::vector<std::string> settings;      ///< lines: `key = value`; `port` is not among them
    std::vector<std::string> comments;
    std::vector<std::string> obstacles; ///< why weir cannot have it; empty = weir can
};

struct draft {
    std::vector<std::string> interfaces; ///< Linux interfaces that packets come from
    bool interfaces_found = false;       ///< from the file or a default, not from the operator
    std::vector<std::string> comments;
    std::vector<std::string> timeouts; ///< pairs for the director's `timeout`
    std::vector<draft_vrrp> vrrps;
    std::vector<draft_service> services;
};

/// Makes a draft fit for weir: one address family per service, each listener once, each server
/// once, valid names, ports that DR and TUN can keep. The report names every part that was left
/// out. All servers and services remain in the draft: those left out have an obstacle.
void fit(draft& d, findings& notes);

/// The draft as a file for weir. Call fit() first.
std::string write(const draft& d, const std::string& source);

/// The same, held to weir's own reader: a service or a [vrrp] that it does not take becomes a
/// comment, and the report says why; all others run. Throws std::runtime_error if something else is
/// not valid.
std::string write_valid(draft& d, const std::string& source, findings& notes);

} // namespace weir::importer
