#include "command.h"

#include <fmt/format.h>

namespace weir::bench {

std::uint64_t number_of(const options::variables_map& given, const char* name, std::uint64_t least,
                        std::uint64_t most) {
    const auto number = given[name].as<std::uint64_t>();
    if (number < least || number > most)
        throw config::usage_error(fmt::format("--{}: {} to {}", name, least, most));
    return number;
}

bool is_v6(const options::variables_map& given) {
    const auto family = given["family"].as<unsigned>();
    if (family != 4 && family != 6) throw config::usage_error("--family: 4 or 6");
    return family == 6;
}

double seconds_of(const options::variables_map& given) {
    const auto seconds = given["seconds"].as<double>();
    if (!(seconds > 0 && seconds <= 86400))
        throw config::usage_error("--seconds: above 0, at most 86400");
    return seconds;
}

} // namespace weir::bench
