#pragma once

// A health check as a file asks for it: `check = TYPE key=value ...` of a service. One struct for
// all types, so that two checks can be compared; what a type does not use keeps its default. Plain
// data, like the rest of the model (config/model.h).

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/types.h"

namespace weir::config {

enum class check_type : std::uint8_t { tcp, http, https, udp, dns, icmp, smtp, script, agent };
/// What a server that nobody has checked yet is taken for; `check`: its first answer decides.
enum class first_state : std::uint8_t { up, down, check };
/// What a silent agent means: what it said last holds, its weight is forgotten, it is down.
enum class silence : std::uint8_t { keep, forget, down };
/// Where a check goes: to the server's own address, or to the VIP at that server, as clients'
/// packets do.
enum class destination : std::uint8_t { server, vip };
/// What becomes of the connections of a server that is down.
enum class down_rule : std::uint8_t { keep, expire };

/// "tcp", "http", ...
std::string to_string(check_type type);

struct check {
    using ms = std::chrono::milliseconds;

    check_type type = check_type::tcp;
    ms interval{2000};
    ms timeout{1000};
    unsigned fall = 3; ///< bad answers in a row that make it down
    unsigned rise = 2; ///< good answers in a row that make it up
    first_state first = first_state::check;
    std::uint16_t port = 0; ///< 0 = the server's
    std::optional<ip_address> from{};
    destination to = destination::server;

    std::string method = "GET"; ///< http, https
    std::string path = "/";
    std::string host{}; ///< also smtp's HELO; "" = the address that is asked
    std::vector<std::pair<unsigned, unsigned>> status{{200, 399}}; ///< ranges, both ends included
    std::string body{};                                            ///< must be in the answer's body
    std::string regex{};                                           ///< POSIX extended; as `body`
    std::string sni{};                                             ///< https; "" = `host`
    bool verify = false;                                           ///< https: the certificate
    std::string ca{};                                              ///< https; "" = the system's

    std::string payload{}; ///< udp; what agents are sent
    std::string expect{};  ///< udp: the answer begins with it; dns: an address in it

    std::string name = "."; ///< dns
    std::string query = "SOA";

    std::vector<std::string> run{}; ///< script: program and arguments
    bool weight = false;            ///< script: exit status 2..255 is a weight + 2

    unsigned smoothing = 0; ///< agent: % of the old weight that stays with each answer
    unsigned floor = 0;     ///< agent: least % above 0
    silence silent = silence::forget;

    friend bool operator==(const check&, const check&) = default;
};

/// `hold-down = BASE [max=MAX]`
struct flap_damping {
    std::chrono::milliseconds base{10'000}; ///< from the second fall on, doubled by each; 0 = off
    std::chrono::milliseconds max{300'000}; ///< longest; up as long as this, falls are forgotten
    friend bool operator==(const flap_damping&, const flap_damping&) = default;
};

/// `TYPE key=value ...` as a check; throws bad_value (config/values.h).
check read_check(const std::string& value);

} // namespace weir::config
