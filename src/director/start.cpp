#include "director/start.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command/control_socket.h"
#include "director/director.h"
#include "director/interruptible.h"
#include "director/shared_key.h"
#include "log/log.h"
#include "port/eal.h"
#include "service/scheduler_registry.h"

namespace weir::director {

namespace {

void block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT})
        sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

/// Every running check needs a file descriptor, so raise the limit as far as allowed.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log::warning("the limit of {} file descriptors stays: {}", before, std::strerror(errno));
}

/// MiB.
std::uint64_t machine_memory() {
    return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES))
               * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))
           >> 20;
}

/// Stops EAL however the director ends, even by an exception.
struct eal_stopper {
    eal_stopper() = default;
    eal_stopper(const eal_stopper&) = delete;
    eal_stopper& operator=(const eal_stopper&) = delete;
    ~eal_stopper() { port::stop_eal(); }
};

} // namespace

config::load_result load_configuration(const std::string& file) {
    // In a wrongly built program no file can be right.
    if (const auto& errors = registration_errors(); !errors.empty()) {
        config::load_result broken;
        for (const std::string& error : errors)
            broken.problems.emplace_back(config::place{file, 0},
                                         "this program's own schedulers: " + error);
        return broken;
    }
    config::surroundings around;
    around.load_plugin = load_plugin;
    around.memory = machine_memory();
    around.schedulers = [] {
        std::vector<std::string> names;
        for (const scheduler_type* type : all_schedulers())
            names.emplace_back(type->name);
        return names;
    };
    around.check_options = [](const std::string& name,
                              const std::vector<std::string>& words) -> std::string {
        try {
            find_scheduler(name)->make({.servers = {}, .options = words});
            return "";
        } catch (const std::invalid_argument& e) {
            return e.what();
        }
    };
    config::load_result loaded = config::load(file, around);
    if (loaded && !loaded.configuration->director.key.empty()) {
        try {
            shared_key::read(loaded.configuration->director.key);
        } catch (const std::runtime_error& e) {
            loaded.problems.emplace_back(place_of(loaded.configuration->director, "key"),
                                         std::string("key: ") + e.what());
            loaded.configuration.reset();
        }
    }
    return loaded;
}

int run_director(const config::configuration& configuration,
                 const std::vector<std::string>& eal_arguments) {
    log::set_level(configuration.director.log);
    command::require_no_director(configuration.director.run_dir);
    block_signals(); // before EAL makes threads
    raise_descriptor_limit();
    interruptible opening;
    if (const auto cards = port::cards_of(configuration); !cards.empty())
        log::info("opening {}", fmt::join(cards, ", "));
    port::start_eal(configuration, eal_arguments,
                    [](const std::string& text) { log::warning("{}", text); });
    const eal_stopper after_the_director;
    director running(configuration);
    opening.end();
    running.run();
    return 0;
}

} // namespace weir::director
