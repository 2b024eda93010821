#pragma once

// Tells one peer what this director's table holds, and then what changes. It walks the table, not a
// log: first all of it (a fill), then whatever is marked (flow/change_marks.h), and writes what it
// finds as long as there is room in the connection's buffer. Where there is none it stops, the rest
// stays marked, and nothing is lost: a slow link only delays. Memory: a bit for each entry that the
// peer knows, a number for each server.
//
// Not told: flows without an established connection (handshakes, so that a flood of SYNs stays
// here; in DR and TUN it is established for the client with its first ACK, which is told), flows of
// servers on this host, flows of servers that the peer does not have. A template is told before the
// flows it placed.
//
// The sync thread only, online as a reader of the grace periods.

#include <cstdint>
#include <vector>

#include "flow/table.h"
#include "sync/names.h"
#include "sync/records.h"

namespace weir::sync {

class teller {
public:
    /// `reader`: of the marks. All outlive it.
    teller(const flow_table& table, change_marks& marks, unsigned reader);

    /// A connection has begun: its peer knows nothing.
    void begin(std::uint64_t now);

    /// Appends records until `to` has `most` bytes, there is nothing more to be told, or enough was
    /// looked at for one turn. `seconds` is the coarse clock, `now` any clock in milliseconds.
    /// True: there is more.
    bool work(bytes& to, std::size_t most, const name_map& names, std::uint32_t seconds,
              std::uint64_t now);

    /// This director is about to leave: from now on handshakes are told too, for their next packet
    /// may come to the peer.
    void tell_handshakes();

    /// The peer's answers.
    void heard(const ack& a);
    void heard(const unknown& u);
    void heard(const again& a);

    /// Has the peer all there was when the connection began?
    bool is_whole() const { return acknowledged_whole_; }
    /// How much of a fill is done, 0 to 1.
    double filled() const;
    /// Milliseconds by which the peer is behind: the age of the oldest change that it may lack.
    std::uint64_t lag(std::uint64_t now) const;
    /// Have all changes been acknowledged that were marked before `since`?
    bool has_all_since(std::uint64_t since) const { return acknowledged_began_ > since; }

    std::uint64_t flows_told() const { return told_count_; }
    std::uint64_t no_room() const { return no_room_; }
    /// Servers that the peer does not have.
    std::uint32_t unknown_targets() const { return unknown_targets_; }

private:
    enum : std::uint8_t { untold, told, unwanted };
    struct of_target {
        std::uint32_t serial = 0; ///< that was told; 0 = none
        std::uint8_t state = untold;
    };

    bool fill(bytes& to, std::size_t most);
    void start_fill(bool only_untold);
    void tell(bytes& to, flow_index index);
    bool tell_target(bytes& to, target_id id);
    void tell_gone(bytes& to, flow_index index);
    void end_pass(bytes& to);
    bool knows(flow_index index) const { return (known_[index / 64] >> index % 64 & 1) != 0; }
    void set_known(flow_index index, bool known);

    const flow_table& table_;
    change_marks& marks_;
    const unsigned reader_;
    std::vector<std::uint64_t> known_; ///< a bit for each entry that was told and has not gone
    std::vector<of_target> targets_;

    // Of the call in progress.
    const name_map* names_ = nullptr;
    std::uint32_t seconds_ = 0;
    std::uint64_t now_ = 0;

    std::uint32_t page_ = 0;         ///< where the walk is
    flow_index fill_ = 0;            ///< next entry of a fill
    bool filling_ = false;           ///< as opposed to looking for marks
    bool fill_again_ = false;        ///< once this one is done
    bool only_untold_ = false;       ///< a fill with what the peer does not know yet
    bool handshakes_ = false;        ///< are told
    bool told_something_ = false;    ///< in this pass
    std::uint64_t pass_began_ = 0;   ///< of changes that no mark covers yet
    std::uint32_t mark_ = 0;         ///< the last sent
    std::uint32_t acknowledged_ = 0; ///< the last acknowledged
    std::uint64_t mark_began_ = 0;   ///< when the first pass that it covers began
    std::uint64_t marked_at_ = 0;
    std::uint64_t acknowledged_began_ = 0;
    bool whole_ = false; ///< the fill is done
    bool acknowledged_whole_ = false;
    bool mark_was_whole_ = false;
    std::uint64_t told_count_ = 0;
    std::uint64_t no_room_ = 0;
    std::uint32_t unknown_targets_ = 0;
};

} // namespace weir::sync
