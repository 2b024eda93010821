#include "sync/kept_table.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <ctime>
#include <limits>
#include <span>
#include <type_traits>
#include <unordered_map>

#include "sync/flow_states.h"

namespace weir::sync {

namespace {

constexpr char names_suffix[] = ".names";

struct kept_name {
    std::atomic<std::uint32_t> valid{0};
    target_name name;
};

struct header {
    static constexpr std::uint64_t right_magic = 0x656c626174726577; // "wertable"
    std::atomic<std::uint64_t> magic{0};                             ///< stored last
    std::uint64_t layout = 0;
    std::uint64_t entries_inode = 0;
    flow_index end = 0;
    target_id slots = 0;
    std::int64_t zero = 0; ///< seconds_since_boot() when the coarse clock was 0
};
constexpr std::size_t header_room = 64;
static_assert(sizeof(header) <= header_room);
static_assert(std::is_trivially_copyable_v<target_name>);

/// Differs between programs that would misread each other's files.
constexpr std::uint64_t this_layout() {
    std::uint64_t number = 1; // to be raised when a field's meaning changes
    for (const std::size_t part :
         {sizeof(flow_entry), offsetof(flow_entry, client), offsetof(flow_entry, vip),
          offsetof(flow_entry, client_port), offsetof(flow_entry, vip_port),
          offsetof(flow_entry, proto), offsetof(flow_entry, state), offsetof(flow_entry, target),
          offsetof(flow_entry, last_seen), offsetof(flow_entry, timeout),
          offsetof(flow_entry, control), offsetof(flow_entry, awaited), flow_states,
          sizeof(kept_name), sizeof(header), all_modes.size(),
          static_cast<std::size_t>(encapsulations)})
        number = number * 0x100000001b3 ^ part;
    return number;
}

header& header_of(const kept_file& file) {
    return *static_cast<header*>(file.data());
}
std::span<kept_name> names_of(const kept_file& file) {
    auto* const first =
        reinterpret_cast<kept_name*>(static_cast<std::byte*>(file.data()) + header_room);
    return {first, header_of(file).slots};
}
std::size_t bytes_for(target_id slots) {
    return header_room + slots * sizeof(kept_name);
}

/// What is wrong with the files, or "".
std::string doubt_of(const kept_file& entries, const kept_file& names) {
    if (names.bytes() < header_room) return names.path() + ": it is too short";
    const header& h = header_of(names);
    if (h.magic.load(std::memory_order_acquire) != header::right_magic)
        return names.path() + ": it was not finished";
    if (h.layout != this_layout()) return "it has the layout of another version of weir";
    if (h.slots == 0 || names.bytes() < bytes_for(h.slots))
        return names.path() + ": its size is wrong";
    if (!entries) return entries.why().empty() ? "its entries are not there" : entries.why();
    if (h.entries_inode != entries.inode() || h.end == 0
        || entries.bytes() / sizeof(flow_entry) < h.end)
        return entries.path() + ": it is not the table that its names are for";
    return {};
}

/// False: no director has such an entry.
bool read_flows(const kept_file& entries, const header& h, left_table& left) {
    const auto* const all = static_cast<const flow_entry*>(entries.data());
    for (flow_index index = 1; index < h.end; ++index) {
        const flow_entry& e = all[index];
        const flow_state state = e.state.load(std::memory_order_acquire);
        if (state == flow_state::none || state == flow_state::dead) continue;
        const auto control = e.control.load(std::memory_order_relaxed);
        if (!fits(e.proto, static_cast<std::uint8_t>(state)) || e.target == 0 || e.target >= h.slots
            || (!e.is_template() && control >= h.end))
            return false;
        const std::uint16_t timeout = e.timeout.load(std::memory_order_relaxed);
        if (timeout == 0) continue; // it was ending
        left.flows.push_back({.key = e.forward_key(),
                              .target = e.target,
                              .index = index,
                              .control = e.is_template() ? 0 : control,
                              .seen = h.zero + e.last_seen.load(std::memory_order_relaxed),
                              .timeout = timeout,
                              .awaited = e.awaited.load(std::memory_order_relaxed),
                              .state = state});
    }
    return true;
}

class restorer {
public:
    restorer(const left_table& left, flow_table& table, const server_store& servers,
             unsigned workers, std::uint32_t now,
             const std::function<target_id(const target_name&)>& find)
        : left_(left), table_(table), servers_(servers), workers_(workers), now_(now) {
        for (const target_name& name : left.names)
            here_.push_back(name == target_name{} ? 0 : find(name));
    }

