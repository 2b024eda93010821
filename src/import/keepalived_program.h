#pragma once

// The program of a MISC_CHECK as weir's `run=`. keepalived starts a program of each server's own;
// weir starts one for all servers of a service, with their addresses and ports in place of
// {address} and {port}. Pure.

#include <cstdint>
#include <string>
#include <vector>

#include "import/keepalived_blocks.h"
#include "net/types.h"

namespace weir::importer {

/// A value of a check, in quotes if it needs them.
std::string double_quoted(const std::string& text);

/// The program and its arguments as `misc_path` gives them: one quoted word, or the words of the
/// line. Throws config::bad_value if weir would read them otherwise.
std::vector<std::string> program_words(const statement& misc_path);

/// " run=\"/bin/check 192.0.2.11\""; "" for no program.
std::string run_parameter(const std::vector<std::string>& program);

/// The same program with a server's address and port (0 = none) replaced by {address} and {port}.
std::vector<std::string> for_any_server(std::vector<std::string> program, const ip_address& address,
                                        std::uint16_t port);

} // namespace weir::importer
