#include "config/extra_server.h"

#include <fmt/format.h>

#include "config/shared_parts.h"
#include "config/validate.h"
#include "config/values.h"

namespace weir::config {

std::vector<problem> add_server(configuration& c, service& to, const std::string& text,
                                const place& where) {
    std::vector<problem> problems;
    const std::size_t before = to.servers.size();
    shared_parts shared;
    for (const auto& [name, checks] : c.named_checks)
        shared.checks[name] = check_set{.where = {}, .name = name, .checks = checks};
    try {
        to.servers.push_back(read_server(text, shared));
        to.servers.back().where = where;
    } catch (const bad_value& wrong) {
        for (const std::string& reason : wrong.reasons)
            problems.emplace_back(where, fmt::format("server: {}", reason));
    }
    if (problems.empty()) {
        validate(c, {}, problems);
        validate_checks(c, {}, problems);
        validate_names(c, problems);
        validate_addresses(c, problems);
    }
    if (!problems.empty()) to.servers.resize(before);
    return problems;
}

} // namespace weir::config
