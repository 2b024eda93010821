#pragma once

// The commands weirctl has: what each takes, and what it says of itself.

#include <vector>

#include <boost/program_options.hpp>

#include "weirctl/commands.h"

namespace weir::weirctl {

struct command {
    const char* name;
    std::vector<const char*> words; ///< besides options; in brackets those that may be left out
    const char* summary;
    void (*run)(const invocation&);
    void (*add_options)(boost::program_options::options_description_easy_init add);
    const char* examples;
};

const std::vector<command>& all_commands();

} // namespace weir::weirctl
