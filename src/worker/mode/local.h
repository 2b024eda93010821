#pragma once

// A server that is this host: its packets go to Linux unchanged, by the twin of the port they came
// in through, and Linux answers the client. Workers.

#include "worker/mode/mode.h"

namespace weir::inline worker::mode {

struct local {
    static constexpr forward_mode kind = forward_mode::local;

    static void send(packet& p, egress& out) noexcept { out.to_twin(p); }
};

} // namespace weir::inline worker::mode
