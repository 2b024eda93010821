#pragma once

// What an importer has understood, before it is written as weir's own file: services as the foreign
// file knows them. fit() makes of a draft one that weir accepts. What weir cannot run has an
// `obstacle` and is written as a comment, so that the operator can finish it. Plain data.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/model.h"
#include "import/report.h"
#include "net/types.h"

namespace weir::importer {

/// A health check of one server. Those of weir are a service's: fit() finds the ones that all its
/// servers share.
struct draft_check {
    place where;
    std::string keyword;     ///< its own file's: "HTTP_GET"
    std::string type;        ///< weir's: "http"
    std::uint16_t port = 0;  ///< to ask; 0 = the service's
    bool own_port = false;   ///< it is not the server's
    std::string parameters;  ///< " path=/ interval=6s ..."
    std::string general;     ///< the same without what only this server has; "" = there is no such
    std::string explanation; ///< for the report; "" = none
    std::vector<remark> losses; ///< what of it is beyond weir
};

struct draft_server {
    place where;
    ip_address address;
    std::uint16_t port = 0; ///< 0 = the service's
    std::uint64_t weight = 1;
    std::uint64_t upper = 0; ///< 0 = no limit
    std::uint64_t lower = 0;
    std::vector<draft_check> checks{};
    bool keeps = false; ///< its connections, when a check says that it is down
    std::vector<std::string> comments;
    std::string obstacle; ///< why weir cannot have it; "" = it can
};

struct draft_service {
    place where;
    std::string title; ///< as its own file calls it: "virtual_server 192.0.2.100 80"
    std::string name;  ///< wish; "" = one is made of the first listener
    std::vector<endpoint> listen;
    bool no_protocol = false; ///< the file does not say which; there is an obstacle then
    std::optional<config::forwarding> forward;
    std::string scheduler = "wlc";
    std::vector<std::string> options; ///< of the scheduler
    std::vector<draft_server> servers;
    std::optional<draft_server> fallback; ///< sorry server
    std::uint64_t persistence = 0;        ///< seconds; 0 = none
    std::string mask; ///< of persistence, as LVS writes it; "" = whole addresses
    place mask_where;
    bool one_packet = false;
    std::vector<std::string> settings; ///< further lines: `key = value`
    std::vector<std::string> comments;
    std::vector<std::string> obstacles; ///< why weir cannot have it; none = it can
};

struct draft {
    std::vector<std::string> interfaces; ///< Linux interfaces that packets come from
    bool interfaces_found = false;       ///< they are the file's, or a default; not the operator's
    std::vector<std::string> comments;
    std::vector<std::string> timeouts; ///< pairs of the director's `timeout`
    std::vector<draft_service> services;
};

/// Makes a draft fit for weir: one address family to a service, each listener once, each server
/// once, names that weir takes, ports that DR and TUN can keep. What had to be left out is in the
/// report. An operator finds all servers and services again: left out ones have an obstacle.
void fit(draft& d, report& notes);

/// The draft as a file for weir. fit() has seen it.
std::string write(const draft& d, const std::string& source);

} // namespace weir::importer
