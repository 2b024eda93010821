#include "links/keeper.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <poll.h>
#include <sys/random.h>

#include "ha/real_time.h"

namespace weir::links {

namespace {

using namespace std::chrono_literals;

constexpr timespec turn{0, 1'000'000};

std::uint64_t random_boot() {
    std::uint64_t boot = 0;
    if (getrandom(&boot, sizeof boot, 0) != static_cast<ssize_t>(sizeof boot))
        throw std::runtime_error("getrandom gives no random numbers");
    return boot | 1; // 0 is nobody
}

} // namespace

keeper::keeper(surroundings around) : around_(std::move(around)), boot_(random_boot()) {
    thread_ = std::thread([this] { run(); });
    complaint_ = ha::make_real_time(thread_, "weir-links", ha::links_priority);
}

keeper::~keeper() {
    stop_ = true;
    thread_.join();
}

void keeper::set(const std::vector<peer_settings>& peers, std::vector<group_to_tell> groups) {
    std::vector<std::shared_ptr<talk>> next;
    for (const peer_settings& p : peers) {
        const auto same =
            std::ranges::find_if(peers_, [&](const auto& known) { return known->settings() == p; });
        next.push_back(same != peers_.end() ? *same : std::make_shared<talk>(p, around_, boot_));
    }
    // An id may mean another group now: what was heard of it is none of the new one's.
    for (const group_to_tell& g : groups) {
        const bool same = std::ranges::any_of(wanted_.groups, [&](const group_to_tell& before) {
            return before.id == g.id && before.key == g.key;
        });
        for (const auto& p : next)
            if (!same) p->ears()->words[g.id].store(0);
    }
    peers_ = std::move(next);
    wanted_.peers = peers_;
    wanted_.groups = std::move(groups);
    give();
}

void keeper::set_pings(std::vector<ping_entry> pings) {
    if (pings == wanted_.pings) return;
    wanted_.pings = std::move(pings);
    give();
}

void keeper::give() {
    const std::lock_guard lock(lock_);
    given_ = wanted_;
}

std::optional<std::chrono::nanoseconds> keeper::silence(const ha::link_ear& ear) const {
    const std::uint64_t heard = ear.heard.load(std::memory_order_acquire);
    if (heard == 0) return std::nullopt;
    const std::uint64_t now = around_.counter();
    const double seconds = now < heard ? 0
                                       : static_cast<double>(now - heard)
                                             / static_cast<double>(around_.ticks_per_second);
    return std::chrono::nanoseconds{static_cast<std::int64_t>(seconds * 1e9)};
}

std::optional<unsigned> keeper::hosts_seen(std::uint32_t key) const {
    std::optional<unsigned> most;
    for (const auto& p : peers_) {
        const bool alive = std::ranges::any_of(p->ears()->links, [&](const auto& ear) {
            const auto silent = silence(*ear);
            return silent
                   && *silent < std::max(3 * std::chrono::nanoseconds{ear->interval},
                                         std::chrono::nanoseconds{500ms});
        });
        if (!alive) continue;
        const std::lock_guard lock(p->to_show().lock);
        for (const ping_entry& e : p->to_show().pings)
            if (e.key == key) most = std::max(most.value_or(0), unsigned{e.hosts});
    }
    return most;
}

void keeper::run() {
    orders now;
    std::vector<int> descriptors;
    std::vector<pollfd> waited;
    while (!stop_.load(std::memory_order_relaxed)) {
        if (const std::unique_lock lock(lock_, std::try_to_lock); lock && given_) {
            now = std::move(*given_);
            given_.reset();
        }
        const std::uint64_t counter = around_.counter();
        descriptors.clear();
        for (const auto& p : now.peers) {
            p->hear(counter, now.groups);
            p->tell(counter, now.groups, now.pings);
            p->show();
            p->add_descriptors(descriptors);
        }
        waited.clear();
        for (const int fd : descriptors)
            waited.push_back({fd, POLLIN, 0});
        ppoll(waited.data(), waited.size(), &turn, nullptr);
    }
}

} // namespace weir::links
