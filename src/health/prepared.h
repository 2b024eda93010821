#pragma once

// A check with what is made of it once and used at every turn: the compiled expression, the TLS
// context. Shared by all servers of a service, immutable, control core.

#include <memory>

#include "config/check.h"

namespace weir::health {

class body_pattern;
class tls_context;

struct prepared_check {
    config::check wanted;
    std::shared_ptr<const body_pattern> pattern{};
    std::shared_ptr<tls_context> tls{};
};

/// Throws std::runtime_error, with words for the operator: no certificates where `ca` says.
std::shared_ptr<const prepared_check> prepare(const config::check& wanted);

} // namespace weir::health
