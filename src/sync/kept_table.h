#pragma once

// The connection table across a restart. Its entries lie in a file in memory (flow/kept_file.h),
// and beside it a second file says how to read them: a layout number, the size, the clock, and the
// name of the server in each slot. A process that ends, however it ends, leaves both. The next one
// reads the live flows out before it makes its own table, takes the files away, and inserts the
// flows before its workers start, as if it had opened them itself: with its own slots, hashes,
// owners and timers. So the number of workers, the size of the table and the file may have changed.
//
// Why a killed process leaves whole entries: insert() writes an entry while its state is `dead` or
// `none` and stores the state last; x86 stores become visible in order. A server's name is written
// before a rule set with its slot is published, and a slot rests for a minute before it is reused.
// What does not fit is dropped whole: another layout, another size, a state that its protocol does
// not have. Control core, while no worker runs; set() at any time.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "flow/kept_file.h"
#include "flow/table.h"
#include "service/server_store.h"
#include "sync/names.h"

namespace weir::sync {

/// Seconds since the machine started, asleep or not: the same clock for two processes.
std::int64_t seconds_since_boot();

/// What the process before left.
struct left_table {
    struct left_flow {
        flow_key key;
        target_id target = 0;   ///< its slot then
        flow_index index = 0;   ///< its place then
        flow_index control = 0; ///< of its template then; 0 = none
        std::int64_t seen = 0;  ///< seconds_since_boot() of its last packet
        std::uint16_t timeout = 0;
        std::uint16_t awaited = 0;
        flow_state state = flow_state::none;
    };
    std::vector<left_flow> flows;
    std::vector<target_name> names; ///< by slot
    std::string doubt;              ///< why there are none; "" = all is well, or nothing was left
};

/// Reads what is left under this name (kept_name()) and takes it away. Throws std::bad_alloc.
left_table take_left(const std::string& name);

struct restored {
    std::size_t flows = 0;   ///< that go on; with templates
    std::size_t unknown = 0; ///< their server is not here any more
    std::size_t over = 0;    ///< silent for too long meanwhile
    std::size_t no_room = 0;
};
/// Inserts them, dealt among `workers` owners. `find`: a server's slot; 0 = not here. `now`: the
/// coarse clock.
restored restore(const left_table& left, flow_table& table, const server_store& servers,
                 unsigned workers, std::uint32_t now,
                 const std::function<target_id(const target_name&)>& find);

/// The second file of this process.
class kept_names {
public:
    /// The table's entries lie in `entries`. `slots`: one past the largest target_id. `now`: the
    /// coarse clock. False: there is no room; why() says so.
    bool begin(const std::string& name, const kept_file& entries, flow_index end, target_id slots,
               std::uint32_t now);
    /// What the server in this slot is called from now on.
    void set(target_id id, const target_name& name);
    /// All slots have their names: a process that comes after this one may read the table.
    void complete();

    explicit operator bool() const noexcept { return static_cast<bool>(file_); }
    const std::string& why() const noexcept { return file_.why(); }

private:
    kept_file file_;
};

} // namespace weir::sync
