// `weirctl save --conf`: how the running servers differ from the file, as lines to add (+) and to
// take out (-).

#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "message/keys.h"
#include "message/message.h"
#include "weirctl/commands.h"
#include "weirctl/save.h"

namespace weir::weirctl {

namespace {

using nlohmann::json;
namespace key = message::key;
using message::text;

/// The lines of one server.
std::string lines_of(const json& change) {
    const std::string server = text(change, key::server);
    const json& weight = change.at(key::weight);
    const std::string line = text(change, key::line);
    std::string lines;
    if (!change.at(key::removed).is_null())
        lines += fmt::format("- server = {}    # removed {}\n", server, text(change, key::removed));
    if (!change.at(key::added).is_null())
        lines += fmt::format("+ server = {}    # added {}\n", line, text(change, key::added));
    if (!weight.is_null())
        lines += fmt::format("  server = {}: weight={} instead of weight={}    # {} {}\n", server,
                             weight.get<int>(), change.at(key::weight_in_file).get<int>(),
                             weight == 0 ? "drained" : "since", text(change, key::weight_since));
    if (!change.at(key::disabled).is_null())
        lines += fmt::format("  server = {}: disabled, which the file cannot say    # since {}\n",
                             server, text(change, key::disabled));
    return lines;
}

} // namespace

std::string changes_text(const std::vector<json>& changes) {
    std::string all;
    std::string service;
    for (const json& change : changes) {
        if (const std::string name = text(change, key::service); name != service) {
            all += fmt::format("{}[service {}]\n", all.empty() ? "" : "\n", name);
            service = name;
        }
        all += lines_of(change);
    }
    return all;
}

void save_changes(const invocation& call) {
    if (call.json) return print_json_list(call, message::request("changes"), "changes");
    std::vector<json> changes;
    call.director.ask_parsed(message::request("changes"),
                             [&](const json& line) { changes.push_back(line.at(key::change)); });
    print(changes_text(changes));
}

} // namespace weir::weirctl
