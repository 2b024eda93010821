#pragma once

// The commands of weirctl. Each asks the director and prints what comes, as it comes. A new command
// is a function here and an entry in the table of weirctl_table.cpp.

#include <string>
#include <string_view>
#include <vector>

#include <boost/program_options.hpp>
#include <nlohmann/json_fwd.hpp>

#include "config/command_line.h"
#include "message/client.h"

namespace weir::weirctl {

/// Does what the command line, without the program's name, asks for. Throws config::usage_error
/// when it makes no sense; else what the command throws.
void run(std::vector<std::string> arguments);

/// What stands on the command line, and whom to ask.
struct invocation {
    message::client& director;
    const boost::program_options::variables_map& options;
    const std::vector<std::string>& words; ///< SERVICE, SERVER, ...: as many as the command takes
    bool json = false;
};

void list(const invocation& call);
void connections(const invocation& call);
void checks(const invocation& call);
void top(const invocation& call);
void trace(const invocation& call);
void capture(const invocation& call);
void status(const invocation& call);
void neighbours(const invocation& call);
void schedulers(const invocation& call);
void weight(const invocation& call);
void drain(const invocation& call);
void enable(const invocation& call);
void disable(const invocation& call);
void change_list_of_servers(const invocation& call);
void failover(const invocation& call);
void reload(const invocation& call);
void import_file(const invocation& call);
void save(const invocation& call);
void metrics(const invocation& call);
void setup(const invocation& call);

/// The reader of our output has gone (`| head`): no reason to complain.
struct output_closed {};

/// Writes to stdout; throws output_closed or std::runtime_error.
void print(std::string_view text);
/// Writes out what is buffered; as print().
void flush();

/// Asks, and prints the lines of the answer as the JSON object {"NAME":[...]}.
void print_json_list(const invocation& call, const nlohmann::json& request, const char* name);

/// What a reload has changed, as text: the first lines of many. Pure.
std::string reload_text(const std::vector<std::string>& changes);

/// The status as text. Pure.
std::string status_text(const nlohmann::json& status);

} // namespace weir::weirctl
