#pragma once

// The table of weirctl's commands: their arguments and help.

#include <vector>

#include <boost/program_options.hpp>

#include "weirctl/commands.h"

namespace weir::weirctl {

struct command {
    const char* name;
    std::vector<const char*> words; ///< positional; optional ones in brackets
    const char* summary;
    void (*run)(const invocation&);
    void (*add_options)(boost::program_options::options_description_easy_init add);
    const char* examples;
};

const std::vector<command>& all_commands();

} // namespace weir::weirctl
