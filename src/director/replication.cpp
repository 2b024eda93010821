#include "director/replication.h"

#include "director/shared_key.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weir::director {

namespace {

using namespace std::chrono_literals;

constexpr auto most_flush = 1s;
constexpr auto flush_interval = 5ms;

} // namespace

void replication::prepare(const config::configuration& wanted) {
    std::vector<sync::peer_settings> peers;
    for (const config::peer& p : wanted.peers) {
        const std::string& file = p.key.empty() ? wanted.director.key : p.key;
        peers.push_back({.name = p.name,
                         .address = p.address,
                         .port = p.port,
                         .source = p.source,
                         .key = shared_key::read(file).secret("sync")});
    }
    prepared_ = std::move(peers);
}

void replication::commit(const config::configuration& now) {
    std::vector<ip_address> peers;
    for (const sync::peer_settings& p : prepared_)
        peers.push_back(p.address);
    plane_.set_peers(std::move(peers));
    if (!engine_ && !prepared_.empty()) {
        director_state& state = plane_.state();
        state.in_step = false; // until the sync thread says otherwise
        engine_ = std::make_unique<sync::engine>(sync::engine::surroundings{
            .flows = *state.flows,
            .servers = *state.servers,
            .grace = state.grace,
            .owner = state.adopter(),
            .reader = state.sync_reader(),
            .name = now.director.name,
            .seconds =
                [](const void* clock) { return static_cast<const coarse_clock*>(clock)->now(); },
            .clock = &state.clock,
            .in_step = &state.in_step});
    }
    if (!engine_) return;
    name_servers();
    engine_->set_peers(prepared_);
}

/// A removed server has a name as long as it has connections. It is named no more for a minute
/// before its slot is given to another (rest_before_reuse in plane/running_services.cpp), and the
/// sync thread looks at the newest names in each of its turns: none of its turns can take the slot
/// for the server that had it.
void replication::tick() {
    if (engine_ && had_removed_) name_servers();
}

void replication::name_servers() {
    std::vector<sync::name_map::item> items;
    had_removed_ = false;
    const auto add = [&](const plane::known_service& service, const plane::known_server& server) {
        const bool removed = server.removed_at != 0;
        had_removed_ |= removed;
        if (removed && server.empty_since != 0) return;
        const sync::target_name name{service.wanted.listen.front(), server.address, server.port,
                                     server.forward};
        if (slots_.size() <= server.id) slots_.resize(server.id + 1);
        named& slot = slots_[server.id];
        if (slot.serial == 0 || slot.name != name) slot = {name, slot.serial + 1};
        items.push_back({server.id, name, slot.serial, !removed});
    };
    plane_.services().for_each_server_of(add);
    engine_->set_names(std::make_shared<const sync::name_map>(items));
}

replication::~replication() {
    if (timer_) loop_.cancel(*timer_);
}

void replication::flush(std::function<void()> done) {
    if (!engine_) return done();
    engine_->flush();
    flushed_ = std::move(done);
    flush_ends_ = loop_.now() + most_flush;
    if (!timer_) timer_ = loop_.every(flush_interval, [this] { finish_flush(); });
}

void replication::finish_flush() {
    if (!flushed_ || (!engine_->flushed() && loop_.now() < flush_ends_)) return;
    std::exchange(flushed_, nullptr)();
}

bool replication::is_connected() const {
    if (!engine_) return false;
    const auto all = engine_->status();
    return std::ranges::any_of(all,
                               [](const sync::peer_status& p) { return p.tells || p.listens; });
}

std::vector<command::peer_info> replication::describe() const {
    std::vector<command::peer_info> all;
    if (!engine_) return all;
    for (const sync::peer_status& p : engine_->status())
        all.push_back({.name = p.name,
                       .director = p.director,
                       .address = to_string(p.address, p.port),
                       .in_step = p.in_step(),
                       .tells = p.tells,
                       .listens = p.listens,
                       .filled = p.filled,
                       .lag = p.lag,
                       .told = p.told,
                       .adopted = p.adopted,
                       .no_room_there = p.no_room_there,
                       .no_room_here = p.no_room_here,
                       .unknown_there = p.unknown_there,
                       .unknown_here = p.unknown_here,
                       .first_unknown = p.first_unknown,
                       .files_differ = p.files_differ,
                       .losses = p.losses,
                       .since = p.since,
                       .why = p.why});
    return all;
}

} // namespace weir::director
