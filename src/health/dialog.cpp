#include "health/dialog.h"

namespace weir::health {

std::unique_ptr<dialog> make_dialog(const prepared_check& check, const ip_address& server,
                                    std::uint16_t port) {
    switch (check.wanted.type) {
    case config::check_type::http:
    case config::check_type::https:
        return make_http_dialog(check, server, port);
    case config::check_type::smtp:
        return make_smtp_dialog(check, server);
    case config::check_type::agent:
        return make_agent_dialog(check);
    case config::check_type::tcp: // connecting is all
    case config::check_type::udp: // no streams
    case config::check_type::dns:
    case config::check_type::icmp:
    case config::check_type::script:
        break;
    }
    return nullptr;
}

} // namespace weir::health
