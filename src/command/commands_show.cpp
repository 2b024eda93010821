// The commands that only look: `status`, `neighbours`, `schedulers`. A line for each thing.

#include <nlohmann/json.hpp>

#include "command/piecewise.h"
#include "message/keys.h"
#include "service/scheduler_registry.h"

namespace weir::command {

using nlohmann::json;
namespace key = message::key;

answer show_status(const arguments&, const command_context& context) {
    return lines_of(std::vector{full_status(context.view, context.busy)},
                    [](const json& status) { return status; });
}

answer list_neighbours(const arguments&, const command_context& context) {
    return lines_of(context.view.neighbours(), [](const neighbour_info& neighbour) {
        return json{{key::address, to_string(neighbour.address)},
                    {key::port, neighbour.port},
                    {key::mac, neighbour.mac ? json(to_string(*neighbour.mac)) : json()},
                    {key::idle, neighbour.idle}};
    });
}

answer list_schedulers(const arguments&, const command_context&) {
    return lines_of(all_schedulers(), [](const scheduler_type* type) {
        return json{{key::name, type->name}, {key::summary, type->summary}};
    });
}

} // namespace weir::command
