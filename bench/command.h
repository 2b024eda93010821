#pragma once

// A sub-command of weir-bench: what it is called, what it takes, what it does. Each lives in a file
// of its own and is listed in weir_bench.cpp. EAL runs when `run` is called, on lcore 0, with one
// lcore for each CPU the process may use.

#include <functional>
#include <string>
#include <vector>

#include <boost/program_options.hpp>

#include "output.h"

namespace weir::bench {

namespace options = boost::program_options;

struct command {
    const char* name;
    const char* summary;
    std::vector<const char*> examples;
    std::function<void(options::options_description&)> describe;
    /// Returns the exit status: 0 when all is as it should be.
    std::function<int(const options::variables_map&, output&)> run;
};

command replay_command();
command connect_command();
command latency_command();
command table_command();
command reload_command();
command soak_command();
command report_command();

} // namespace weir::bench
