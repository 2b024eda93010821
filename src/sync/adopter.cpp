#include "sync/adopter.h"

#include <algorithm>
#include <utility>

#include "sync/flow_states.h"

namespace weir::sync {

namespace {

constexpr std::size_t settled_per_turn = 1 << 15;
constexpr std::uint32_t rest_before_asking = 10; // seconds
/// Seconds by which two directors' counts of silence of one packet may differ: their seconds do not
/// begin together, and a record is under way for a while.
constexpr std::int32_t tie = 1;

std::uint16_t longer(std::uint16_t timeout) {
    return static_cast<std::uint16_t>(std::min<unsigned>(timeout + adopter::margin, UINT16_MAX));
}

/// Counts as seen `age` seconds ago, as far as is known from a peer; a second at least, so that a
/// packet here is told apart from it even if it comes at once.
void set_seen(flow_entry& entry, std::uint32_t seconds, std::uint32_t age) {
    const std::uint32_t seen = seconds - std::max(age, 1u);
    entry.heard.store(static_cast<std::uint16_t>(seen), std::memory_order_relaxed);
    entry.last_seen.store(seen, std::memory_order_relaxed);
}

} // namespace

void adopter::begin(const hello& peer) {
    if (boot_ == peer.boot && copies_.size() == peer.entries) {
        for (copy& c : copies_)
            if (c.index != 0) c.index |= stale;
    } else {
        // Another process: what it tells is new, and copies of the one before are ours now.
        copies_.assign(peer.entries, {});
        copies_.shrink_to_fit();
    }
    boot_ = peer.boot;
    targets_.clear();
    first_unknown_.reset();
    unknown_targets_ = 0;
    whole_ = refused_ = false;
}

/// The entry that is this copy, if it still is.
flow_entry* adopter::entry_of(const copy& c) const {
    const flow_index index = c.index & ~stale;
    if (index == 0) return nullptr;
    flow_entry& entry = table_.entry(index);
    const flow_state state = entry.state.load(std::memory_order_acquire);
    if (state == flow_state::none || state == flow_state::dead) return nullptr;
    return entry.adoption == c.adoption && tag_of(entry.forward_key()) == c.tag ? &entry : nullptr;
}

std::string_view adopter::take(const record& what, bytes& to, const name_map& names,
                               std::uint32_t seconds) {
    if (const auto* const f = std::get_if<flow>(&what)) {
        if (f->slot >= copies_.size() || f->control >= copies_.size())
            return "a flow beyond its table";
        if (f->target >= targets_.size() || !targets_[f->target].told)
            return "a flow to a server that it has not named";
        if (targets_[f->target].id != 0) adopt(*f, seconds);
        return {};
    }
    if (const auto* const g = std::get_if<gone>(&what)) {
        if (g->slot >= copies_.size()) return "a flow beyond its table";
        forget(copies_[g->slot]);
        return {};
    }
    if (const auto* const t = std::get_if<target>(&what)) {
        meet(*t, to, names);
        return {};
    }
    if (const auto* const m = std::get_if<mark>(&what)) {
        if (m->whole && !whole_) {
            whole_ = true;
            end_stale();
        }
        if (doubtful_ != 0) --doubtful_;
        write(to, ack{m->number, no_room_});
        return {};
    }
    return "not what a teller says";
}

void adopter::meet(const target& t, bytes& to, const name_map& names) {
    if (targets_.size() <= t.number) targets_.resize(t.number + 1);
    of_target& its = targets_[t.number];
    if (its.told && its.id == 0) --unknown_targets_;
    its = {.name = t.name, .told = true};
    if (resolve(its, names)) return;
    ++unknown_targets_;
    if (!first_unknown_) first_unknown_ = t.name;
    write(to, unknown{t.number});
}

/// True: there is such a server here.
bool adopter::resolve(of_target& t, const name_map& names) {
    const name_map::item* const here = names.find(t.name);
    t.id = here != nullptr ? here->id : 0;
    t.serial = here != nullptr ? here->serial : 0;
    return t.id != 0;
}

void adopter::renew(bytes& to, const name_map& names) {
    first_unknown_.reset();
    unknown_targets_ = 0;
    for (std::size_t number = 1; number < targets_.size(); ++number) {
        of_target& t = targets_[number];
        if (!t.told) continue;
        const bool was_known = t.id != 0;
        const bool is_known = resolve(t, names);
        if (is_known && !was_known) write(to, again{static_cast<std::uint32_t>(number)});
        if (is_known) continue;
        if (was_known) write(to, unknown{static_cast<std::uint32_t>(number)});
        if (!first_unknown_) first_unknown_ = t.name;
        ++unknown_targets_;
    }
}

void adopter::make_up(bytes& to, std::uint32_t seconds) {
    if (!refused_ || seconds - asked_at_ < rest_before_asking
        || table_.size() > table_.capacity() - table_.capacity() / 8)
        return;
    refused_ = false;
    asked_at_ = seconds;
    write(to, again{0});
}

void adopter::adopt(const flow& f, std::uint32_t seconds) {
    const target_id id = targets_[f.target].id;
    copy& its = copies_[f.slot];
    if (flow_entry* const before = entry_of(its); before != nullptr) {
        if (before->forward_key() == f.key) {
            its.index &= ~stale;
            if (update(*before, f, id, seconds)) return;
        } else {
            forget(its); // the slot has another flow now
        }
    }
    its = {};
    const std::uint64_t hash = table_.hash(f.key);
    if (const flow_ref found = table_.find(f.key, hash, seconds); found) {
        if (found.is_reverse()) return; // a server's packets look the same: leave that alone
        if (update(table_[found], f, id, seconds)) {
            return bind(f, found.entry());
        }
    }
    insert(f, id, seconds);
}

/// Of two directors that had packets of a connection in one second: is the entry here the better
/// one? Both come to the same answer.
bool adopter::goes_before(const flow_entry& entry, flow_state ours, flow_state theirs,
                          target_id id) const {
    // Elsewhere, and over: a connection before this one, whose client uses its port again.
    if (entry.target != id && is_over(ours) != is_over(theirs)) return is_over(theirs);
    const int further = progress_of(ours) - progress_of(theirs);
    if (further != 0) return further > 0;
    const flow_target& here = servers_.target(entry.target);
    const flow_target& there = servers_.target(id);
    return std::pair(here.address, here.port.host()) <= std::pair(there.address, there.port.host());
}

/// Brings an entry with the same key up to what the peer says. False: it has ended, so that there
/// is none.
bool adopter::update(flow_entry& entry, const flow& f, target_id id, std::uint32_t seconds) {
    const auto silent =
        static_cast<std::int32_t>(seconds - entry.last_seen.load(std::memory_order_relaxed));
    const flow_state before = entry.state.load(std::memory_order_relaxed);
    if (before == flow_state::dead) return false;
    if (entry.used_here() && silent <= f.age + tie) {
        if (silent < f.age - tie) return true; // we know better
        // Both had packets of it just now, as while it moves from one to the other: what was said
        // before the other's last packet must not undo that.
        if (goes_before(entry, before, f.state, id)) return true;
    }
    if (entry.target != id) {
        end(entry); // the peer has placed it elsewhere since
        return false;
    }
    if (before != f.state) {
        if (!flow_table::set_state(entry, before, f.state, longer(f.timeout))) return true;
        if (!f.is_template() && is_active(before) != is_active(f.state))
            servers_.moved(id, is_active(f.state));
    } else {
        entry.timeout.store(longer(f.timeout), std::memory_order_relaxed);
    }
    set_seen(entry, seconds, f.age);
    return true;
}

void adopter::insert(const flow& f, target_id id, std::uint32_t seconds) {
    if (is_over(f.state) || f.age >= longer(f.timeout)) return;
    const bool active = is_active(f.state);
    if (f.is_template())
        servers_.template_opened(id);
    else
        servers_.opened(id, active);
    const flow_table::opened opened = table_.insert(owner_,
                                                    {.key = f.key,
                                                     .target = id,
                                                     .state = f.state,
                                                     .timeout = longer(f.timeout),
                                                     .control = hold(f.control)},
                                                    table_.hash(f.key), seconds);
    if (!opened.ours) {
        if (f.is_template())
            servers_.template_closed(id);
        else
            servers_.closed(id, active);
        if (opened.flow) return;
        ++no_room_;
        refused_ = true;
        return;
    }
    set_seen(table_[opened.flow], seconds, f.age);
    bind(f, opened.flow.entry());
    ++adopted_;
}

/// From now on the entry is the copy of this slot, and of no other: a flow that ends and begins
/// again has two slots, and may be told by the second before the first has gone.
void adopter::bind(const flow& f, flow_index index) {
    copies_[f.slot] = {index, tag_of(f.key), ++table_.entry(index).adoption};
}

/// The copy of a template, held for a flow; 0: there is none.
flow_index adopter::hold(flow_index control) {
    if (control == 0) return 0;
    flow_entry* const entry = entry_of(copies_[control]);
    if (entry == nullptr || !entry->is_template()) return 0;
    const flow_index index = table_.index_of(*entry);
    if (entry->control.fetch_add(1, std::memory_order_acquire) < flow_entry::closed) return index;
    table_.release_template(index);
    return 0;
}

void adopter::end(flow_entry& entry) {
    const flow_state last = entry.state.load(std::memory_order_relaxed);
    const target_id id = entry.target;
    const bool is_template = entry.is_template();
    // Not to be told: it would come back as news from us, to a peer that has begun the connection
    // anew and has not told of that yet.
    if (!table_.end_unmarked(owner_, entry, last)) return;
    if (is_template)
        servers_.template_closed(id);
    else
        servers_.closed(id, is_active(last));
}

/// Ends a copy unless packets come here.
void adopter::forget(copy& c) {
    if (flow_entry* const entry = entry_of(c); entry != nullptr && !entry->used_here()) end(*entry);
    c = {};
}

void adopter::end_stale() {
    for (copy& c : copies_)
        if ((c.index & stale) != 0) forget(c);
}

bool adopter::settle(std::uint32_t seconds) {
    if (settled_ >= copies_.size()) settled_ = SIZE_MAX;
    if (settled_ == SIZE_MAX) return true;
    const std::size_t end = std::min(copies_.size(), settled_ + settled_per_turn);
    for (; settled_ < end; ++settled_)
        if (flow_entry* const entry = entry_of(copies_[settled_]);
            entry != nullptr && !entry->used_here())
            set_seen(*entry, seconds, 0);
    return false;
}

} // namespace weir::sync
