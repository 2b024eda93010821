#pragma once

// DNS (RFC 1035) for checks: one question, and the judgement of its answer. Answers come from the
// network, so the parser checks every length and pointer before it uses it. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "health/verdict.h"

namespace weir::health {

/// A query for `name` and `type` ("A", "SOA", ...); the caller has validated both.
std::string dns_query(std::uint16_t id, const std::string& name, const std::string& type);

/// Judges an answer to `query`; `expect`: an address that must be among the answers, or "". None if
/// it is not the answer to this query: late or forged.
std::optional<verdict> judge_dns_answer(std::string_view query, std::string_view answer,
                                        const std::string& expect);

} // namespace weir::health
