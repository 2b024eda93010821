#include "director/failover.h"

#include <algorithm>
#include <set>

#include <sys/epoll.h>

#include <rte_cycles.h>

#include "config/bounds.h"
#include "log/log.h"

namespace weir::director {

namespace {

using namespace std::chrono_literals;

/// How soon a lost link is noticed where there are groups to be handed over.
constexpr auto link_interval = 10ms;

/// The group of a section: those with the same word, or it alone.
std::string group_of(const config::vrrp& v) {
    return v.group.empty() ? v.name : v.group;
}
std::string key_of(const config::vrrp& v) {
    return (v.group.empty() ? "vrrp " : "group ") + group_of(v);
}

std::uint64_t worker_cycles(const void* of, unsigned worker) noexcept {
    return static_cast<const director_state*>(of)->times[worker].cycles.get();
}

} // namespace

failover::failover(loop::event_loop& loop, plane::data_plane& plane, port_set& ports,
                   linux::neighbour_keeper& keeper, events& to, health::detour_maker& detours)
    : loop_(loop), plane_(plane), state_(plane.state()), ports_(ports), keeper_(keeper),
      events_(to), memberships_(ports.twins()),
      tracker_(loop, detours,
               {.has_link =
                    [this](const std::string& port) {
                        for (const port_rule& rule : plane_.ports())
                            if (rule.name == port) return state_.link_up[rule.device].load();
                        return false;
                    },
                .servers_in_use =
                    [this](const std::string& name) {
                        const plane::known_service* s = plane_.services().find(name);
                        return s != nullptr && s->use ? s->use->used : 0U;
                    }}),
      links_(state_.lease, loop, to) {}

failover::~failover() {
    for (const auto timer : timers_)
        loop_.cancel(timer);
    if (thread_) loop_.remove(thread_->fd());
    thread_.reset();
}

void failover::start() {
    state_.make_letterboxes();
    for (const worker_post& post : state_.posts)
        boxes_.push_back(post.memory.get());
    heart_ =
        std::make_unique<ha::heart>(ha::heart::surroundings{.held = &state_.lease,
                                                            .passes = &state_.successions,
                                                            .boxes = boxes_,
                                                            .links = state_.link_up,
                                                            .ticks_per_second = rte_get_tsc_hz(),
                                                            .begin = rte_rdtsc(),
                                                            .step = &state_.step,
                                                            .progress = worker_cycles,
                                                            .progress_of = &state_});
    thread_ = std::make_unique<heart_thread>(*heart_);
    if (!thread_->complaint().empty())
        log::warning("VRRP runs without real-time priority, and may be late under load: {}",
                     thread_->complaint());
    loop_.need(thread_->fd(), EPOLLIN, [this](std::uint32_t) { read_notices(); });
    ports_.watch_links();
    timers_.push_back(loop_.every(link_interval, [this] {
        ports_.follow_links();
        follow_tracks();
    }));
}

void failover::apply(const config::configuration& wanted) {
    port_names_.clear();
    for (const config::port& p : wanted.ports)
        port_names_.push_back(p.name);
    of_services_.clear();
    for (const config::service& each : wanted.services)
        for (const endpoint& where : each.listen)
            if (where.address.is_v6()) of_services_.insert(where.address);

    std::set<ha::group_id> taken;
    for (const known_group& g : groups_)
        taken.insert(g.id);
    std::vector<known_group> next;
    std::map<std::string, std::size_t> places;
    for (const config::vrrp& v : wanted.vrrps) {
        const auto [place, fresh] = places.try_emplace(key_of(v), next.size());
        if (fresh) {
            known_group& g = next.emplace_back();
            g.name = group_of(v);
            const auto before =
                std::find_if(groups_.begin(), groups_.end(), [&](const known_group& old) {
                    return key_of(old.sections.front()) == place->first;
                });
            if (before != groups_.end()) {
                g = *before;
                g.sections.clear();
            } else {
                g.id = 1;
                while (g.id < config::most_groups && taken.contains(g.id))
                    ++g.id;
                taken.insert(g.id);
                g.begun = loop_.now();
            }
        }
        known_group& g = next[place->second];
        g.sections.push_back(v);
    }
    for (known_group& g : next) { // what was counted goes on
        const auto before = std::find_if(groups_.begin(), groups_.end(),
                                         [&](const known_group& old) { return old.id == g.id; });
        std::vector<std::shared_ptr<ha::router_counts>> counts;
        for (const config::vrrp& v : g.sections) {
            counts.push_back(std::make_shared<ha::router_counts>());
            if (before == groups_.end()) continue;
            for (std::size_t i = 0; i < before->sections.size(); ++i)
                if (before->sections[i].name == v.name) counts.back() = before->of_routers[i];
        }
        g.of_routers = std::move(counts);
    }
    groups_ = std::move(next);
    shared_.clear();
    for (const shared_address& s : shared())
        shared_.insert(s.address);
    plane_.share(shared(), routers());
    std::set<port_id> with_virtual;
    for (const shared_address& s : shared())
        if (s.is_virtual()) with_virtual.insert(s.port);
    ports_.accept_other_macs(with_virtual);
}

void failover::commit(const config::configuration& now) {
    tracker_.apply(now.vrrps);
    apply(now);
    for (known_group& g : groups_)
        find_tracks(g);
    follow_links(now);
    follow_tracks();
    publish();
    if (heart_) heart_->set_deadline(now.director.worker_deadline);
}

void failover::publish() {
    sources_ = sources();
    if (!heart_ && !groups_.empty()) start();
    auto plan = std::make_unique<ha::plan>();
    plan->peers = links_.ears();
    for (const known_group& g : groups_)
        plan->groups.push_back(plan_of(g));
    join_groups();
    if (heart_) heart_->publish(std::move(plan));
}

void failover::leave(std::function<void()> gone) {
    gone_ = std::move(gone);
    if (!heart_ || groups_.empty()) return finish_leaving();
    std::chrono::milliseconds longest{0};
    for (const known_group& g : groups_)
        longest = std::max(longest, g.sections.front().linger);
    heart_->ask({ha::request::what::leave, 0});
    timers_.push_back(loop_.every(5ms, [this] { finish_leaving(); }));
    timers_.push_back(loop_.after(longest + 1s, [this] {
        if (gone_) std::exchange(gone_, nullptr)();
    }));
}

void failover::finish_leaving() {
    if (!gone_) return;
    for (const known_group& g : groups_)
        if (heart_ && g.counts->now.load() != ha::state::initialize) return;
    const auto gone = std::exchange(gone_, nullptr);
    if (heart_) read_notices(); // notify commands hear the last states too
    gone();
}

std::string failover::hand_over(const std::string& section) {
    for (const known_group& g : groups_) {
        const bool its = g.name == section
                         || std::any_of(g.sections.begin(), g.sections.end(),
                                        [&](const config::vrrp& v) { return v.name == section; });
        if (!its) continue;
        if (g.counts->now.load() != ha::state::active)
            return fmt::format("vrrp {} is not active here, but {}", g.name,
                               ha::name_of(g.counts->now.load()));
        heart_->ask({ha::request::what::yield, g.id});
        return "";
    }
    return fmt::format("there is no [vrrp {}]", section);
}

} // namespace weir::director
