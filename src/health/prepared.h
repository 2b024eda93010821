#pragma once

// A check and what is made once and used at every turn: the compiled expression, the TLS context.
// All servers of a service share it. Immutable, control core.

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

/// Throws std::runtime_error with a text for the operator: for example, no certificates where `ca`
/// points.
std::shared_ptr<const prepared_check> prepare(const config::check& wanted);

} // namespace weir::health
