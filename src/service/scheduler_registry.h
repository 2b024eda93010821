#pragma once

// The schedulers that exist: the built-in ones, which register before main, and those of plugins.
//
// A plugin is a shared object with one or more WEIR_SCHEDULER lines (include/weir/scheduler.h). It
// finds `register_scheduler` in the running program, so programs that load plugins export their
// symbols (export_dynamic). A loaded plugin stays loaded: instances of it may live until exit. A
// plugin is taken whole or not at all.
//
// Threads: control core only.

#include <string>
#include <string_view>
#include <vector>

#include "weir/scheduler.h"

namespace weir::inline service {

/// The scheduler of this name, or null. The pointer stays good until exit.
const scheduler_type* find_scheduler(std::string_view name);

/// All schedulers, by name.
std::vector<const scheduler_type*> all_schedulers();

/// What kept built-in schedulers out, a line each: two of one name, or another version of the API.
/// Empty in a program that was put together rightly.
const std::vector<std::string>& registration_errors();

/// Loads a plugin. Loading one again changes nothing. Returns what is wrong in one line, or "".
std::string load_plugin(const std::string& path);

} // namespace weir::inline service
