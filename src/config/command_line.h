#pragma once

// What the command lines of weir's programs have in common. Boost.Program_options reads them; what
// is wrong with one is said in weir's words.

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/program_options.hpp>

namespace weir::config {

/// A command line that makes no sense: what is wrong and what would be right, in one line.
class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};
inline constexpr int exit_usage = 2; ///< a program's exit status then

/// The words before the first `--` are the program's, those after it DPDK's.
struct divided_arguments {
    std::vector<std::string> own;
    std::vector<std::string> eal;
};

/// As main() has them; without the program's name.
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
    std::vector<std::string> words; ///< what is no option nor the value of one
};

/// Reads `arguments` by the options `described`, given in full. Throws usage_error, which names
/// `help`, a command that lists them, for an option that is like none.
command_line read_command_line(const std::vector<std::string>& arguments,
                               const boost::program_options::options_description& described,
                               std::string_view help);

} // namespace weir::config
