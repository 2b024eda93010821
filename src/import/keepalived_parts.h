#pragma once

// Shared by the readers of keepalived's blocks. Private to keepalived*.cpp.

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
    std::vector<std::string> obstacles; ///< its lines that weir cannot have
};
using server_groups = std::map<std::string, server_group>;

/// The values that a check inherits from its virtual server and its real server. Times in
/// milliseconds.
struct check_defaults {
    std::uint64_t delay_loop = 60'000;
    std::uint64_t connect_timeout = 5'000;
    std::optional<std::uint64_t> retry; ///< retries before the server is down
    std::optional<std::uint64_t> delay_before_retry;
    bool alpha = false; ///< down until the first good answer
    std::string virtual_host;
};

/// The times of a check as weir's parameters. keepalived checks every delay_loop; after a bad
/// answer it retries `retry` times, `delay_before_retry` apart. weir's turns are always `interval`
/// apart. So `fall` is the number of turns after which a server goes down no earlier than with
/// keepalived, and at most one interval later; if keepalived retries at all, so does weir.
struct check_times {
    draft_turns turns;
    std::string explanation;         ///< how long until a server is down, if that differs
    std::vector<std::string> losses; ///< the parts that weir cannot do
};
check_times to_times(const check_defaults& of, const statement& checker);

/// A keyword without a counterpart in weir, and the text for the report.
struct foreign_keyword {
    const char* name;
    verdict what;
    const char* why;
};
/// The entry of `all` with this name, or null.
inline const foreign_keyword* find_keyword(std::span<const foreign_keyword> all,
                                           std::string_view name) {
    const auto found = std::ranges::find(all, name, &foreign_keyword::name);
    return found == all.end() ? nullptr : &*found;
}

/// The entry of a keyword of virtual servers that weir has nothing for, or null.
const foreign_keyword* find_leftover(std::string_view keyword);

/// Where a virtual server listens.
struct listeners {
    std::vector<endpoint> all;
    std::string name;              ///< a group's, or that of a firewall mark; "" = none
    bool no_protocol = false;      ///< the file does not give it
    std::vector<remark> obstacles; ///< why weir cannot have the service
    std::vector<std::string> comments;
};
/// From the words behind `virtual_server`, and the statement `protocol` (null = there is none).
listeners read_listeners(const statement& virtual_server, const statement* protocol,
                         const server_groups& groups);

struct keepalived_persistence {
    std::uint64_t seconds = 0; ///< 0 = none
    place where;               ///< the line that says so
    std::string note;          ///< a decision for the operator; "" = none
};
/// From the statements `persistence_timeout` and `persistence_granularity` (null = there is none).
/// All ports need persistence, so keepalived adds it to a `listen` without a port.
keepalived_persistence read_persistence(const statement* timeout, const statement* granularity,
                                        const std::vector<endpoint>& listen,
                                        const place& virtual_server);

/// True for `quorum`, `hysteresis`, `quorum_up` and `quorum_down`.
bool is_of_quorum(std::string_view keyword);
struct keepalived_quorum {
    std::vector<std::string> settings; ///< lines: `key = value`
    std::vector<std::string> comments; ///< what weir does otherwise
};
/// From the statements of a virtual server for which is_of_quorum() is true. Looks at the file
/// system: weir starts no program that is not there. `sorry_server`: it has one.
keepalived_quorum read_quorum(const statement& virtual_server, bool sorry_server, findings& notes);

/// Seconds with up to six decimals, as milliseconds.
std::optional<std::uint64_t> timer(const std::string& text);
/// "on", "no", ...; a keyword alone means yes. None if the word is neither.
std::optional<bool> truth(const statement& s);
/// A port, 0 for none; no value if the word is not a port.
std::optional<std::uint16_t> port_number(const std::string& text);

/// Handles keywords that set a check's defaults; false: it is another keyword.
bool set_check_default(check_defaults& defaults, const statement& s, findings& notes);

/// Translates a checker of a real server to checks of weir, one for each url. Empty if weir has no
/// such check (the report says so). `vip`: what a check may connect to instead of the server's own
/// address.
std::vector<draft_check> read_checker(const statement& checker, const check_defaults& defaults,
                                      const draft_server& server,
                                      const std::optional<ip_address>& vip, findings& notes);
/// keepalived's checkers, the matching types of weir ("" = none), and keepalived's defaults:
/// retries, and milliseconds between them (0 = delay_loop).
struct checker_kind {
    std::string_view name;
    std::string_view type;
    std::uint64_t retry;
    std::uint64_t delay;
};
/// The kind of a keyword, or null.
const checker_kind* kind_of(std::string_view keyword);
/// True for keepalived's check keywords.
bool is_checker(const std::string& keyword);

/// A virtual_server, virtual_server_group or real_server where none can stand: a brace is missing
/// above it, or one too many. keepalived runs without it, or takes it for something else.
struct misplaced {
    place where;
    std::string what; ///< for the report
};
std::vector<misplaced> misplaced_blocks(const std::vector<statement>& file);
/// True if misplaced_blocks() reports a statement with this keyword inside a block that cannot have
/// it, so that its reader stays silent.
bool is_service_block(const std::string& keyword);

/// Reports words after the ones that a keyword takes, in a block and its inner blocks.
struct unread {
    place where;
    std::string what;
};
std::vector<unread> unread_words(const statement& block);

/// A virtual server with everything in its block. Parts that weir cannot have are in the report,
/// and in the draft's comments and obstacles.
draft_service read_virtual_server(const statement& s, const server_groups& groups, findings& notes);

/// A vrrp_script: a program that instances track by its name.
struct vrrp_script {
    std::string name;
    place where;
    std::vector<std::string> program{};
    std::uint64_t interval = 1000; ///< milliseconds
    std::optional<std::uint64_t> timeout{};
    std::string weight = "0";
    std::uint64_t rise = 1;
    std::uint64_t fall = 1;
    bool first_down = false;
};
using vrrp_scripts = std::map<std::string, vrrp_script>;
vrrp_scripts read_vrrp_scripts(const std::vector<statement>& all, findings& notes);

/// What an instance tracks and runs, as lines of its [vrrp].
class track_reader {
public:
    track_reader(draft_vrrp& to, findings& notes) : to_(to), notes_(notes) {}
    void scripts(const statement& block, const vrrp_scripts& known);
    void interfaces(const statement& block);
    /// False: it is no command for an event. `of_group`: the sync group whose command it is.
    bool notify(const statement& s, const std::string& of_group = {});

private:
    bool has(const std::string& line) const;
    void decision(const place& where, const std::string& text);
    draft_vrrp& to_;
    findings& notes_;
};

/// The version of VRRP that the file's global_defs ask for; keepalived's default is 2.
unsigned default_vrrp_version(const std::vector<statement>& all);
/// A vrrp_instance with everything in its block. Parts that weir cannot have are in the report, and
/// in the draft's comments and obstacles.
draft_vrrp read_vrrp_instance(const statement& block, unsigned version, const vrrp_scripts& scripts,
                              findings& notes);
/// Makes `track-port` lines of the tracked interfaces that are ports; the report names the others.
void keep_known_ports(draft& d, findings& notes);
/// Gives the members of each vrrp_sync_group their `group`. What the group tracks and runs goes to
/// its first member: members of a `group` move as one.
void join_sync_groups(const std::vector<statement>& all, const vrrp_scripts& scripts,
                      std::vector<draft_vrrp>& instances, findings& notes);
/// The weir key of a `notify...` of keepalived's; "" if it is none.
std::string_view notify_key(const std::string& keyword);

} // namespace weir::importer
