// The commands that only look: `status`, `neighbours`, `schedulers`. A line for each thing.

#include <memory>

#include "control/commands.h"
#include "service/registry.h"

namespace weir::control {

namespace {

using nlohmann::json;

/// The lines of `items`, a piece at a time.
template <typename Item, typename ToJson>
answer lines_of(std::vector<Item> items, ToJson to_json) {
    auto shared = std::make_shared<const std::vector<Item>>(std::move(items));
    return [shared, to_json, next = std::size_t{0}](std::string& lines) mutable {
        const std::size_t enough = lines.size() + piece_size;
        for (; next < shared->size() && lines.size() < enough; ++next)
            lines += to_json((*shared)[next]).dump(-1, ' ', false, json::error_handler_t::replace)
                     + '\n';
        return next < shared->size();
    };
}

} // namespace

answer show_status(const arguments&, const command_context& context) {
    return lines_of(std::vector{full_status(context.view, context.busy)},
                    [](const json& status) { return status; });
}

answer list_neighbours(const arguments&, const command_context& context) {
    return lines_of(context.view.neighbours(), [](const neighbour_info& neighbour) {
        return json{{"address", to_string(neighbour.address)},
                    {"port", neighbour.port},
                    {"mac", neighbour.mac ? json(to_string(*neighbour.mac)) : json()},
                    {"idle", neighbour.idle}};
    });
}

answer list_schedulers(const arguments&, const command_context&) {
    return lines_of(all_schedulers(), [](const scheduler_type* type) {
        return json{{"name", type->name}, {"summary", type->summary}};
    });
}

} // namespace weir::control
