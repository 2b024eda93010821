#include "director/run_time_changes.h"

#include <algorithm>
#include <exception>
#include <unordered_set>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "config/changes.h"
#include "config/extra_server.h"
#include "log/log.h"
#include "net/names.h"

namespace weir::director {

namespace {

std::string shown(moment when) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(when)));
}

std::uint64_t milliseconds_of(moment when) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count());
}

auto find_server(config::service& service, const std::string& server) {
    return std::ranges::find_if(service.servers, [&](const config::server& each) {
        return to_string(name_of(each)) == server;
    });
}

config::service* find_service(std::vector<config::service>& services, const std::string& name) {
    const auto found = std::ranges::find_if(
        services, [&](const config::service& each) { return each.name == name; });
    return found == services.end() ? nullptr : &*found;
}

} // namespace

run_time_changes::run_time_changes(const std::string& state_dir)
    : file_(state_dir, "run-time-changes") {
    try {
        if (const auto text = file_.read()) changes_ = parse_changes(*text);
    } catch (const std::exception& e) {
        log::error("{}: {}: drains, disables and servers of the last run are not known",
                   file_.path(), e.what());
    }
}

/// Takes the changes of services that have another name now along.
void run_time_changes::follow_renamed(const std::vector<config::service>& services) {
    std::unordered_set<std::string_view> names;
    for (const config::service& each : services)
        names.insert(each.name);
    for (auto each = changes_.begin(); each != changes_.end();) {
        const auto current = each++;
        if (names.contains(current->first.first)) continue;
        const auto by_listener = std::ranges::find_if(services, [&](const config::service& s) {
            return to_string(s.listen.front()) == current->second.listener;
        });
        unsaved_ = true;
        if (by_listener == services.end()) {
            tell_of_end(
                fmt::format("service {} is gone, and with it what was changed about {} at run time",
                            current->first.first, current->first.second));
            changes_.erase(current);
        } else {
            auto node = changes_.extract(current);
            node.key().first = by_listener->name;
            changes_.insert(std::move(node));
        }
    }
}

/// Takes the changes of servers along that have a name and another address or port now.
void run_time_changes::follow_moved(std::vector<config::service>& services) {
    for (auto each = changes_.begin(); each != changes_.end();) {
        const auto current = each++;
        const std::string& word = current->second.word;
        config::service& service = *find_service(services, current->first.first);
        if (word.empty() || current->second.added
            || find_server(service, current->first.second) != service.servers.end())
            continue;
        const auto moved = std::ranges::find(service.servers, word, &config::server::word);
        if (moved == service.servers.end()) continue;
        auto node = changes_.extract(current);
        node.key().second = to_string(name_of(*moved));
        unsaved_ |= changes_.insert(std::move(node)).inserted;
    }
}

/// A change ends with the file that comes.
void run_time_changes::tell_of_end(const std::string& line) const {
    if (lines_ != nullptr)
        lines_->push_back(line);
    else
        log::warning("{}", line);
}

config::configuration run_time_changes::with(config::configuration file) {
    follow_renamed(file.services);
    follow_moved(file.services);
    for (auto& [name, change] : changes_)
        fit(file, name.first, name.second, change);
    forget_those_without();
    return file;
}

/// Makes the change in the configuration, or takes it back.
void run_time_changes::fit(config::configuration& file, const std::string& service_name,
                           const std::string& server_name, server_changes& change) const {
    config::service& service = *find_service(file.services, service_name);
    const auto found = find_server(service, server_name);
    if (found == service.servers.end()) {
        if (change.added && add_to(file, service, server_name, *change.added)) return;
        if (!change.added)
            tell_of_end(fmt::format("service {}: server {} is gone, and with it what was changed "
                                    "about it at run time",
                                    service_name, server_name));
        change = {};
    } else if (change.added && change.removed) {
        replace(file, service, server_name, change);
    } else if (change.added) {
        tell_that_file_counts(service_name, server_name, change);
    } else if (change.removed) {
        change.in_file = *found;
        service.servers.erase(found);
        if (lines_ == nullptr)
            log::warning("service {}: server {} of the file is not used: removed at run time, {}",
                         service_name, server_name, shown(*change.removed));
    }
}

