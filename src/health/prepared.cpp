#include "health/prepared.h"

#include "health/body_pattern.h"
#include "health/tls.h"

namespace weir::health {

std::shared_ptr<const prepared_check> prepare(const config::check& wanted) {
    auto check = std::make_shared<prepared_check>();
    check->wanted = wanted;
    if (!wanted.regex.empty()) check->pattern = std::make_shared<body_pattern>(wanted.regex);
    if (wanted.type == config::check_type::https)
        check->tls = std::make_shared<tls_context>(wanted.verify, wanted.ca);
    return check;
}

} // namespace weir::health
