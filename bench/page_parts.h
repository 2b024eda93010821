#pragma once

// The parts of a report's page: helpers for its sections, and the sections, each a plot or a table
// for one question. All take the whole report and omit what it lacks.

#include <string>

#include "output.h"
#include "svg.h"

namespace weir::bench::page {

/// A figure of a case: the median by default.
double number(const json& j, const char* key, const char* inner = "median");
std::string flows_label(double flows);
/// 1.25 M, 900 k.
std::string si(double value);
/// The cases of one kind; empty if the report has none.
json group(const json& report, const char* name);
axis flows_axis(const json& cases);
axis linear_axis(const std::string& label, double high);
std::string section(const std::string& title, const std::string& about, const std::string& what,
                    bool wide = false);

// Established traffic (page_traffic.cpp).
/// ns per packet against flows, one line for each forwarding mode.
std::string packets_section(const json& report, bool v6);
std::string ratio_section(const json& report);
std::string sizes_section(const json& report);
std::string scaling_section(const json& report);
std::string shapes_section(const json& report);

// The rest (page_parts.cpp).
std::string connect_section(const json& report);
std::string latency_section(const json& report);
std::string table_section(const json& report);
std::string reload_section(const json& report);

} // namespace weir::bench::page
