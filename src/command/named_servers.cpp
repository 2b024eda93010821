#include "command/named_servers.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "message/keys.h"
#include "message/message.h"
#include "net/names.h"

namespace weir::command {

namespace {

namespace key = message::key;

/// One word for servers.
class server_pattern {
public:
    explicit server_pattern(std::string text) : text_(std::move(text)) {
        if (text_.starts_with('[') && text_.ends_with(']'))
            text_ = text_.substr(1, text_.size() - 2);
        address_ = parse_address(text_);
        if (!address_) endpoint_ = parse_endpoint(text_);
    }

    bool means(const server_info& server, const service_info& service) const {
        if (server.is(idle_reason::removed) || server.fallback) return false;
        if (address_) return server.address == *address_;
        if (endpoint_)
            return server.address == endpoint_->address
                   && service.first_port_of(server) == endpoint_->port;
        return !text_.empty() && server.word == text_;
    }

    [[noreturn]] void refuse(const std::string& where) const {
        if (address_ || endpoint_)
            throw message::refused(fmt::format("no server {} in {}", text_, where));
        throw message::refused(fmt::format(
            "no server {} in {}: give its name, address or ADDRESS:PORT, as web1, 192.0.2.11 or "
            "[2001:db8::11]:80",
            message::to_text(text_.substr(0, 64), true), where));
    }
    const std::string& text() const { return text_; }

private:
    std::string text_;
    std::optional<ip_address> address_;
    std::optional<endpoint> endpoint_;
};

std::vector<named_server> all_meant(const server_pattern& pattern, const service_info& service) {
    std::vector<named_server> meant;
    for (const server_info& server : service.servers)
        if (pattern.means(server, service)) meant.push_back(named(service, server));
    return meant;
}

std::vector<std::string> words_for_servers(const arguments& given) {
    if (auto list = given.texts_if_any(key::servers)) {
        if (list->empty()) throw message::refused("\"servers\" is empty");
        return *std::move(list);
    }
    return {given.text(key::server)};
}

} // namespace

named_server named(const service_info& service, const server_info& server) {
    return {service.name, to_string(server.address, service.first_port_of(server)),
            service.port_of(server), server};
}

named_server require_server(const arguments& given, const director_view& view) {
    service_info service;
    view.service(require_service(view, given.text(key::service)), service);
    const server_pattern pattern(given.text(key::server));
    const auto meant = all_meant(pattern, service);
    if (meant.empty()) pattern.refuse(service.name);
    if (meant.size() > 1) {
        std::vector<std::string> names;
        for (const named_server& each : meant)
            names.push_back(each.server);
        throw message::refused(fmt::format("{} has several servers at {}: say which, {}",
                                           service.name, pattern.text(), fmt::join(names, " or ")));
    }
    return meant.front();
}

std::vector<named_server> require_servers(const arguments& given, const director_view& view) {
    std::vector<std::string> words = words_for_servers(given);
    std::optional<std::size_t> only;
    if (const auto name = given.text_if_any(key::service)) {
        only = require_service(view, *name);
    } else if (words.size() > 1 && (only = view.find_service(words.front()))) {
        words.erase(words.begin());
    }
    const std::size_t first = only.value_or(0);
    const std::size_t end = only ? *only + 1 : view.service_count();

    std::vector<server_pattern> patterns(words.begin(), words.end());
    std::vector<bool> found(patterns.size());
    std::vector<named_server> all;
    service_info service;
    for (std::size_t place = first; place < end; ++place) {
        view.service(place, service);
        for (const server_info& server : service.servers) {
            bool meant = false;
            for (std::size_t i = 0; i < patterns.size(); ++i) {
                if (!patterns[i].means(server, service)) continue;
                meant = found[i] = true;
            }
            if (meant) all.push_back(named(service, server));
        }
    }
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        if (found[i]) continue;
        if (!only && view.find_service(patterns[i].text()))
            throw message::refused(
                fmt::format("{} is a service: give its servers behind it, or in their place",
                            patterns[i].text()));
        patterns[i].refuse(only ? service.name : "any service");
    }
    return all;
}

} // namespace weir::command
