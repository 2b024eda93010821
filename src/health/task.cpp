#include "health/task.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "net/names.h"

namespace weir::health {

namespace {

using namespace std::chrono_literals;
using config::check_type;

constexpr auto unable_episode = 1min; // a success in between may be luck
constexpr auto first_turns_within =
    1000ms; // a starting director learns the state of its servers soon

std::chrono::microseconds micro(loop::clock::duration d) {
    return std::chrono::duration_cast<std::chrono::microseconds>(d);
}

} // namespace

monitor::task::task(const task_means& means, std::shared_ptr<const prepared_check> check,
                    const probe_target& target, std::int32_t weight, standing first, double phase,
                    std::function<void()> changed)
    : means_(means), check_(std::move(check)), target_(target), weight_(weight),
      changed_(std::move(changed)), judge_(check_->wanted.fall, check_->wanted.rise, first) {
    const config::check& c = check_->wanted;
    if (c.port != 0) target_.port = c.port;
    const auto part = [phase](clock::duration whole) {
        return clock::duration(
            static_cast<clock::duration::rep>(static_cast<double>(whole.count()) * phase));
    };
    since_ = means_.loop.now();
    // The first turn comes early, the others at this check's place in the interval.
    due_ = since_ + part(std::min<clock::duration>(c.interval, first_turns_within));
    place_ = since_ + part(c.interval);
    next_ = means_.loop.after(due_ - since_, [this] { begin(); });
    ++means_.figures.checks;
}

monitor::task::~task() {
    if (next_ != 0) means_.loop.cancel(next_);
    if (limit_ != 0) means_.loop.cancel(limit_);
    if (waits_) means_.scripts.give_up(this);
    if (probe_) --means_.figures.under_way;
    --means_.figures.checks;
}

bool monitor::task::is_for(probe_target target) const {
    // A check with a port of its own stays the same whatever port the server has.
    if (check_->wanted.port != 0) target.port = target_.port;
    return target == target_;
}

void monitor::task::set_weight(std::int32_t weight) {
    if (weight == std::exchange(weight_, weight)) return;
    if (agent_.weight || script_weight_) aim();
}

standing monitor::task::now() const {
    return agent_.down() ? standing::down : judge_.now();
}

/// The delay until the next turn. Skips missed turns.
void monitor::task::sleep() {
    const clock::duration interval = check_->wanted.interval;
    const clock::time_point now = means_.loop.now();
    const clock::time_point earliest = std::max(now, due_ + interval / 2);
    if (place_ < earliest)
        place_ += (earliest - place_ + interval - clock::duration(1)) / interval * interval;
    due_ = place_;
    next_ = means_.loop.after(due_ - now, [this] { begin(); });
}

/// Brings the next turn forward while bad answers have not taken the server down yet.
void monitor::task::hurry() {
    const clock::time_point now = means_.loop.now();
    const clock::time_point soon = std::max(now, begun_ + check_->wanted.fall_interval);
    if (soon >= due_ || next_ == 0) return;
    means_.loop.cancel(next_);
    due_ = soon;
    next_ = means_.loop.after(due_ - now, [this] { begin(); });
}

void monitor::task::begin() {
    next_ = 0;
    // A turn that started late may still have time: the next turn waits for it, so our delay does
    // no harm.
    if (probe_) {
        overdue_ = true;
        return;
    }
    overdue_ = false;
    means_.figures.most_late = std::max(means_.figures.most_late, micro(means_.loop.now() - due_));
    const bool program = check_->wanted.type == check_type::script;
    waits_ = program && !means_.scripts.enter(this, [this] {
        waits_ = false;
        turn();
    });
    if (!waits_) turn();
}

void monitor::task::turn() {
    begun_ = means_.loop.now();
    ++means_.figures.turns;
    sleep();
    ++means_.figures.under_way;
    probe_ = make_probe(*check_, target_,
                        {means_.loop, means_.pings, means_.scripts, means_.detours}, *this);
    if (auto v = probe_->begin()) return finished(*std::move(v));
    limit_ = means_.loop.after(check_->wanted.timeout, [this] {
        limit_ = 0;
        verdict v = probe_->late();
        if (v.what == outcome::bad) means_.to.silent(target_.address);
        silent_turn_ = true;
        finished(std::move(v));
    });
}

void monitor::task::finished(verdict v) {
    const std::unique_ptr<probe> ended = std::move(probe_);
    --means_.figures.under_way;
    if (limit_ != 0) means_.loop.cancel(std::exchange(limit_, 0));
    latency_ = micro(means_.loop.now() - begun_);
    take(v);
    silent_turn_ = false;
    if (overdue_) begin();
}

void monitor::task::take(const verdict& v) {
    answer_ = v.text;
    if (v.what == outcome::local) return cannot_be_made(v.text);
    // Without a link of ours, silence and errors say nothing of the server.
    if (v.what == outcome::bad && !v.agent) {
        std::string ours = means_.to.own_fault(target_.address, begun_);
        if (ours.empty() && silent_turn_) ours = means_.to.unheard(target_.asked(), begun_);
        // In a tunnel, requests to the VIP go to the server's own address.
        if (ours.empty() && silent_turn_ && target_.vip)
            ours = means_.to.unheard(target_.address, begun_);
        if (!ours.empty()) return cannot_be_made(answer_ = "not checked: " + ours);
    }
    const standing before = now();
    const double share_before = share_;
    if (check_->wanted.type == check_type::agent) {
        hear_agent(v);
    } else {
        judge_.take(v.what == outcome::good);
        if (judge_.now() == standing::up && judge_.row() > 0 && check_->wanted.fall_interval > 0ms)
            hurry();
        if (v.what == outcome::good && check_->wanted.weight) {
            script_weight_ = v.weight;
            aim();
        }
    }
    if (now() != before) since_ = means_.loop.now();
    if (now() != before || share_ != share_before) changed_();
}

/// Proves nothing about the server, whose state stays; writes one log line per episode.
void monitor::task::cannot_be_made(const std::string& why) {
    ++means_.figures.unable;
    const clock::time_point before = std::exchange(unable_at_, means_.loop.now());
    if (why == told_unable_ && unable_at_ - before < unable_episode) return;
    told_unable_ = why;
    means_.to.tell(telling::unable,
                   fmt::format("service {}: {}: {}: {}", target_.service,
                               with_word(target_.word, to_string(target_.address, target_.port)),
                               config::to_string(check_->wanted.type), why));
}

/// An agent's words take effect at once. An agent that is silent for `fall` turns loses its
/// influence.
void monitor::task::hear_agent(const verdict& v) {
    if (v.agent) agent_.take(*v.agent);
    if (v.what == outcome::good || v.agent) {
        silent_ = 0;
        judge_ = judge(check_->wanted.fall, 1, standing::up);
    } else {
        ++silent_;
        switch (check_->wanted.silent) {
        case config::silence::down:
            judge_.take(false);
            break;
        case config::silence::forget:
            if (silent_ >= check_->wanted.fall) agent_.percent = agent_.weight = std::nullopt;
            [[fallthrough]];
        case config::silence::keep:
            // An agent that never spoke takes no server down.
            if (judge_.now() == standing::unknown)
                judge_ = judge(check_->wanted.fall, 1, standing::up);
        }
    }
    aim();
}

/// Moves the share to what the answers ask for; smoothing keeps part of the old one.
void monitor::task::aim() {
    const config::check& c = check_->wanted;
    const auto configured = static_cast<unsigned>(std::max(weight_, 0));
    if (configured == 0) return;
    if (c.type != check_type::agent) {
        share_ = script_weight_ ? static_cast<double>(*script_weight_) / configured : 1;
        return;
    }
    double wanted = static_cast<double>(agent_.wanted(configured)) / configured;
    // Keep a share as the agent gave it: an operator may change the weight, which is scaled.
    if (agent_.percent && *agent_.percent <= 100) wanted = *agent_.percent / 100.0;
    if (wanted > 0) wanted = std::max(wanted, c.floor / 100.0);
    if (agent_.admin == agent_admin::drain) wanted = 0;
    const double kept = c.smoothing / 100.0;
    constexpr double near = 0.005;
    const double smoothed = share_ * kept + wanted * (1 - kept);
    share_ = wanted == 0 || std::abs(smoothed - wanted) < near ? wanted : smoothed;
}

void monitor::task::show(check_info& into) const {
    into.port = target_.port;
    into.type = config::to_string(check_->wanted.type);
    into.asked = target_.asked();
    into.state = now() == standing::up ? "up" : now() == standing::down ? "down" : "unknown";
    into.answer = waits_ ? "waits for its turn: too many programs run" : answer_;
    into.since = std::chrono::duration_cast<std::chrono::seconds>(means_.loop.now() - since_);
    into.latency = latency_;
    into.share = share_;
}

} // namespace weir::health