    /// Templates first: flows need them.
    restored run() {
        for (const bool templates : {true, false})
            for (const left_table::left_flow& f : left_.flows)
                if ((f.key.proto == flow_entry::template_proto) == templates) take(f);
        return result_;
    }

private:
    void take(const left_table::left_flow& f) {
        const bool is_template = f.key.proto == flow_entry::template_proto;
        const target_id id = f.target < here_.size() ? here_[f.target] : 0;
        const std::int64_t age = std::max<std::int64_t>(seconds_ - f.seen, 0);
        // A template may be old while its flows live.
        if (id == 0) return void(++result_.unknown);
        if (age >= f.timeout && !is_template) return void(++result_.over);
        const bool active = is_active(f.state);
        is_template ? servers_.template_opened(id) : servers_.opened(id, active);
        const auto opened = table_.insert(
            owner_, {f.key, id, f.state, f.timeout, is_template ? 0 : hold(f.control)},
            table_.hash(f.key), now_);
        owner_ = (owner_ + 1) % workers_;
        if (!opened.ours) {
            is_template ? servers_.template_closed(id) : servers_.closed(id, active);
            if (!opened.flow) ++result_.no_room;
            return;
        }
        flow_entry& entry = table_[opened.flow];
        const std::uint32_t seen =
            now_ - static_cast<std::uint32_t>(std::min<std::int64_t>(age, f.timeout - 1));
        entry.last_seen.store(seen, std::memory_order_relaxed);
        entry.heard.store(static_cast<std::uint16_t>(seen - 1), std::memory_order_relaxed);
        entry.awaited.store(f.awaited, std::memory_order_relaxed);
        if (is_template) templates_[f.index] = opened.flow.entry();
        ++result_.flows;
    }
    /// The template that placed it, held once more; 0 = it is gone.
    flow_index hold(flow_index control) {
        const auto found = templates_.find(control);
        if (control == 0 || found == templates_.end()) return 0;
        table_.entry(found->second).control.fetch_add(1, std::memory_order_relaxed);
        return found->second;
    }

    const left_table& left_;
    flow_table& table_;
    const server_store& servers_;
    const unsigned workers_;
    const std::uint32_t now_;
    const std::int64_t seconds_ = seconds_since_boot();
    std::vector<target_id> here_; ///< by the slot then
    std::unordered_map<flow_index, flow_index> templates_;
    unsigned owner_ = 0;
    restored result_;
};

} // namespace

std::int64_t seconds_since_boot() {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec;
}

left_table take_left(const std::string& name) {
    left_table left;
    kept_file names, entries;
    const bool any = names.find(name + names_suffix);
    if (!any) left.doubt = names.why();
    if (!any && !left.doubt.empty()) return left; // not ours to take away
    const bool both = entries.find(name);
    if (!any && !both) return left;
    left.doubt = any ? doubt_of(entries, names) : "the names of its servers are not there";
    if (left.doubt.empty()) {
        const header& h = header_of(names);
        left.names.resize(h.slots);
        for (target_id id = 1; const kept_name& n : names_of(names).subspan(1)) {
            if (n.valid.load(std::memory_order_acquire) != 0) left.names[id] = n.name;
            ++id;
        }
        if (!read_flows(entries, h, left)) {
            left = {};
            left.doubt = entries.path() + ": an entry is none that weir makes";
        }
    }
    if (any) names.remove();
    if (both) entries.remove();
    return left;
}

restored restore(const left_table& left, flow_table& table, const server_store& servers,
                 unsigned workers, std::uint32_t now,
                 const std::function<target_id(const target_name&)>& find) {
    return restorer(left, table, servers, workers, now, find).run();
}

bool kept_names::begin(const std::string& name, const kept_file& entries, flow_index end,
                       target_id slots, std::uint32_t now) {
    if (!file_.make(name + names_suffix, bytes_for(slots), large_memory::pages::ordinary))
        return false;
    header& h = header_of(file_);
    h.layout = this_layout();
    h.entries_inode = entries.inode();
    h.end = end;
    h.slots = slots;
    h.zero = seconds_since_boot() - now;
    return true;
}

void kept_names::set(target_id id, const target_name& name) {
    kept_name& its = names_of(file_)[id];
    if (its.valid.load(std::memory_order_relaxed) != 0 && its.name == name) return;
    its.valid.store(0, std::memory_order_seq_cst);
    its.name = name;
    its.valid.store(1, std::memory_order_release);
}

void kept_names::complete() {
    header_of(file_).magic.store(header::right_magic, std::memory_order_release);
}

} // namespace weir::sync
