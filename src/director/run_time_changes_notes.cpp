// What operators do, as they do it: notes in run_time_changes.

#include <algorithm>

#include "config/changes.h"
#include "director/run_time_changes.h"
#include "net/names.h"

namespace weir::director {

server_changes& run_time_changes::of(const config::service& service, const server_name& server) {
    server_changes& change = changes_[{service.name, to_string(server)}];
    change.listener = to_string(service.listen.front());
    const auto its = std::ranges::find_if(
        service.servers, [&](const config::server& each) { return name_of(each) == server; });
    if (its != service.servers.end()) change.word = its->word;
    unsaved_ = true;
    return change;
}

void run_time_changes::clean(const config::service& service, const server_name& server) {
    const auto found = changes_.find({service.name, to_string(server)});
    if (found != changes_.end() && found->second.none()) changes_.erase(found);
}

void run_time_changes::note_weight(const config::service& service,
                                   const plane::known_server& server, moment when) {
    server_changes& change = of(service, server);
    if (server.base_weight == server.configured_weight)
        change.weight.reset();
    else if (!change.weight || change.weight->now != server.base_weight)
        change.weight = {server.base_weight, server.configured_weight, when};
    clean(service, server);
}

void run_time_changes::note_disabled(const config::service& service,
                                     const plane::known_server& server, bool yes, moment when) {
    server_changes& change = of(service, server);
    if (!yes)
        change.disabled.reset();
    else if (!change.disabled)
        change.disabled = when;
    clean(service, server);
}

void run_time_changes::note_added(const config::service& service, const config::server& server,
                                  const std::string& line) {
    server_changes& change = of(service, name_of(server));
    const bool as_in_file = change.in_file && config::same(*change.in_file, server);
    change = {.listener = change.listener,
              .word = change.word,
              .added = {{line, std::chrono::system_clock::now()}},
              .removed = change.removed,
              .in_file = change.in_file};
    if (as_in_file) change = {.listener = change.listener, .word = change.word};
    clean(service, name_of(server));
}

void run_time_changes::note_removed(const config::service& service, const config::server& server) {
    server_changes& change = of(service, name_of(server));
    const bool extra = change.added && !change.removed;
    const config::server in_file = change.in_file.value_or(server);
    change = {.listener = change.listener, .word = change.word};
    if (!extra) {
        change.removed = std::chrono::system_clock::now();
        change.in_file = in_file;
    }
    clean(service, name_of(server));
}

std::string run_time_changes::as_file_writes(const config::service& service,
                                             const std::string& line) const {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    const auto given = parse_endpoint(std::string_view(line).substr(0, end));
    if (!given || given->port != service.listen.front().port) return line;
    const server_changes* const there = find(service.name, {given->address, 0});
    return there != nullptr && there->removed ? to_string(given->address) + line.substr(end) : line;
}

} // namespace weir::director
