// The commands that change something at run time: `weight`, `drain`, `enable`, `disable`,
// `failover`, `reload`. Each is logged with who asked for it. A weight lasts until the file itself
// says something new about the server, a disabled server until it is enabled; neither outlives the
// director.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command/commands.h"
#include "config/bounds.h"
#include "log/log.h"
#include "message/keys.h"
#include "message/message.h"
#include "net/names.h"

namespace weir::command {

namespace {

namespace key = message::key;

/// A server of a service, by the names the director knows them by.
struct named_server {
    std::string service;
    std::string server;
    const server_info info;

    std::string shown() const { return with_word(info.word, server); }
};

/// The server meant by its word, `address` or `address:port`; IPv6 may stand in brackets. Throws
/// message::refused when there is none, or more than one.
named_server require_server(const arguments& given, const director_view& view) {
    service_info service;
    view.service(require_service(view, given.text(key::service)), service);
    std::string text = given.text(key::server);
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    const auto bare = parse_address(text);
    const auto with_port = bare ? std::nullopt : parse_endpoint(text);
    const auto port_of = [&](const server_info& server) {
        return server.port != 0 ? server.port : service.listen.front().port;
    };
    const auto is_meant = [&](const server_info& server) {
        if (bare) return server.address == *bare;
        if (with_port)
            return server.address == with_port->address && port_of(server) == with_port->port;
        return !text.empty() && server.word == text;
    };
    std::vector<const server_info*> meant;
    for (const server_info& server : service.servers)
        if (!server.is(idle_reason::removed) && !server.fallback && is_meant(server))
            meant.push_back(&server);
    if (meant.empty() && (bare || with_port))
        throw message::refused(fmt::format("no server {} in {}", text, service.name));
    if (meant.empty())
        throw message::refused(fmt::format(
            "no server {} in {}: give its name, address or ADDRESS:PORT, as web1, 192.0.2.11 or "
            "[2001:db8::11]:80",
            message::to_text(text.substr(0, 64), true), service.name));
    if (meant.size() > 1) {
        std::vector<std::string> names;
        for (const server_info* server : meant)
            names.push_back(to_string(server->address, port_of(*server)));
        throw message::refused(fmt::format("{} has several servers at {}: say which, {}",
                                           service.name, text, fmt::join(names, " or ")));
    }
    return {service.name, to_string(meant.front()->address, port_of(*meant.front())),
            *meant.front()};
}

answer finished(const std::string& error) {
    if (!error.empty()) throw message::refused(error);
    return [](std::string&) { return false; };
}

/// ", but gets no connections: down"; "" if it may get some.
std::string but_idle(const named_server& what, const director_view& view) {
    service_info service;
    view.service(require_service(view, what.service), service);
    for (const server_info& server : service.servers)
        if (server.id == what.info.id && !server.why.empty())
            return fmt::format(", but gets no connections: {}",
                               fmt::join(words_of(server.why), ", "));
    return "";
}

answer change_weight(const named_server& what, std::int32_t weight,
                     const command_context& context) {
    const std::string error = context.view.set_weight(what.service, what.server, weight);
    if (error.empty())
        log::info("service {}: weight of {} is {}{} (by {})", what.service, what.shown(), weight,
                  weight > 0 ? but_idle(what, context.view) : "", context.caller);
    return finished(error);
}

answer switch_server(const named_server& what, bool disabled, const command_context& context) {
    const std::string error = context.view.set_disabled(what.service, what.server, disabled);
    if (error.empty())
        log::info("service {}: {} is {}{} (by {})", what.service, what.shown(),
                  disabled ? "disabled" : "enabled", disabled ? "" : but_idle(what, context.view),
                  context.caller);
    return finished(error);
}

} // namespace

answer set_weight(const arguments& given, const command_context& context) {
    const auto weight =
        static_cast<std::int32_t>(given.number(key::weight, 0, config::most_weight));
    return change_weight(require_server(given, context.view), weight, context);
}

answer drain_server(const arguments& given, const command_context& context) {
    return change_weight(require_server(given, context.view), 0, context);
}

answer disable_server(const arguments& given, const command_context& context) {
    return switch_server(require_server(given, context.view), true, context);
}

answer enable_server(const arguments& given, const command_context& context) {
    const named_server what = require_server(given, context.view);
    if (what.info.base_weight == 0 && what.info.configured_weight > 0)
        change_weight(what, what.info.configured_weight, context);
    return switch_server(what, false, context);
}

answer hand_over(const arguments& given, const command_context& context) {
    const std::string vrrp = given.text(key::vrrp);
    const std::string error = context.view.hand_over(vrrp);
    if (error.empty()) log::info("vrrp {}: failover (by {})", vrrp, context.caller);
    return finished(error);
}

answer reload_file(const arguments&, const command_context& context) {
    log::info("reload (by {})", context.caller);
    const std::vector<config::problem> problems = context.view.reload();
    if (problems.empty()) return finished("");
    std::vector<std::string> texts;
    for (const config::problem& problem : problems)
        texts.push_back(to_string(problem));
    throw message::refused(
        fmt::format("{} not applied: nothing has changed", context.view.about().config_file),
        std::move(texts));
}

} // namespace weir::command
