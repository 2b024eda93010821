#include "director/peer_links.h"

#include <algorithm>

#include <rte_cycles.h>

#include "director/shared_key.h"
#include "log/log.h"

namespace weir::director {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// A link that is silent for less is no event.
constexpr nanoseconds least_silence = 500ms;
/// One that never spoke is given up after that.
constexpr auto time_to_speak = 5s;
constexpr auto fence_pause = 10s;

std::uint64_t time_stamp() {
    return rte_rdtsc();
}

nanoseconds longest_silence(const ha::link_ear& ear) {
    return std::max(3 * nanoseconds{ear.interval.load(std::memory_order_relaxed)}, least_silence);
}

links::path_settings path_of(const config::peer_link& l) {
    return {.kind = static_cast<links::path_kind>(l.kind),
            .name = name_of(l),
            .address = l.address,
            .port = l.port,
            .source = l.source,
            .device = l.device,
            .baud = l.baud,
            .own_sector = l.own,
            .peer_sector = l.theirs,
            .interval = l.interval};
}

} // namespace

void peer_links::prepare(const config::configuration& wanted) {
    std::vector<links::peer_settings> next;
    for (const config::peer& p : wanted.peers) {
        if (p.links.empty() && p.fence.empty()) continue;
        const std::string& file = p.key.empty() ? wanted.director.key : p.key;
        links::peer_settings& s = next.emplace_back();
        s.name = p.name;
        s.key = shared_key::read(file).secret("links");
        s.fences = !p.fence.empty();
        for (const config::peer_link& l : p.links)
            s.links.push_back(path_of(l));
    }
    prepared_ = std::move(next);
}

void peer_links::commit(const config::configuration& now, std::vector<group> groups) {
    if (!keeper_ && !prepared_.empty() && !groups.empty()) {
        keeper_ = std::make_unique<links::keeper>(
            links::surroundings{.held = &held_,
                                .counter = time_stamp,
                                .ticks_per_second = rte_get_tsc_hz(),
                                .director = now.director.name});
        if (!keeper_->complaint().empty())
            log::warning("heartbeat links run without real-time priority, and may be late under "
                         "load: {}",
                         keeper_->complaint());
    }
    if (!keeper_) return;
    std::vector<links::group_to_tell> told;
    for (const group& g : groups)
        told.push_back({links::key_of(g.name), g.id, g.counts});
    keeper_->set(prepared_, std::move(told));
    groups_ = std::move(groups);
    std::vector<peer> next;
    for (const auto& talk : keeper_->peers()) {
        const auto same = std::ranges::find(peers_, talk, &peer::talk);
        peer& p = next.emplace_back();
        if (same != peers_.end()) p = *same;
        p.wanted = *std::ranges::find(now.peers, talk->settings().name, &config::peer::name);
        p.talk = talk;
        if (same == peers_.end()) p.states.resize(p.wanted.links.size(), {{}, loop_.now()});
    }
    peers_ = std::move(next);
}

std::vector<std::shared_ptr<ha::peer_ears>> peer_links::ears() const {
    std::vector<std::shared_ptr<ha::peer_ears>> all;
    for (const peer& p : peers_)
        all.push_back(p.talk->ears());
    return all;
}

void peer_links::look() {
    for (peer& p : peers_) {
        look_at(p);
        look_at_fences(p);
    }
    for (const group& g : groups_) {
        const std::uint16_t by = g.counts->kept_back_by.load(std::memory_order_relaxed);
        const std::uint16_t before = std::exchange(kept_back_by_[g.id], by);
        if ((by != 0) == (before != 0)) continue;
        const std::size_t number = (by >> 8) - 1u;
        if (by == 0) {
            log::event(log::level::info, "vrrp {}: no link keeps it from taking over any more",
                       g.name);
        } else if (number < peers_.size()) {
            const auto& ears = *peers_[number].talk->ears();
            log::event(log::level::warning,
                       "vrrp {}: VRRP is silent, but link {} hears {}, which holds the addresses: "
                       "the data network between us is cut",
                       g.name, ears.links[by & 0xffu]->name, ears.name);
        }
    }
}

void peer_links::look_at(peer& p) {
    const auto& ears = p.talk->ears()->links;
    for (std::size_t i = 0; i < ears.size(); ++i) {
        link_state& s = p.states[i];
        const auto silence = keeper_->silence(*ears[i]);
        const bool up = silence && *silence <= longest_silence(*ears[i]);
        if (s.up == up || (!s.up && !up && loop_.now() - s.since < time_to_speak)) continue;
        s.up = up;
        s.since = loop_.now();
        std::string why = up         ? "the peer is heard"
                          : !silence ? "the peer was never heard"
                                     : fmt::format("nothing heard for {} ms", *silence / 1ms);
        const std::lock_guard lock(p.talk->to_show().lock);
        const auto& figures = p.talk->to_show().links;
        if (!up && i < figures.size() && !figures[i].trouble.empty())
            why += ": " + figures[i].trouble;
        else if (!up && i < figures.size() && !silence
                 && figures[i].refused[static_cast<std::size_t>(links::fault::wrong_key)] != 0)
            why += ": what comes has another key";
        tell(p, *ears[i], up, why);
    }
}

