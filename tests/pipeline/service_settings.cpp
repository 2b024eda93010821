#include "service_settings.h"

#include <chrono>

namespace weir::test {

namespace {

/// "address" or "address:port"
config::server server_at(const std::string& text) {
    config::server server;
    if (const auto bare = parse_address(text)) {
        server.address = *bare;
        return server;
    }
    const endpoint where = *parse_endpoint(text);
    server.address = where.address;
    server.port = where.port;
    return server;
}

forwarding forwarding_of(const service_settings& s) {
    return is_for_services(facts_of(s.mode)) ? forwarding{s.mode, s.encap} : forwarding{};
}

} // namespace

config::service service_of(const service_settings& s) {
    config::service service;
    service.name = s.listen;
    service.listen = {*parse_listener(s.listen)};
    for (const std::string& text : s.also)
        service.listen.push_back(*parse_listener(text));
    service.forward = forwarding_of(s);
    service.scheduler = s.scheduler;
    for (const std::string& text : s.servers)
        service.servers.push_back(server_at(text));
    if (!s.fallback.empty()) service.fallback = server_at(s.fallback);
    service.persistence.timeout = std::chrono::seconds(s.persistence);
    service.persistence.prefix = s.prefix;
    service.expire_quiescent = s.expire_quiescent;
    service.one_packet = s.one_packet;
    service.timeout[flow_state::established] = s.established;
    return service;
}

} // namespace weir::test
