#pragma once

// DNS (RFC 1035) as a check needs it: one question, and whether an answer to it is good. Answers
// come from the network: every length and pointer is looked at before it is followed. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "health/verdict.h"

namespace weir::health {

/// A query for `name` and `type` ("A", "SOA", ...); the names have been validated.
std::string dns_query(std::uint16_t id, const std::string& name, const std::string& type);

/// Judges what came back for `query`; `expect`: an address that must be among the answers, or "".
/// Nothing when it is not the answer to this query: late or forged.
std::optional<verdict> judge_dns_answer(std::string_view query, std::string_view answer,
                                        const std::string& expect);

} // namespace weir::health
