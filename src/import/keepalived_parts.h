#pragma once

// What the readers of keepalived's blocks share. Private to keepalived*.cpp.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "import/draft.h"
#include "import/keepalived_blocks.h"

namespace weir::importer {

/// A line of a virtual_server_group.
struct group_member {
    place where;
    ip_address address;
    std::uint16_t port = 0;
};
struct server_group {
    std::vector<group_member> members;
    std::vector<std::string> obstacles; ///< lines of it that weir cannot have
};
using server_groups = std::map<std::string, server_group>;

/// What a check inherits from its virtual server and its real server. Times in milliseconds.
struct check_defaults {
    std::uint64_t delay_loop = 60'000;
    std::uint64_t connect_timeout = 5'000;
    std::optional<std::uint64_t> retry;
    std::string virtual_host;
};

/// A whole number without sign; nothing else.
std::optional<std::uint64_t> whole_number(std::string_view text);
/// Seconds with up to six decimals, as milliseconds.
std::optional<std::uint64_t> timer(const std::string& text);
/// As weir writes times: "6s", "1500ms".
std::string time_text(std::uint64_t milliseconds);
/// A port, 0 for none; nothing when the word is not one.
std::optional<std::uint16_t> port_number(const std::string& text);

/// Takes keywords that set a check's defaults; false: it is another keyword.
bool set_check_default(check_defaults& defaults, const statement& s, report& notes);

/// A checker of a real server as the value of a check: "tcp interval=6s ..."; "" when weir has none
/// such (it is in the report).
std::string read_check(const statement& checker, const check_defaults& defaults,
                       const std::string& title, report& notes);
bool is_checker(const std::string& keyword);

draft_service read_virtual_server(const statement& s, const server_groups& groups, report& notes);

} // namespace weir::importer
