// How long keepalived keeps a client with its server.

#include <algorithm>

#include <fmt/format.h>

#include "config/problem.h"
#include "import/keepalived_parts.h"
#include "import/words.h"

namespace weir::importer {

namespace {

constexpr std::uint64_t usual_seconds = 360; // keepalived's default

/// `persistence_timeout [N]`.
keepalived_persistence of_timeout(const statement& s) {
    if (s.words.size() < 2) return {usual_seconds, s.where, ""};
    const auto seconds = whole_number(s.value());
    if (!seconds)
        return {0, s.where,
                fmt::format("persistence_timeout: {} is not a whole number: no persistence",
                            config::in_quotes(s.value()))};
    if (*seconds == 0)
        return {0, s.where,
                "persistence_timeout 0: keepalived rejects it; taken as no persistence"};
    return {*seconds, s.where, ""};
}

} // namespace

keepalived_persistence read_persistence(const statement* timeout, const statement* granularity,
                                        const std::vector<endpoint>& listen,
                                        const place& virtual_server) {
    keepalived_persistence found{0, virtual_server, ""};
    if (timeout != nullptr)
        found = of_timeout(*timeout);
    else if (granularity != nullptr)
        found.seconds = usual_seconds;
    if (granularity != nullptr && found.note.empty()) found.where = granularity->where;
    if (found.seconds != 0 || std::ranges::all_of(listen, &endpoint::port)) return found;
    return {usual_seconds, virtual_server,
            fmt::format("port 0 without persistence_timeout: keepalived takes {} s, and so does "
                        "this file",
                        usual_seconds)};
}

} // namespace weir::importer
