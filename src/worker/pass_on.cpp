// The long way's end: packets go on to their server, or back to their client, as the server's mode
// says (worker/mode/).

#include "worker/mode/modes.h"
#include "worker/worker.h"

namespace weir::inline worker {

/// Of any packet or of an ICMP error. False when it has not got as far: dropped, or waiting for a
/// neighbour (it will come back as it is and be counted then).
template <bool is_error>
bool worker_core::pass_on(packet& p, target_id id, const ip_address& vip, be16 vip_port) noexcept {
    const flow_target& server = servers_.target(id);
    went_to_ = id;
    return mode::with_mode(server, [&]<typename Mode>(Mode) {
        if constexpr (Mode::kind == forward_mode::local) {
            Mode::send(p, out_);
            return true;
        } else {
            if (ttl_of(p.ip(), p.view.v6) <= 1) [[unlikely]] {
                out_.drop_and_tell(p, drop_reason::ttl_expired, icmp_answer::time_exceeded);
                return false;
            }
            way_out way;
            if (!out_.find_way(p, server.hop.load(std::memory_order_relaxed), way)) return false;
            const mode::passage passage{p, p.frame(), server, vip, vip_port, out_};
            return is_error ? Mode::send_error(passage, way) : Mode::send(passage, way);
        }
    });
}

bool worker_core::to_server(packet& p, target_id id, be16 vip_port) noexcept {
    return pass_on<false>(p, id, p.view.key.destination, vip_port);
}

bool worker_core::error_to_server(packet& p, const flow_entry& entry) noexcept {
    return pass_on<true>(p, entry.target, entry.vip, entry.vip_port);
}

bool worker_core::to_client(packet& p, target_id id, const ip_address& vip,
                            be16 vip_port) noexcept {
    went_to_ = id;
    if (ttl_of(p.ip(), p.view.v6) <= 1) [[unlikely]] {
        out_.drop_and_tell(p, drop_reason::ttl_expired, icmp_answer::time_exceeded);
        return false;
    }
    way_out way;
    if (!out_.find_way(p, p.view.key.destination, way) || !out_.fits(p, way.port->mtu))
        return false;
    decrement_ttl(p.ip(), p.view.v6);
    const flow_target& server = servers_.target(id);
    const bool done = mode::with_returning_mode(server, [&]<typename Mode>(Mode) {
        return Mode::template to_client<mode::lane::long_way>(
            {p, p.frame(), server, vip, vip_port, out_});
    });
    if (!done) [[unlikely]] {
        out_.drop(p, drop_reason::sctp_fragment);
        return false;
    }
    return out_.send(p, way);
}

bool worker_core::error_to_client(packet& p, const flow_entry& entry) noexcept {
    way_out way;
    if (!out_.find_way(p, entry.client, way)) return false;
    decrement_ttl(p.ip(), p.view.v6);
    const flow_target& server = servers_.target(entry.target);
    mode::with_returning_mode(server, [&]<typename Mode>(Mode) {
        Mode::error_to_client({p, p.frame(), server, entry.vip, entry.vip_port, out_});
        return true;
    });
    return out_.send(p, way);
}

} // namespace weir::inline worker
