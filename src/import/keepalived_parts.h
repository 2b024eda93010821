#pragma once

// What the readers of keepalived's blocks share. Private to keepalived*.cpp.

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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
    std::optional<std::uint64_t> retry; ///< more tries before the server is down
    std::optional<std::uint64_t> delay_before_retry;
    bool alpha = false; ///< down until the first good answer
    std::string virtual_host;
};

/// The times of a check as weir's parameters: keepalived asks every delay_loop, and again and again
/// after a bad answer, `retry` times, `delay_before_retry` apart; weir's turns are all `interval`
/// apart. So many of them make a server fall that it is not down sooner than with keepalived, and
/// at most one interval later; and where keepalived tries again at all, so does weir.
struct check_times {
    std::string parameters;          ///< " interval=6s timeout=3s fall=3 rise=1 first-state=up"
    std::string explanation;         ///< how long until a server is down, where that differs
    std::vector<std::string> losses; ///< what is beyond weir
};
check_times to_times(const check_defaults& of, const statement& checker);

/// A keyword without a counterpart in weir, and what to say of it.
struct foreign_keyword {
    const char* name;
    verdict what;
    const char* why;
};
/// The one of `all` with this name, or null.
inline const foreign_keyword* find_keyword(std::span<const foreign_keyword> all,
                                           std::string_view name) {
    const auto found = std::ranges::find(all, name, &foreign_keyword::name);
    return found == all.end() ? nullptr : &*found;
}

/// Seconds with up to six decimals, as milliseconds.
std::optional<std::uint64_t> timer(const std::string& text);
/// "on", "no", ...; a keyword alone is a yes. Nothing when the word is neither.
std::optional<bool> truth(const statement& s);
/// A port, 0 for none; nothing when the word is not one.
std::optional<std::uint16_t> port_number(const std::string& text);

/// Takes keywords that set a check's defaults; false: it is another keyword.
bool set_check_default(check_defaults& defaults, const statement& s, report& notes);

/// A checker of a real server as checks of weir, one for each url; none when weir has none such (it
/// is in the report). `vip`: what checks may ask there instead of the server's own address.
std::vector<draft_check> read_checker(const statement& checker, const check_defaults& defaults,
                                      const draft_server& server,
                                      const std::optional<ip_address>& vip, report& notes);
/// Is it keepalived's word for a check?
bool is_checker(const std::string& keyword);

/// Words that stand behind what a keyword takes, in a block and its blocks.
struct unread {
    place where;
    std::string what;
};
std::vector<unread> unread_words(const statement& block);

/// A virtual server with all in its block. What weir cannot have of it is in the report, and in the
/// draft's comments and obstacles.
draft_service read_virtual_server(const statement& s, const server_groups& groups, report& notes);

} // namespace weir::importer