void run_time_changes::tell_that_file_counts(const std::string& service, const std::string& server,
                                             server_changes& change) const {
    tell_of_end(
        fmt::format("service {}: server {}, added at run time, is in the file now: the file counts",
                    service, server));
    change.added.reset();
    change.removed.reset();
}

/// Puts a server that was removed and added with another line in the place of the file's, unless
/// the file has changed its line since.
void run_time_changes::replace(config::configuration& file, config::service& service,
                               const std::string& server, server_changes& change) const {
    const auto found = find_server(service, server);
    const config::server of_file = *found;
    if (change.in_file && !config::same(*change.in_file, of_file))
        return tell_that_file_counts(service.name, server, change);
    change.in_file = of_file;
    const auto place = service.servers.erase(found) - service.servers.begin();
    if (add_to(file, service, server, *change.added)) return;
    service.servers.insert(service.servers.begin() + place, of_file);
    change = {};
}

bool run_time_changes::add_to(config::configuration& file, config::service& service,
                              const std::string& server, const server_changes::extra& extra) const {
    const auto problems = config::add_server(file, service, extra.line, {file_.path(), 0});
    if (lines_ != nullptr) return problems.empty();
    for (const config::problem& problem : problems)
        log::error("service {}: server {}, added at run time, does not fit the file: {}",
                   service.name, server, problem.text);
    if (problems.empty())
        log::warning("service {}: server {} is not in the file: added at run time, {}",
                     service.name, server, shown(extra.since));
    return problems.empty();
}

void run_time_changes::forget_those_without() {
    if (std::erase_if(changes_, [](const auto& entry) { return entry.second.none(); }) != 0)
        unsaved_ = true;
}

void run_time_changes::apply(plane::data_plane& plane) {
    for (auto& [name, change] : changes_)
        if (plane::known_service* const service = plane.services().find(name.first))
            apply(plane, *service, name.second, change);
    forget_those_without();
}

void run_time_changes::apply(plane::data_plane& plane, plane::known_service& service,
                             const std::string& name, server_changes& change) {
    const auto server = std::ranges::find_if(
        service.servers, [&](const server_name& each) { return to_string(each) == name; });
    if (server == service.servers.end()) return; // removed
    if (change.weight && change.weight->in_file != server->configured_weight) {
        log::info("service {}: the file has another weight for {}: it is {}, no longer {}",
                  service.wanted.name, name, server->configured_weight, change.weight->now);
        change.weight.reset();
        unsaved_ = true;
    }
    if (change.weight && server->base_weight != change.weight->now) {
        plane.set_weight(service, *server, change.weight->now);
        server->set_at = milliseconds_of(change.weight->since); // not now, for peers
        log::warning("service {}: {} has weight {} instead of {}, since {} (weirctl enable)",
                     service.wanted.name, name, change.weight->now, change.weight->in_file,
                     shown(change.weight->since));
    }
    if (change.disabled && !plane.state().servers->load(server->id).is(server_load::disabled)) {
        const std::uint64_t before = change.weight ? server->set_at : 0;
        plane.set_disabled(service, *server, true);
        server->set_at = std::max(before, milliseconds_of(*change.disabled));
        log::warning("service {}: {} is disabled, since {} (weirctl enable)", service.wanted.name,
                     name, shown(*change.disabled));
    }
}

const server_changes* run_time_changes::find(std::string_view service,
                                             const server_name& server) const {
    if (changes_.empty()) return nullptr;
    const auto found = changes_.find({std::string(service), to_string(server)});
    return found == changes_.end() ? nullptr : &found->second;
}

void run_time_changes::save() {
    if (!std::exchange(unsaved_, false)) return;
    try {
        if (changes_.empty())
            file_.remove();
        else
            file_.write(to_text(changes_));
    } catch (const std::exception& e) {
        log::warning("{}: drains, disables and servers added at run time end with this process",
                     e.what());
    }
}

} // namespace weir::director
