// The command `changes`: a line for each server that operators have changed at run time.

#include <nlohmann/json.hpp>

#include "command/commands.h"
#include "command/time_text.h"
#include "message/keys.h"
#include "message/message.h"

namespace weir::command {

answer list_changes(const arguments&, const command_context& context) {
    using nlohmann::json;
    namespace key = message::key;
    std::string lines;
    const auto time = [](const std::optional<change_info::moment>& when) {
        return when ? json(to_text(*when)) : json();
    };
    for (const change_info& change : context.view.changed_servers()) {
        const json line{
            {key::change,
             {{key::service, change.service},
              {key::server, change.server},
              {key::weight, change.weight ? json(*change.weight) : json()},
              {key::weight_in_file, change.weight ? json(change.weight_in_file) : json()},
              {key::weight_since, change.weight ? json(to_text(change.weight_since)) : json()},
              {key::disabled, time(change.disabled)},
              {key::line, change.line},
              {key::added, time(change.added)},
              {key::removed, time(change.removed)}}}};
        lines += message::to_text(line) + '\n';
    }
    return [lines = std::move(lines)](std::string& into) {
        into += lines;
        return false;
    };
}

} // namespace weir::command
