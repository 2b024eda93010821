#include "config/bounds.h"
#include "config/check_values.h"
#include "config/sections.h"
#include "config/values.h"

#include <fmt/format.h>
#include <pwd.h>

#include "config/problem.h"

namespace weir::config {

namespace {

constexpr std::uint64_t longest_drain = 7 * 24 * 3600; // seconds
constexpr std::uint64_t longest_deadline = 60'000;     // milliseconds
constexpr std::chrono::milliseconds shortest_deadline{50};
constexpr std::uint64_t least_path_mtu = 68; // bytes: every IPv4 link's, RFC 791
constexpr std::uint64_t most_path_mtu = 1500;
constexpr std::size_t most_workers = 127;   // DPDK's 128 cores minus the control core
constexpr std::size_t longest_run_dir = 80; // a Unix socket's path has 108 bytes

void set_name(director& d, const std::string& value) {
    if (!is_name(value, longest_name))
        throw bad_value(fmt::format("{} is not a name: 1 to {} letters, digits, `.`, `_` or `-`",
                                    in_quotes(value), longest_name));
    d.name = value;
}

void set_workers(director& d, const std::string& value) {
    auto cpus = cpu_list(value);
    if (cpus.size() > most_workers)
        throw bad_value(fmt::format("{} CPUs are too many: at most {}", cpus.size(), most_workers));
    d.workers = std::move(cpus);
}

void set_run_dir(director& d, const std::string& value) {
    if (value.front() != '/' || value.size() > longest_run_dir)
        throw bad_value(fmt::format("{} is not an absolute path of at most {} characters, as "
                                    "/run/weir",
                                    in_quotes(value), longest_run_dir));
    d.run_dir = value;
}

void set_drain_timeout(director& d, const std::string& value) {
    auto parts = words(value);
    d.drain_timeout.others = d.drain_timeout.udp = seconds(parts.front(), 0, longest_drain);
    parts.erase(parts.begin());
    read_pairs(
        parts,
        {{"udp",
          [&](std::string_view text) { d.drain_timeout.udp = seconds(text, 0, longest_drain); }}},
        "property of drain-timeout");
}

void set_script_user(director& d, const std::string& value) {
    if (getpwnam(value.c_str()) == nullptr)
        throw bad_value(fmt::format("this machine has no user {}: make one, as by `adduser "
                                    "--system {}`, or leave it out",
                                    in_quotes(value), value));
    d.script_user = value;
}

std::string absolute_path(const std::string& value, const char* example) {
    if (value.front() != '/')
        throw bad_value(
            fmt::format("{} is not an absolute path, as {}", in_quotes(value), example));
    return value;
}

} // namespace

const std::vector<key<director>>& director_keys() {
    static const std::vector<key<director>> keys{
        {"name", set_name},
        {"control",
         [](director& d, const std::string& value) {
             d.control = static_cast<unsigned>(number(value, 0, most_cpu));
         }},
        {"workers", set_workers},
        {"idle",
         [](director& d, const std::string& value) {
             d.idle = static_cast<idle_mode>(one_of(value, {"poll", "adaptive"}));
         }},
        {"memory",
         [](director& d, const std::string& value) {
             d.memory = static_cast<unsigned>(number(value, 64, 1 << 20));
         }},
        {"connections",
         [](director& d, const std::string& value) {
             d.connections = static_cast<std::uint32_t>(number(value, 64, 1 << 28));
         }},
        {"keep-connections",
         [](director& d, const std::string& value) { d.keep_connections = yes_or_no(value); }},
        {"run-dir", set_run_dir},
        {"state-dir",
         [](director& d, const std::string& value) {
             d.state_dir = absolute_path(value, "/var/lib/weir");
         }},
        {"key", [](director& d,
                   const std::string& value) { d.key = absolute_path(value, "/etc/weir/key"); }},
        {"log",
         [](director& d, const std::string& value) {
             d.log = static_cast<log::level>(one_of(value, {"error", "warning", "info", "debug"}));
         }},
        {"drain-timeout", set_drain_timeout},
        {"worker-deadline",
         [](director& d, const std::string& value) {
             d.worker_deadline = milliseconds(value, 0, longest_deadline);
             if (d.worker_deadline.count() != 0 && d.worker_deadline < shortest_deadline)
                 throw bad_value(fmt::format("{} ms are too few: 0 for none, or at least {}",
                                             d.worker_deadline.count(), shortest_deadline.count()));
         }},
        {"watchdog",
         [](director& d, const std::string& value) {
             d.watchdog = absolute_path(value, "/dev/watchdog");
         }},
        {"min-path-mtu",
         [](director& d, const std::string& value) {
             d.min_path_mtu =
                 static_cast<std::uint16_t>(number(value, least_path_mtu, most_path_mtu));
         }},
        {"route-table",
         [](director& d, const std::string& value) {
             d.route_table = static_cast<std::uint32_t>(number(value, 1, UINT32_MAX));
         }},
        {"script-user", set_script_user},
        {"scripts",
         [](director& d, const std::string& value) {
             d.scripts = static_cast<unsigned>(number(value, 1, 10'000));
         }},
        {"metrics",
         [](director& d, const std::string& value) {
             d.metrics = parse_endpoint(value);
             if (!d.metrics || !d.metrics->is_exact() || value.find('/') != std::string::npos)
                 throw bad_value(
                     fmt::format("{} is not ADDRESS:PORT, as 192.0.2.2:9113 or [2001:db8::2]:9113",
                                 in_quotes(value)));
         }},
        {"plugin", [](director& d, const std::string& value) { d.plugins.push_back(value); }, true},
        {"notify",
         [](director& d, const std::string& value) { d.notify.push_back(program(value)); }, true},
        {"timeout", [](director& d, const std::string& value) { set_timeouts(d.timeout, value); }},
    };
    return keys;
}

} // namespace weir::config
