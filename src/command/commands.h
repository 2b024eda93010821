#pragma once

// What can be asked over the control socket. A request is a JSON object with the command's name and
// its arguments: {"command":"weight","service":"web","server":"192.0.2.11","weight":3}. An answer
// is any number of lines, each a JSON object, and a last one: {"done":true}, or {"error":"..."}
// with "problems":[...] where there is more to say. Only last lines have a member "done" or "error"
// at the top.
//
// Long answers come in pieces, one for each turn of the event loop, so that a list of a million
// connections holds up nothing else; what changes meanwhile may or may not be in it.
//
// A new command is a function here, a line in the table of commands.cpp, and a word in weirctl.
// Control core only.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "command/rates.h"
#include "command/status.h"
#include "command/views.h"
#include "message/refused.h"

namespace weir::command {

/// The arguments of a request, read strictly: each reader throws message::refused when the argument
/// is not what it must be.
class arguments {
public:
    explicit arguments(const nlohmann::json& request) : request_(request) {}

    std::string text(const char* name) const;
    std::optional<std::string> text_if_any(const char* name) const;
    std::optional<std::vector<std::string>> texts_if_any(const char* name) const;
    std::int64_t number(const char* name, std::int64_t least, std::int64_t most) const;
    std::optional<std::int64_t> number_if_any(const char* name, std::int64_t least,
                                              std::int64_t most) const;

private:
    const nlohmann::json& request_;
};

/// What commands work with. Outlives their answers, `caller` apart.
struct command_context {
    director_view& view;
    const rates& speeds;
    const busy_meter& busy;
    std::string_view caller; ///< for the log: who asks
};

/// The rest of an answer: appends the next lines, at most about a piece's worth, and says whether
/// there are more. The last line is not its business.
class answer : public std::function<bool(std::string& lines)> {
public:
    using function::function;
    /// When it appends nothing it has nothing to say yet, and is asked again some milliseconds
    /// later. It ends when its client says anything or goes.
    bool waits = false;
};

/// Bytes after which a piece is long enough.
inline constexpr std::size_t piece_size = 16384;

/// Understands a line and begins to answer it; throws message::refused.
answer start_command(std::string_view line, const command_context& context);

/// The number of the service with this name or listener; throws message::refused.
std::size_t require_service(const director_view& view, const std::string& name);

/// An argument that is "ADDRESS", "ADDRESS/LENGTH" or "ADDRESS:PORT"; throws message::refused.
watch::party party_of(const char* name, const std::string& text);

/// What is said when director_view::add_watch() has no room.
message::refused too_many_watches();

/// The places of the services that a list is about: one, if its name is given, or all.
struct service_span {
    std::size_t next = 0;
    std::size_t end = 0;
};
service_span asked_services(const arguments& given, const command_context& context);

/// The last line of an answer, newline included.
std::string done_line();
std::string error_line(std::string_view what, const std::vector<std::string>& problems = {});

// The commands, by file.
answer list_services(const arguments& given, const command_context& context);    // _list
answer list_connections(const arguments& given, const command_context& context); // _connections
answer show_status(const arguments& given, const command_context& context);      // _show
answer list_neighbours(const arguments& given, const command_context& context);  // _show
answer trace_packets(const arguments& given, const command_context& context);    // _watch
answer capture_packets(const arguments& given, const command_context& context);  // _watch
answer list_checks(const arguments& given, const command_context& context);      // _checks
answer list_schedulers(const arguments& given, const command_context& context);  // _show
answer set_weight(const arguments& given, const command_context& context);       // _change
answer add_server(const arguments& given, const command_context& context);       // _change
answer remove_server(const arguments& given, const command_context& context);    // _change
answer list_changes(const arguments& given, const command_context& context);     // _changes
answer drain_server(const arguments& given, const command_context& context);     // _change
answer hand_over(const arguments& given, const command_context& context);        // _change
answer enable_server(const arguments& given, const command_context& context);    // _change
answer disable_server(const arguments& given, const command_context& context);   // _change
answer reload_file(const arguments& given, const command_context& context);      // _change
answer check_reload(const arguments& given, const command_context& context);     // _change

} // namespace weir::command
