#include "director/keeping.h"

#include <unordered_map>
#include <utility>

#include "log/log.h"
#include "net/counted.h"

namespace weir::director {

namespace {

sync::target_name kept_name_of(const plane::known_service& service,
                               const plane::known_server& server) {
    return {service.wanted.listen.front(), server.address, server.port, server.forward};
}

} // namespace

std::string keeping::name_for(const config::director& configured) {
    return configured.keep_connections ? kept_name(configured.run_dir) : std::string();
}

sync::left_table keeping::take(const config::director& configured) {
    // Those of a time when connections were kept go away, whatever the configuration says now.
    sync::left_table left = sync::take_left(kept_name(configured.run_dir));
    return configured.keep_connections ? std::move(left) : sync::left_table{};
}

void keeping::commit(const config::configuration& now) {
    if (!std::exchange(begun_, true)) {
        begin(now.director);
        restore();
    } else if (names_) {
        write_names();
    }
}

void keeping::begin(const config::director& configured) {
    const director_state& state = plane_.state();
    const kept_file& entries = state.flows->file();
    if (!configured.keep_connections) return;
    const std::string why =
        entries.inode() == 0 ? entries.why()
        : names_.begin(kept_name(configured.run_dir), entries, state.flows->end_index(),
                       state.servers->end(), state.clock.now())
            ? std::string()
            : names_.why();
    if (!why.empty())
        return log::warning("connections will not outlive a restart, there is no room for them in "
                            "shared memory: {}",
                            why);
    write_names();
    names_.complete();
}

/// A removed server keeps its name: its connections go on, and so does its slot.
void keeping::write_names() {
    plane_.services().for_each_server_of(
        [&](const plane::known_service& service, const plane::known_server& server) {
            if (server.removed_at == 0) names_.set(server.id, kept_name_of(service, server));
        });
}

void keeping::restore() {
    const sync::left_table left = std::exchange(left_, {});
    if (!left.doubt.empty())
        return log::warning("the connections of the process before are dropped: {}", left.doubt);
    if (left.flows.empty()) return;
    std::unordered_map<sync::target_name, target_id, sync::hash_of_name> here;
    plane_.services().for_each_server_of(
        [&](const plane::known_service& service, const plane::known_server& server) {
            here[kept_name_of(service, server)] = server.id;
        });
    director_state& state = plane_.state();
    const sync::restored result =
        sync::restore(left, *state.flows, *state.servers, state.workers, state.clock.now(),
                      [&](const sync::target_name& name) {
                          const auto found = here.find(name);
                          return found == here.end() ? target_id{0} : found->second;
                      });
    log::info("of the process before, {} live on; {} had become silent, {} were to servers "
              "that are not in the file, {} found no room",
              counted(result.flows, "connection"), result.over, result.unknown, result.no_room);
}

} // namespace weir::director
