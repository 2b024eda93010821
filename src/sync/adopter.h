#pragma once

// Takes over into this director's table what a peer tells of its own: an owner of entries beside
// the workers, which find its copies like any flow. What a worker here does to a copy is told to
// peers like any change; what is adopted is not.
//
// A copy lives `margin` longer than the peer's flow could, for the peer tells of packets only every
// 30 seconds. When the connection ends, all copies count as seen at that moment: what the peer
// heard last it could not tell. If the peer comes back as the same process and has told all it has,
// copies that it did not tell of have ended meanwhile. Counts follow: a copy counts at its server
// like a flow, whatever the server's threshold.
//
// Which of two wins where both directors had packets of a flow: the one with the later packet; in
// the same second or the next, the one in whose state the connection is further on its way, unless
// that one is over and at another server: then it was a connection before this one.
// Memory: twelve bytes for each entry of the peer's table. The sync thread only, online as a reader
// of the grace periods.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "flow/table.h"
#include "service/server_store.h"
#include "sync/names.h"
#include "sync/records.h"

namespace weir::sync {

class adopter {
public:
    /// Seconds: one refresh, and another that comes late.
    static constexpr std::uint16_t margin = 60;

    /// `owner`: of copies. All outlive it.
    adopter(flow_table& table, const server_store& servers, unsigned owner)
        : table_(table), servers_(servers), owner_(owner) {}

    /// A peer's connection has begun. `names`, here and below: the newest there are.
    void begin(const hello& peer);
    /// What the peer says. Appends answers to `to`. Why no peer says that, or "".
    std::string_view take(const record& what, bytes& to, const name_map& names,
                          std::uint32_t seconds);
    /// Names have changed: asks for the flows of servers that are known now.
    void renew(bytes& to, const name_map& names);
    /// Asks for what the table had no room for, once it has. At most every ten seconds.
    void make_up(bytes& to, std::uint32_t seconds);
    /// The connection has ended. Then call settle() each turn until it returns true.
    void lost() { settled_ = 0; }
    bool settle(std::uint32_t seconds);

    std::uint64_t adopted() const { return adopted_; }
    std::uint64_t no_room() const { return no_room_; }
    /// Has the peer told all it had, and nothing that waits to be read is old?
    bool is_whole() const { return whole_ && doubtful_ == 0; }
    /// This process was stopped, and what waits to be read may be old. A peer has one mark under
    /// way at a time: the second one from now on was sent after an answer that we give from now on.
    void doubt() { doubtful_ = 2; }
    /// Servers of the peer that are not here; the first of them.
    std::uint32_t unknown_targets() const { return unknown_targets_; }
    const std::optional<target_name>& first_unknown() const { return first_unknown_; }

private:
    /// The copy of a peer's entry.
    struct copy {
        flow_index index = 0;      ///< of the entry here; 0 = none; with `stale`
        std::uint32_t tag = 0;     ///< of its key
        std::uint8_t adoption = 0; ///< the entry's then: later it may be another slot's copy
    };
    static constexpr flow_index stale = 0x80000000;
    struct of_target {
        target_name name;
        target_id id = 0; ///< here; 0 = unknown
        std::uint32_t serial = 0;
        bool told = false;
    };

    flow_entry* entry_of(const copy& c) const;
    std::uint32_t tag_of(const flow_key& key) const {
        return static_cast<std::uint32_t>(table_.hash(key));
    }
    void meet(const target& t, bytes& to, const name_map& names);
    bool resolve(of_target& t, const name_map& names);
    void adopt(const flow& f, std::uint32_t seconds);
    bool goes_before(const flow_entry& entry, flow_state ours, flow_state theirs,
                     target_id id) const;
    bool update(flow_entry& entry, const flow& f, target_id id, std::uint32_t seconds);
    void insert(const flow& f, target_id id, std::uint32_t seconds);
    void end(flow_entry& entry);
    void forget(copy& c);
    void bind(const flow& f, flow_index index);
    void end_stale();
    flow_index hold(flow_index control);

    flow_table& table_;
    const server_store& servers_;
    const unsigned owner_;
    boot_id boot_{};
    std::vector<copy> copies_; ///< by the peer's slot
    std::vector<of_target> targets_;
    std::optional<target_name> first_unknown_;
    std::uint32_t unknown_targets_ = 0;
    std::size_t settled_ = SIZE_MAX; ///< how far settle() is; SIZE_MAX = nothing to do
    bool whole_ = false;
    unsigned doubtful_ = 0; ///< marks that must come before what is here counts as new
    std::uint64_t adopted_ = 0;
    std::uint64_t no_room_ = 0;
    bool refused_ = false;       ///< a flow, for want of room, since it last asked
    std::uint32_t asked_at_ = 0; ///< coarse clock
};

} // namespace weir::sync
