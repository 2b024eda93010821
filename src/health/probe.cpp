#include "health/probe.h"

namespace weir::health {

std::unique_ptr<probe> make_probe(const prepared_check& check, const probe_target& target,
                                  const probe_means& means, probe_owner& owner) {
    switch (check.wanted.type) {
    case config::check_type::udp:
    case config::check_type::dns:
        return make_datagram_probe(check, target, means, owner);
    case config::check_type::icmp:
        return make_ping_probe(check, target, means.pings, owner);
    case config::check_type::script:
        return make_script_probe(check, target, means, owner);
    case config::check_type::tcp:
    case config::check_type::http:
    case config::check_type::https:
    case config::check_type::smtp:
    case config::check_type::agent:
        break;
    }
    return make_stream_probe(check, target, means, owner);
}

} // namespace weir::health
