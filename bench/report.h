#pragma once

// `weir-bench report`: all cases, as data (report.cpp) and as one page (page.cpp).

#include <string>

#include "output.h"

namespace weir::bench {

/// The other sub-commands as functions; each is in the file of its name.
json connect(const std::string& scheduler, unsigned servers, const std::string& mode, bool v6,
             double seconds);
json latency(const std::string& mode, std::uint64_t flows, double seconds, output& out);
json compare_tables(std::uint64_t flows, double seconds, output& out);
json reload(unsigned services, unsigned servers, double seconds, output& out);

/// A self-contained page: all results of one report.
std::string page_of(const json& report);

} // namespace weir::bench
