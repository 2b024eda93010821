// What no service and no duty of weir's wants is Linux's, unless it is for a VIP. Linux does not
// have the VIP, so it would send such a packet back to the router, which sends it here again until
// its TTL is used up, or ask the link for the VIP's owner. So weir refuses it, as a host with the
// address would.

#include "worker/worker.h"

namespace weir::inline worker {

namespace {

/// RFC 8200 section 4.7.
constexpr std::uint8_t no_next_header = 59;

} // namespace

/// `destination`: of the outermost IP header; none for what is not IP.
void worker_core::leave_to_linux(packet& p, const ip_address& destination) noexcept {
    const address_role role = rules_->role_of(destination);
    if (!role.serves && !role.answers) return out_.to_twin(p);
    if (!holds(destination)) return leave_to_holder(p, destination);
    if (p.view.kind == packet_kind::icmp_error) return out_.drop(p, drop_reason::icmp_unmatched);
    if (has_false_source(p)) return;
    // RFC 1122 section 3.3.6, 3.2.2: no answer to a frame for all hosts, nor to unknown ICMP.
    if (reinterpret_cast<const ether_header*>(p.frame())->destination.is_multicast())
        return out_.drop(p, drop_reason::martian);
    if (p.view.is_icmp()) return out_.drop(p, drop_reason::icmp_unwanted);
    // A chain of headers that the parser gave up has no transport header.
    const bool to_be_told = role.answers && p.view.key.proto != no_next_header && p.view.l4 != 0;
    if (!to_be_told) return out_.drop(p, drop_reason::no_protocol);
    out_.drop_and_tell(p, drop_reason::no_protocol, icmp_answer::protocol_unreachable);
}

} // namespace weir::inline worker
