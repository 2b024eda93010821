#pragma once

// Shared by the command lines of weir's programs. Boost.Program_options reads them; the error texts
// are weir's own.

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/program_options.hpp>

namespace weir::config {

/// A wrong command line: what is wrong and what would be right, in one line.
class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};
inline constexpr int exit_usage = 2; ///< exit status of a program after a wrong command line

/// Splits at the first `--`: words before it are the program's, those after it DPDK's.
struct divided_arguments {
    std::vector<std::string> own;
    std::vector<std::string> eal;
};

/// As in main(), but without the program's name.
inline divided_arguments divide_arguments(int argc, const char* const* argv) {
    divided_arguments divided;
    std::vector<std::string>* to = &divided.own;
    for (int i = 1; i < argc; ++i) {
        if (to == &divided.own && std::string_view(argv[i]) == "--")
            to = &divided.eal;
        else
            to->emplace_back(argv[i]);
    }
    return divided;
}

struct command_line {
    boost::program_options::variables_map options;
    std::vector<std::string> words; ///< the words that are neither options nor their values
};

/// Parses `arguments` by the options `described`. Throws usage_error; for an unknown option without
/// a close match it names `help`, the command that lists them.
command_line read_command_line(const std::vector<std::string>& arguments,
                               const boost::program_options::options_description& described,
                               std::string_view help);

} // namespace weir::config
