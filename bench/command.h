#pragma once

// A sub-command of weir-bench: its name, its options, its function. Each has a file of its own and
// an entry in weir_bench.cpp. EAL runs before `run` is called, on lcore 0, with one lcore for each
// CPU that the process may use.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/program_options.hpp>

#include "config/command_line.h"
#include "output.h"

namespace weir::bench {

namespace options = boost::program_options;

struct command {
    const char* name;
    const char* summary;
    std::vector<const char*> examples;
    std::function<void(options::options_description&)> describe;
    /// Returns the exit status: 0 if all is well.
    std::function<int(const options::variables_map&, output&)> run;
};

// The value of an option, or config::usage_error: `--name: 1 to 8`.
std::uint64_t number_of(const options::variables_map& given, const char* name, std::uint64_t least,
                        std::uint64_t most);
bool is_v6(const options::variables_map& given);        ///< `--family`
double seconds_of(const options::variables_map& given); ///< `--seconds`, above 0, at most a day

// The limits of a testbed.
inline constexpr std::uint64_t most_flows = 1 << 28;
inline constexpr std::uint64_t most_servers = 65535;
inline constexpr std::uint64_t most_services = 60000;
inline constexpr std::uint64_t most_workers = 64;

command replay_command();
command connect_command();
command latency_command();
command table_command();
command reload_command();
command soak_command();
command sync_command();
command report_command();

} // namespace weir::bench
