#pragma once

// What the command lines of weir's programs have in common.

#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

/// The words before `--` are the program's, those after it DPDK's.
struct divided_arguments {
    std::vector<std::string> own;
    std::vector<std::string> eal;
};

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

} // namespace weir::config
