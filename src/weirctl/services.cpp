#include "weirctl/services.h"

#include <optional>

namespace weir::weirctl {

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
    director.ask(request, [&](std::string_view line) {
        const json part = json::parse(line);
        if (part.contains("server")) {
            servers.push_back(part.at("server"));
        } else if (part.contains("service")) {
            finish();
            service = part.at("service");
        } else if (part.contains("director")) {
            take_director(part.at("director"));
        }
    });
    finish();
}

void ask_services(client& director, const service_taker& take_service) {
    ask_services(
        director, {{"command", "list"}}, [](const json&) {}, take_service);
}

} // namespace weir::weirctl
