#pragma once

// A health check as configured: `check = TYPE key=value ...` of a service. One struct serves all
// types, so that checks can be compared; a type leaves the fields that it does not use at their
// defaults. Plain data, like the rest of the model (config/model.h).

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/types.h"

namespace weir::config {

enum class check_type : std::uint8_t { tcp, http, https, udp, dns, icmp, smtp, script, agent };
/// The state of a server before its first check; `check`: the first answer decides.
enum class first_state : std::uint8_t { up, down, check };
/// The effect of a silent agent: keep what it said last, forget its weight, or take the server
/// down.
enum class silence : std::uint8_t { keep, forget, down };
/// The target of a check: the server's own address, or the VIP on that server, as in clients'
/// packets.
enum class destination : std::uint8_t { server, vip };
/// What happens to the connections of a server that is down. UDP has no end of its own: a client
/// that goes on from its port would stay with the server for as long as it speaks.
enum class down_rule : std::uint8_t { keep, expire, expire_udp };

/// "tcp", "http", ...
std::string to_string(check_type type);

struct check {
    using ms = std::chrono::milliseconds;

    check_type type = check_type::tcp;
    ms interval{2000};
    ms timeout{1000};
    unsigned fall = 3;   ///< this many bad answers in a row take a server down
    unsigned rise = 2;   ///< this many good answers in a row bring it up
    ms fall_interval{0}; ///< the interval between bad answers that have not taken it down; 0 = same
    first_state first = first_state::check;
    std::uint16_t port = 0; ///< 0 = the server's
    std::optional<ip_address> from{};
    destination to = destination::server;

    std::string method = "GET"; ///< http, https
    std::string path = "/";
    std::string host{}; ///< also smtp's HELO; "" = the target's address
    std::vector<std::pair<unsigned, unsigned>> status{{200, 399}}; ///< ranges, both ends included
    std::string body{};  ///< the answer's body must contain it
    std::string regex{}; ///< POSIX extended; the body must match it
    std::string sni{};   ///< https; "" = `host`
    bool verify = false; ///< https: the certificate
    std::string ca{};    ///< https; "" = the system's

    std::string payload{}; ///< udp: the bytes to send; agent: bytes to send first
    std::string
        expect{}; ///< udp: the answer must begin with it; dns: an address that it must contain

    std::string name = "."; ///< dns
    std::string query = "SOA";

    std::vector<std::string> run{}; ///< script: program and arguments
    bool weight = false;            ///< script: exit status 2..255 is a weight + 2

    unsigned smoothing = 0; ///< agent: how many % of the old weight each answer keeps
    unsigned floor = 0;     ///< agent: lowest % above 0
    silence silent = silence::forget;

    friend bool operator==(const check&, const check&) = default;
};

/// `hold-down = BASE [max=MAX]`
struct flap_damping {
    std::chrono::milliseconds base{
        0}; ///< the hold from the second fall on; each doubles it; 0 = off
    std::chrono::milliseconds max{
        300'000}; ///< the longest hold; after this long up, falls are forgotten
    friend bool operator==(const flap_damping&, const flap_damping&) = default;
};

/// `min-up = N | N%`: with fewer servers in use, those that are down by their checks are used too.
struct least_up {
    unsigned servers = 0; ///< 0 = never
    unsigned percent = 0; ///< of those that could be used, rounded up; 0 = `servers` counts

    unsigned of(unsigned able) const noexcept {
        const unsigned wanted = percent != 0 ? (able * percent + 99) / 100 : servers;
        return wanted < able ? wanted : able;
    }
    friend bool operator==(const least_up&, const least_up&) = default;
};

/// "tcp", "http", ...
const std::vector<std::string>& check_types();

/// `quorum = N`, `hysteresis = M`: the weight that a service needs to do its work.
struct quorum_rule {
    unsigned weight = 1;     ///< of its servers that are good, together
    unsigned hysteresis = 0; ///< gained at `weight` + this, lost below `weight` - this

    /// Has a service its quorum, that had it before or not?
    bool holds(std::uint64_t have, bool had) const noexcept {
        return had ? have + hysteresis >= weight : have >= std::uint64_t{weight} + hysteresis;
    }
    friend bool operator==(const quorum_rule&, const quorum_rule&) = default;
};

/// Parses the words of `TYPE key=value ...`; throws bad_value (config/values.h).
check read_check(std::vector<std::string> words);
check read_check(const std::string& value);

} // namespace weir::config
