// What operators hear of a peer: in the log, and in `weirctl status`.

#include <utility>

#include "log/log.h"
#include "sync/link.h"

namespace weir::sync {

namespace {

std::string text_of(const target_name& name) {
    return fmt::format("{} of the service at {}",
                       name.port != 0 ? to_string(name.address, name.port)
                                      : to_string(name.address),
                       to_string(name.service));
}

} // namespace

void link::note_unknown() {
    const std::uint32_t unknown = adopter_.unknown_targets();
    if (unknown == std::exchange(unknown_told_, unknown)) return;
    if (unknown == 0) return log::info("peer {}: all its servers are in this file now", peer_.name);
    log::limited(log::level::warning, "sync files differ",
                 "peer {}: the files differ: {} of its servers are not in this one, as {}; their "
                 "connections wait for a reload",
                 peer_.name, unknown, text_of(*adopter_.first_unknown()));
}

peer_status link::status(std::uint64_t now) const {
    const bool tells = in_ && in_.met;
    const bool listens = out_ && out_.met;
    return {.name = peer_.name,
            .director = director_,
            .address = peer_.address,
            .port = peer_.port,
            .tells = tells,
            .listens = listens,
            .has_all = listens && teller_.is_whole(),
            .gave_all = tells && adopter_.is_whole(),
            .filled = listens ? teller_.filled() : 0,
            .lag = listens ? teller_.lag(now) : 0,
            .told = teller_.flows_told(),
            .adopted = adopter_.adopted(),
            .no_room_there = teller_.no_room(),
            .no_room_here = adopter_.no_room(),
            .unknown_there = listens ? teller_.unknown_targets() : 0,
            .unknown_here = adopter_.unknown_targets(),
            .first_unknown =
                adopter_.first_unknown() ? text_of(*adopter_.first_unknown()) : std::string(),
            .files_differ = tells && their_fingerprint_ != fingerprint_,
            .losses = losses_,
            .why = in_step_ ? std::string() : why_,
            .since = since_};
}

} // namespace weir::sync
