// How run-time changes stand in `state-dir`: one JSON object, times in seconds since the epoch.

#include <stdexcept>

#include <nlohmann/json.hpp>

#include "director/run_time_changes.h"
#include "message/message.h"

namespace weir::director {

namespace {

using nlohmann::json;

std::int64_t to_number(moment when) {
    return std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
}

moment to_moment(const json& value) {
    return moment{std::chrono::seconds{value.get<std::int64_t>()}};
}

} // namespace

std::string to_text(const run_time_changes::map& changes) {
    json all = json::array();
    for (const auto& [name, each] : changes) {
        json line{{"service", name.first}, {"server", name.second}, {"listener", each.listener}};
        if (!each.word.empty()) line["name"] = each.word;
        if (each.weight)
            line["weight"] = {{"now", each.weight->now},
                              {"in_file", each.weight->in_file},
                              {"since", to_number(each.weight->since)}};
        if (each.disabled) line["disabled"] = to_number(*each.disabled);
        if (each.added)
            line["added"] = {{"line", each.added->line}, {"since", to_number(each.added->since)}};
        if (each.removed) line["removed"] = to_number(*each.removed);
        all.push_back(std::move(line));
    }
    return message::to_text(json{{"version", 1}, {"servers", std::move(all)}}) + '\n';
}

run_time_changes::map parse_changes(const std::string& text) {
    run_time_changes::map changes;
    try {
        const json whole = json::parse(text);
        if (whole.at("version") != 1) throw std::runtime_error("its version is not 1");
        for (const json& line : whole.at("servers")) {
            server_changes each;
            each.listener = message::text(line, "listener");
            each.word = line.value("name", "");
            if (line.contains("weight")) {
                const json& weight = line.at("weight");
                each.weight = {weight.at("now").get<std::int32_t>(),
                               weight.at("in_file").get<std::int32_t>(),
                               to_moment(weight.at("since"))};
            }
            if (line.contains("disabled")) each.disabled = to_moment(line.at("disabled"));
            if (line.contains("added"))
                each.added = {message::text(line.at("added"), "line"),
                              to_moment(line.at("added").at("since"))};
            if (line.contains("removed")) each.removed = to_moment(line.at("removed"));
            changes[{message::text(line, "service"), message::text(line, "server")}] =
                std::move(each);
        }
    } catch (const json::exception& e) {
        throw std::runtime_error(e.what());
    }
    return changes;
}

} // namespace weir::director
