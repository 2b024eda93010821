#include "message/services.h"

#include <optional>

#include <nlohmann/json.hpp>

#include "message/keys.h"
#include "message/message.h"

namespace weir::message {

using nlohmann::json;

void ask_services(client& director, const json& request, const director_taker& take_director,
                  const service_taker& take_service) {
    std::optional<json> service;
    std::vector<json> servers;
    const auto finish = [&] {
        if (service) take_service(*service, servers);
        service.reset();
        servers.clear();
    };
    director.ask_parsed(request, [&](const json& part) {
        if (part.contains(key::server)) {
            servers.push_back(part.at(key::server));
        } else if (part.contains(key::service)) {
            finish();
            service = part.at(key::service);
        } else if (part.contains(key::director)) {
            take_director(part.at(key::director));
        }
    });
    finish();
}

void ask_services(client& director, const service_taker& take_service) {
    ask_services(
        director, message::request("list"), [](const json&) {}, take_service);
}

std::string with_port(const std::string& address, std::string_view port) {
    const bool v6 = address.find(':') != std::string::npos;
    return (v6 ? "[" + address + "]:" : address + ":").append(port);
}

std::string name_of(const json& server) {
    const std::string address = text(server, key::address);
    const std::uint64_t port = number(server, key::port);
    return port == 0 ? address : with_port(address, std::to_string(port));
}

} // namespace weir::message
