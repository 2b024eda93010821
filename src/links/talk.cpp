#include "links/talk.h"

#include <algorithm>
#include <utility>

namespace weir::links {

namespace {

using namespace std::chrono_literals;

constexpr auto retry_pause = 1s;
/// Frames taken from one link in one turn, so that none keeps the others waiting.
constexpr unsigned most_at_once = 16;

/// What we say of a group.
ha::group_word word_of(const group_to_tell& g, const ha::lease& held, std::uint64_t now) {
    return {.now = g.counts->now.load(std::memory_order_relaxed),
            .holds = held.holds(g.id, now),
            .has_link = g.counts->has_links.load(std::memory_order_relaxed),
            .priority = g.counts->priority.load(std::memory_order_relaxed)};
}

} // namespace

talk::talk(peer_settings settings, const surroundings& around, std::uint64_t own_boot)
    : settings_(std::move(settings)), around_(around), ears_(std::make_shared<ha::peer_ears>()),
      heard_(own_boot) {
    ears_->name = settings_.name;
    ears_->fences = settings_.fences;
    for (const path_settings& s : settings_.links) {
        lines_.emplace_back().by = make_path(s);
        auto& ear = ears_->links.emplace_back(std::make_unique<ha::link_ear>());
        ear->name = s.name;
        ear->slow = s.slow();
    }
    next_.boot = own_boot;
    next_.name = around_.director;
}

std::uint64_t talk::nanoseconds_of(std::uint64_t counter) const {
    const double seconds =
        static_cast<double>(counter) / static_cast<double>(around_.ticks_per_second);
    return static_cast<std::uint64_t>(seconds * 1e9);
}

std::uint64_t talk::ticks(std::chrono::nanoseconds time) const {
    return static_cast<std::uint64_t>(static_cast<double>(time.count()) / 1e9
                                      * static_cast<double>(around_.ticks_per_second));
}

void talk::open(line& l, std::uint64_t now) {
    if (now < l.retry) return;
    l.retry = now + ticks(retry_pause);
    l.figures.trouble = l.by->open();
    changed_ = true;
}

bool talk::is_alive(std::uint64_t now) const {
    return std::ranges::any_of(ears_->links, [&](const auto& ear) {
        const std::uint64_t heard = ear->heard.load(std::memory_order_relaxed);
        return heard != 0 && now - heard < ticks(3 * std::chrono::nanoseconds{ear->interval});
    });
}

void talk::add_descriptors(std::vector<int>& to) const {
    for (const line& l : lines_)
        if (l.by->is_open() && l.by->fd() >= 0) to.push_back(l.by->fd());
}

void talk::hear(std::uint64_t now, const std::vector<group_to_tell>& groups) {
    std::array<std::byte, 4096> room; // NOLINT: receive() fills it
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        line& l = lines_[i];
        if (!l.by->is_open()) open(l, now);
        for (unsigned n = 0; n < most_at_once && l.by->is_open(); ++n) {
            const std::size_t size = l.by->receive(room);
            if (size == 0) break;
            hear_frame(i, std::span(room).first(size), now, groups);
        }
    }
}

void talk::hear_frame(std::size_t link, std::span<const std::byte> frame, std::uint64_t now,
                      const std::vector<group_to_tell>& groups) {
    link_figures& figures = lines_[link].figures;
    heartbeat h;
    const auto refuse = [&](fault f) { ++figures.refused[static_cast<std::size_t>(f)]; };
    changed_ = true;
    if (const fault f = read(frame, settings_.key, h); f != fault::none) return refuse(f);
    switch (heard_.hear(h, link, is_alive(now))) {
    case conversation::verdict::old:
        return refuse(fault::replayed);
    case conversation::verdict::unproven:
        return; // our next heartbeat asks for a proof
    case conversation::verdict::fresh:
        for (const auto& ear : ears_->links) {
            ear->heard.store(0, std::memory_order_relaxed);
            ear->sent.store(0, std::memory_order_relaxed);
        }
        break;
    case conversation::verdict::good:
        break;
    }
    ++figures.heard;
    take(h, link, now, groups);
}

void talk::take(const heartbeat& h, std::size_t link, std::uint64_t now,
                const std::vector<group_to_tell>& groups) {
    line& l = lines_[link];
    l.answers = h.sent;
    l.answers_heard = now;
    if (h.answers != 0) {
        const std::uint64_t there = static_cast<std::uint64_t>(h.held.count()) * 1000;
        const std::uint64_t all = nanoseconds_of(now) - h.answers;
        l.figures.round_trip = all > there ? all - there : 0;
    }
    if (heard_.newest()) {
        if (h.name != director_) director_ = h.name;
        pings_ = h.pings;
        ears_->greater.store(h.name > around_.director, std::memory_order_relaxed);
        std::array<std::uint16_t, 256> said{};
        for (const group_entry& e : h.groups)
            for (const group_to_tell& g : groups)
                if (g.key == e.key) said[g.id] = packed(e.word);
        for (std::size_t i = 0; i < said.size(); ++i)
            ears_->words[i].store(said[i], std::memory_order_relaxed);
    }
    ha::link_ear& ear = *ears_->links[link];
    ear.sent.store(static_cast<std::int64_t>(h.sent), std::memory_order_relaxed);
    ear.interval.store(std::chrono::nanoseconds{h.interval}.count(), std::memory_order_relaxed);
    ear.heard.store(now, std::memory_order_release);
}

void talk::tell(std::uint64_t now, const std::vector<group_to_tell>& groups,
                const std::vector<ping_entry>& pings) {
    std::vector<group_entry> words;
    for (const group_to_tell& g : groups)
        words.push_back({g.key, word_of(g, *around_.held, now)});
    if (words != next_.groups) {
        next_.groups = std::move(words);
        for (line& l : lines_)
            l.news = true;
    }
    next_.pings = pings;
    next_.echo = heard_.echo();
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        line& l = lines_[i];
        if (!l.by->is_open() || (!l.news && now < l.due)) continue;
        ++next_.sequence;
        next_.sent = nanoseconds_of(now);
        next_.answers = l.answers;
        next_.held = std::chrono::duration_cast<microseconds>(std::chrono::nanoseconds{
            l.answers == 0 ? 0 : nanoseconds_of(now) - nanoseconds_of(l.answers_heard)});
        next_.interval = settings_.links[i].interval;
        write(next_, settings_.key, frame_);
        const bool sent = l.by->send(frame_);
        changed_ = true;
        // A line that is busy is tried again in the next turn.
        if (!sent && settings_.links[i].slow()) continue;
        l.figures.sent += sent ? 1 : 0;
        l.news = false;
        l.due = now + ticks(settings_.links[i].interval);
    }
}

void talk::show() {
    if (!changed_) return;
    const std::unique_lock lock(shown_.lock, std::try_to_lock);
    if (!lock) return;
    changed_ = false;
    shown_.links.resize(lines_.size());
    for (std::size_t i = 0; i < lines_.size(); ++i)
        shown_.links[i] = lines_[i].figures;
    shown_.pings = pings_;
    shown_.director = director_;
}

} // namespace weir::links
