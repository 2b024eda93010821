#include "weirctl/services.h"

#include <optional>

#include <nlohmann/json.hpp>

#include "message/keys.h"
#include "message/message.h"

namespace weir::weirctl {

using nlohmann::json;
namespace key = message::key;

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

} // namespace weir::weirctl
