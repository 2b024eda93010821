#include "sync/teller.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace weir::sync {

namespace {

/// Milliseconds between marks when nothing changes: the peer hears that we live.
constexpr std::uint64_t beat = 250;
/// Entries that a fill looks at in one turn, so that grace periods are not held up.
constexpr std::uint32_t fill_per_turn = 1 << 15;

/// Would a connection be missed at the other director? Handshakes begin again by themselves.
bool worth_telling(flow_state state, bool handshakes) {
    switch (state) {
    case flow_state::none:
    case flow_state::dead:
        return false;
    case flow_state::syn_sent:
    case flow_state::syn_recv:
    case flow_state::listen:
        return handshakes;
    default:
        return handshakes || state < flow_state::sctp_init1
               || state >= flow_state::sctp_established;
    }
}

} // namespace

teller::teller(const flow_table& table, change_marks& marks, unsigned reader)
    : table_(table), marks_(marks), reader_(reader), known_(table.end_index() / 64 + 1) {}

void teller::begin(std::uint64_t now) {
    std::ranges::fill(known_, 0);
    targets_.clear();
    page_ = 0;
    fill_ = 0;
    filling_ = true;
    fill_again_ = only_untold_ = told_something_ = whole_ = acknowledged_whole_ = mark_was_whole_ =
        false;
    pass_began_ = now;
    mark_ = acknowledged_ = 0;
    acknowledged_began_ = 0;
    marked_at_ = now;
    no_room_ = 0;
    unknown_targets_ = 0;
}

void teller::set_known(flow_index index, bool known) {
    const std::uint64_t bit = std::uint64_t{1} << index % 64;
    if (known)
        known_[index / 64] |= bit;
    else
        known_[index / 64] &= ~bit;
}

bool teller::work(bytes& to, std::size_t most, const name_map& names, std::uint32_t seconds,
                  std::uint64_t now) {
    names_ = &names;
    seconds_ = seconds;
    now_ = now;
    if (filling_) {
        if (!fill(to, most)) return true;
        filling_ = false;
        whole_ = true;
        page_ = 0;
        end_pass(to);
        if (std::exchange(fill_again_, false)) start_fill(false);
        return true;
    }
    // Room for what one entry may take: two servers, a template, the flow.
    const auto room = [&] { return to.size() + 4 * longest_record <= most; };
    if (page_ == 0 && mark_ == acknowledged_ && !told_something_) pass_began_ = now;
    for (; page_ < marks_.pages(); ++page_)
        if (!marks_.visit(reader_, page_, room, [&](flow_index i) { tell(to, i); })) return true;
    page_ = 0;
    end_pass(to);
    return false;
}

/// Looks at every entry, marked or not. True: done.
bool teller::fill(bytes& to, std::size_t most) {
    const flow_index end = table_.end_index();
    for (std::uint32_t n = 0; n < fill_per_turn && fill_ < end; ++n, ++fill_) {
        if (to.size() + 4 * longest_record > most) return false;
        if (only_untold_ && knows(fill_)) continue; // its mark is for the next pass
        marks_.take(reader_, fill_);
        if (fill_ != 0) tell(to, fill_);
    }
    return fill_ >= end;
}

/// One mark at a time is on its way: it says what the peer has, and how late it is.
void teller::end_pass(bytes& to) {
    if (mark_ != acknowledged_) return;
    if (!told_something_ && whole_ == mark_was_whole_ && now_ - marked_at_ < beat) {
        acknowledged_began_ = pass_began_;
        return;
    }
    told_something_ = false;
    mark_was_whole_ = whole_;
    mark_began_ = pass_began_;
    marked_at_ = now_;
    write(to, mark{++mark_, whole_});
    pass_began_ = now_;
}

void teller::tell(bytes& to, flow_index index) {
    const flow_entry& entry = table_.entry(index);
    const flow_state state = entry.state.load(std::memory_order_acquire);
    if (!worth_telling(state, handshakes_) || (entry.expired(seconds_) && !entry.held()))
        return tell_gone(to, index);
    if (!tell_target(to, entry.target)) return tell_gone(to, index);
    flow f;
    if (!entry.is_template()) {
        f.control = entry.control.load(std::memory_order_relaxed);
        if (f.control != 0 && (marks_.take(reader_, f.control) || !knows(f.control)))
            tell(to, f.control);
    }
    f.slot = index;
    f.key = entry.forward_key();
    f.state = state;
    f.timeout = entry.timeout.load(std::memory_order_relaxed);
    if (f.timeout == 0) return tell_gone(to, index); // it ends at this moment
    const auto age =
        static_cast<std::int32_t>(seconds_ - entry.last_seen.load(std::memory_order_relaxed));
    f.age = static_cast<std::uint16_t>(
        std::clamp<std::int32_t>(age, 0, std::numeric_limits<std::uint16_t>::max()));
    f.target = entry.target;
    write(to, f);
    set_known(index, true);
    told_something_ = true;
    ++told_count_;
}

/// The peer has the server as a target. False: flows to it are not told.
bool teller::tell_target(bytes& to, target_id id) {
    const name_map::item* const its = names_->at(id);
    if (its == nullptr || its->name.forward.mode == forward_mode::local) return false;
    if (targets_.size() <= id) targets_.resize(id + 1);
    of_target& t = targets_[id];
    if (t.serial != its->serial) {
        if (t.state == unwanted) --unknown_targets_;
        t = {its->serial, told};
        write(to, target{id, its->name});
    }
    return t.state == told;
}

void teller::tell_gone(bytes& to, flow_index index) {
    if (!knows(index)) return;
    set_known(index, false);
    write(to, gone{index});
    told_something_ = true;
}

void teller::heard(const ack& a) {
    no_room_ = a.no_room;
    if (a.number != mark_ || mark_ == acknowledged_) return;
    acknowledged_ = mark_;
    acknowledged_began_ = mark_began_;
    acknowledged_whole_ = mark_was_whole_;
}

void teller::heard(const unknown& u) {
    if (u.number >= targets_.size() || targets_[u.number].state != told) return;
    targets_[u.number].state = unwanted;
    ++unknown_targets_;
}

void teller::heard(const again& a) {
    if (a.number != 0) {
        if (a.number >= targets_.size() || targets_[a.number].state != unwanted) return;
        targets_[a.number].state = told;
        --unknown_targets_;
    }
    start_fill(false);
}

void teller::start_fill(bool only_untold) {
    if (filling_) {
        fill_again_ = true;
        return;
    }
    fill_ = 0;
    filling_ = true;
    only_untold_ = only_untold;
}

void teller::tell_handshakes() {
    if (!std::exchange(handshakes_, true)) start_fill(true);
}

double teller::filled() const {
    return !filling_ ? 1 : static_cast<double>(fill_) / table_.end_index();
}

std::uint64_t teller::lag(std::uint64_t now) const {
    if (mark_ != acknowledged_) return now - mark_began_;
    return filling_ || page_ != 0 || told_something_ ? now - pass_began_ : 0;
}

} // namespace weir::sync
