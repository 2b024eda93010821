// The commands that change something at run time: `weight`, `drain`, `enable`, `disable`,
// `add-server`, `remove-server`, `failover`, `reload`. Each is logged with who asked for it. How
// long a change of a server lasts: director/run_time_changes.h.

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "command/commands.h"
#include "command/named_servers.h"
#include "command/piecewise.h"
#include "config/bounds.h"
#include "log/log.h"
#include "message/keys.h"
#include "message/message.h"

namespace weir::command {

namespace {

namespace key = message::key;

answer finished(const std::string& error) {
    if (!error.empty()) throw message::refused(error);
    return [](std::string&) { return false; };
}

/// ", but gets no connections: down"; "" if it may get some.
std::string but_idle(const named_server& what, const director_view& view) {
    service_info service;
    view.service(require_service(view, what.service), service);
    for (const server_info& server : service.servers) {
        if (server.id != what.info.id || server.why.empty()) continue;
        if (server.base_weight == 0 && server.configured_weight == 0)
            return ", but still gets no connections: its weight in the file is 0, and `weirctl "
                   "weight` gives it another";
        return fmt::format(", but gets no connections: {}", fmt::join(words_of(server.why), ", "));
    }
    return "";
}

/// A line of the answer for each server that changed.
class change_lines {
public:
    explicit change_lines(const command_context& context) : context_(context) {}

    /// `error` of the view, or the change is logged and answered.
    void add(const named_server& what, const std::string& error, const std::string& how) {
        if (!error.empty()) throw message::refused(error);
        log::info("service {}: {} {} (by {})", what.service, what.shown(), how, context_.caller);
        const nlohmann::json line{{key::changed,
                                   {{key::service, what.service},
                                    {key::server, what.server},
                                    {key::name, what.info.word},
                                    {key::address, to_string(what.info.address)},
                                    {key::port, what.listed_port},
                                    {key::text, how}}}};
        lines_ += message::to_text(line) + '\n';
    }
    answer finish() {
        return [lines = std::move(lines_)](std::string& into) {
            into += lines;
            return false;
        };
    }

private:
    const command_context& context_;
    std::string lines_;
};

} // namespace

answer set_weight(const arguments& given, const command_context& context) {
    const auto weight =
        static_cast<std::int32_t>(given.number(key::weight, 0, config::most_weight));
    const named_server what = require_server(given, context.view);
    change_lines lines(context);
    const std::string error = context.view.set_weight(what.service, what.server, weight);
    lines.add(what, error,
              fmt::format("has weight {}{}", weight,
                          weight > 0 && error.empty() ? but_idle(what, context.view) : ""));
    return lines.finish();
}

answer drain_server(const arguments& given, const command_context& context) {
    change_lines lines(context);
    for (const named_server& what : require_servers(given, context.view))
        lines.add(what, context.view.set_weight(what.service, what.server, 0), "is drained");
    return lines.finish();
}

answer disable_server(const arguments& given, const command_context& context) {
    change_lines lines(context);
    for (const named_server& what : require_servers(given, context.view))
        lines.add(what, context.view.set_disabled(what.service, what.server, true), "is disabled");
    return lines.finish();
}

answer enable_server(const arguments& given, const command_context& context) {
    change_lines lines(context);
    for (const named_server& what : require_servers(given, context.view)) {
        std::string error;
        if (what.info.base_weight == 0 && what.info.configured_weight > 0)
            error = context.view.set_weight(what.service, what.server, what.info.configured_weight);
        if (error.empty()) error = context.view.set_disabled(what.service, what.server, false);
        lines.add(what, error, "is enabled" + (error.empty() ? but_idle(what, context.view) : ""));
    }
    return lines.finish();
}

answer add_server(const arguments& given, const command_context& context) {
    const std::size_t place = require_service(context.view, given.text(key::service));
    service_info service;
    context.view.service(place, service);
    const auto problems = context.view.add_server(service.name, given.text(key::server));
    if (!problems.empty()) {
        std::vector<std::string> texts;
        for (const config::problem& problem : problems)
            texts.push_back(problem.text);
        throw message::refused(fmt::format("service {}: {}", service.name, fmt::join(texts, "; ")));
    }
    context.view.service(place, service);
    const auto added = std::ranges::find_if(service.servers, [](const server_info& each) {
        return each.fallback || each.is(idle_reason::removed);
    });
    const server_info& now = *std::prev(added);
    change_lines lines(context);
    lines.add(named(service, now), "",
              !now.in_file ? "is added; the file does not have it (`weirctl save --conf`)"
              : now.other_in_file
                  ? "is added; the file has another line for it (`weirctl save --conf`)"
                  : "is added again, as the file has it");
    return lines.finish();
}

answer remove_server(const arguments& given, const command_context& context) {
    const named_server what = require_server(given, context.view);
    change_lines lines(context);
    lines.add(what, context.view.remove_server(what.service, what.server),
              what.info.in_file
                  ? "is removed, its connections go on; the file has it (`weirctl save --conf`)"
                  : "is removed, its connections go on");
    return lines.finish();
}

answer hand_over(const arguments& given, const command_context& context) {
    const std::string vrrp = given.text(key::vrrp);
    const std::string error = context.view.hand_over(vrrp);
    if (error.empty()) log::info("vrrp {}: failover (by {})", vrrp, context.caller);
    return finished(error);
}

namespace {

std::vector<std::string> texts_of(const std::vector<config::problem>& problems) {
    std::vector<std::string> texts;
    for (const config::problem& problem : problems)
        texts.push_back(to_string(problem));
    return texts;
}

} // namespace

answer reload_file(const arguments&, const command_context& context) {
    log::info("reload (by {})", context.caller);
    const config::reload_outlook done = context.view.reload();
    if (done.mistakes.empty()) {
        std::vector<nlohmann::json> lines;
        for (const std::string& change : done.changes)
            lines.push_back({{key::change, change}});
        return lines_of(std::move(lines), [](const nlohmann::json& line) { return line; });
    }
    throw message::refused(
        fmt::format("{} not applied: nothing has changed", context.view.about().config_file),
        texts_of(done.mistakes));
}

answer check_reload(const arguments&, const command_context& context) {
    const config::reload_outlook outlook = context.view.would_reload();
    if (!outlook.mistakes.empty())
        throw message::refused(
            fmt::format("{} would not be applied", context.view.about().config_file),
            texts_of(outlook.mistakes));
    std::vector<nlohmann::json> lines;
    for (const std::string& change : outlook.changes)
        lines.push_back({{key::change, change}});
    for (const std::string& what : texts_of(outlook.restart))
        lines.push_back({{key::restart, what}});
    return lines_of(std::move(lines), [](const nlohmann::json& line) { return line; });
}

} // namespace weir::command
