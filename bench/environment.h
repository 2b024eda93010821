#pragma once

// The machine a benchmark runs on: DPDK started on it, and the facts that belong beside every
// figure.

#include <string>
#include <vector>

#include "output.h"

namespace weir::bench {

/// How to get hugepages; part of --help.
extern const char* const hugepage_help;

/// Starts DPDK's EAL: lcore 0, 1, ... on the CPUs this process may use, in that order. On hugepages
/// where enough are free. `more` are EAL arguments of the user's. Throws std::runtime_error.
void start_eal(const std::string& program, const std::vector<std::string>& more, bool huge);

/// The pages memory lies on, for reading: "2 MiB hugepages", "2 MiB transparent hugepages (93 %)",
/// "4 KiB pages". `at` is any address of the mapping.
std::string pages_of(const void* at);

/// CPU, kernel, pages, versions, date.
json machine_facts();

} // namespace weir::bench