void peer_links::tell(const peer& p, const ha::link_ear& ear, bool up, const std::string& why) {
    log::event(up ? log::level::info : log::level::warning, "peer {}: link {} is {}: {}",
               p.wanted.name, ear.name, up ? "up" : "down", why);
    events_.tell({"link",
                  p.wanted.name + " " + ear.name,
                  up ? "up" : "down",
                  why,
                  {{"peer", p.wanted.name}, {"link", ear.name}}});
}

bool peer_links::is_silent(const peer& p) const {
    return std::ranges::none_of(p.talk->ears()->links, [&](const auto& ear) {
        const auto silence = keeper_->silence(*ear);
        return silence && *silence <= 3 * nanoseconds{ear->interval.load()};
    });
}

void peer_links::look_at_fences(peer& p) {
    ha::peer_ears& ears = *p.talk->ears();
    if (p.wanted.fence.empty() || p.fencing || ears.fenced || loop_.now() < p.fence_again) return;
    const auto waits = std::ranges::find_if(groups_, [&](const group& g) {
        ha::group_word said;
        return g.counts->wants_fence.load()
               && (!ha::unpack(ears.words[g.id].load(), said) || !ha::gives_up(said));
    });
    if (waits == groups_.end() || !is_silent(p)) return;
    p.fencing = true;
    log::warning("vrrp {}: peer {} is silent: it is fenced before its addresses are taken",
                 waits->name, p.wanted.name);
    events_.run("fence " + p.wanted.name, p.wanted.fence,
                {"fence", waits->name, "wanted", "it is silent", {{"peer", p.wanted.name}}},
                [this, name = p.wanted.name, ears = p.talk->ears()](bool good) {
                    const auto its = std::ranges::find_if(
                        peers_, [&](const peer& each) { return each.wanted.name == name; });
                    if (its != peers_.end()) its->fencing = false;
                    if (good) {
                        log::warning("peer {} is fenced", name);
                        ears->fenced = true;
                        return;
                    }
                    if (its != peers_.end()) its->fence_again = loop_.now() + fence_pause;
                    log::error(
                        "peer {} could not be fenced: nothing is taken over from it; the next try "
                        "is in {} s",
                        name, fence_pause / 1s);
                });
}

void peer_links::forget_fences() {
    for (const peer& p : peers_)
        p.talk->ears()->fenced = false;
}

void peer_links::set_pings(const std::vector<std::pair<std::string, unsigned>>& hosts) {
    if (!keeper_) return;
    std::vector<links::ping_entry> pings;
    for (const auto& [name, count] : hosts)
        pings.push_back({links::key_of(name), static_cast<std::uint16_t>(count)});
    keeper_->set_pings(std::move(pings));
}

std::optional<unsigned> peer_links::hosts_seen(const std::string& ping) const {
    return keeper_ ? keeper_->hosts_seen(links::key_of(ping)) : std::nullopt;
}

std::string peer_links::peer_name(int number) const {
    const auto n = static_cast<std::size_t>(number);
    return number >= 0 && n < peers_.size() ? peers_[n].wanted.name : "?";
}

std::vector<command::link_info> peer_links::describe(const std::string& name) const {
    std::vector<command::link_info> all;
    for (const peer& p : peers_) {
        if (p.wanted.name != name) continue;
        const std::lock_guard lock(p.talk->to_show().lock);
        const auto& figures = p.talk->to_show().links;
        for (std::size_t i = 0; i < p.states.size(); ++i) {
            const ha::link_ear& ear = *p.talk->ears()->links[i];
            command::link_info& info = all.emplace_back();
            info.name = ear.name;
            info.up = p.states[i].up.value_or(false);
            if (const auto silence = keeper_->silence(ear))
                info.silent = static_cast<std::uint64_t>(*silence / 1ms);
            if (i >= figures.size()) continue;
            info.round_trip = figures[i].round_trip / 1000;
            info.sent = figures[i].sent;
            info.heard = figures[i].heard;
            for (std::size_t f = 1; f < links::faults; ++f)
                info.refused.emplace_back(links::name_of(static_cast<links::fault>(f)),
                                          figures[i].refused[f]);
            info.trouble = figures[i].trouble;
        }
    }
    return all;
}

} // namespace weir::director
