// What changes the configuration of a running director: a reload, servers added and removed.

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "config/changes.h"
#include "config/difference.h"
#include "config/extra_server.h"
#include "director/director.h"
#include "director/start.h"
#include "log/log.h"
#include "net/counted.h"

namespace weir::director {

namespace {

constexpr std::size_t most_changes_logged = 100;

void log_changes(const std::vector<std::string>& changes) {
    for (std::size_t i = 0; i < std::min(changes.size(), most_changes_logged); ++i)
        log::info("reload: {}", changes[i]);
    if (changes.size() > most_changes_logged)
        log::info("reload: and {} more", counted(changes.size() - most_changes_logged, "change"));
}

} // namespace

config::reload_outlook director::reload() {
    config::load_result loaded = load_configuration(configuration_.file);
    std::vector<config::problem> problems = std::move(loaded.problems);
    if (problems.empty()) problems = config::needs_restart(configuration_, *loaded.configuration);
    if (problems.empty()) {
        const run_time_changes before = changes_;
        try {
            config::configuration wanted = changes_.with(std::move(*loaded.configuration));
            std::vector<std::string> changes = ports_->ports().twin_repairs();
            stages_.apply(wanted);
            std::ranges::move(config::changes(configuration_, wanted), std::back_inserter(changes));
            configuration_ = std::move(wanted);
            ++history_.reloads;
            history_.loaded = std::chrono::system_clock::now();
            history_.last_error.clear();
            log::info("reloaded {}: {}", configuration_.file,
                      counted(plane_.services().services().size(), "service"));
            log_changes(changes);
            return {.changes = std::move(changes)};
        } catch (const std::exception& e) {
            changes_ = before;
            problems.emplace_back(config::place{configuration_.file, 0}, e.what());
        }
    }
    for (const config::problem& problem : problems)
        log::error("{}", to_string(problem));
    log::error("{} is not applied; nothing has changed", configuration_.file);
    history_.last_error = to_string(problems.front());
    return {.mistakes = std::move(problems)};
}

config::reload_outlook director::would_reload() const {
    config::reload_outlook outlook;
    config::load_result loaded = load_configuration(configuration_.file);
    outlook.mistakes = std::move(loaded.problems);
    if (!outlook.mistakes.empty()) return outlook;
    outlook.restart = config::needs_restart(configuration_, *loaded.configuration);
    run_time_changes copy = changes_;
    std::vector<std::string> ended;
    copy.tell_to(ended);
    outlook.changes = ports_->ports().twin_repairs();
    std::ranges::move(config::changes(configuration_, copy.with(std::move(*loaded.configuration))),
                      std::back_inserter(outlook.changes));
    outlook.changes.insert(outlook.changes.end(), ended.begin(), ended.end());
    return outlook;
}

std::vector<config::problem> director::add_server(const std::string& service,
                                                  const std::string& given) {
    const config::place here{"weirctl", 0};
    config::configuration wanted = configuration_;
    const auto to = std::ranges::find(wanted.services, service, &config::service::name);
    if (to == wanted.services.end()) return {{here, "no service " + service}};
    const std::string line = changes_.as_file_writes(*to, given);
    auto problems = config::add_server(wanted, *to, line, here);
    if (!problems.empty()) return problems;
    try {
        stages_.apply(wanted);
    } catch (const std::exception& e) {
        return {{here, e.what()}};
    }
    changes_.note_added(*to, to->servers.back(), line);
    configuration_ = std::move(wanted);
    return {};
}

std::string director::remove_server(const std::string& service, const server_name& server) {
    config::configuration wanted = configuration_;
    const auto from = std::ranges::find(wanted.services, service, &config::service::name);
    if (from == wanted.services.end()) return "no service " + service;
    const auto found = std::ranges::find_if(from->servers, [&](const config::server& each) {
        return server_name{each.address, each.port} == server;
    });
    if (found == from->servers.end())
        return fmt::format("no server {} in {}", to_string(server), service);
    const config::server removed = *found;
    from->servers.erase(found);
    try {
        stages_.apply(wanted);
    } catch (const std::exception& e) {
        return e.what();
    }
    changes_.note_removed(*from, removed);
    configuration_ = std::move(wanted);
    return "";
}

} // namespace weir::director
