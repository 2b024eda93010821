#pragma once

// A benchmark's machine: starts DPDK on it, and collects the facts that every figure needs beside
// it.

#include <string>
#include <vector>

#include "output.h"

namespace weir::bench {

/// How to get hugepages; part of --help.
extern const char* const hugepage_help;

/// Starts DPDK's EAL: lcore 0, 1, ... on the CPUs that this process may use, in that order; on
/// hugepages if enough are free. `more` are EAL arguments from the user. Throws std::runtime_error.
void start_eal(const std::string& program, const std::vector<std::string>& more, bool huge);

/// The pages of a mapping, as text: "2 MiB hugepages", "2 MiB transparent hugepages (93 %)", "4 KiB
/// pages". `at` is any address in the mapping.
std::string pages_of(const void* at);

/// CPU, kernel, pages, versions, date.
json machine_facts();

} // namespace weir::bench
