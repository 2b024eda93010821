#include "soak_operator.h"

#include <array>
#include <chrono>
#include <string>

namespace weir::bench {

namespace {

constexpr auto between_chores = std::chrono::milliseconds(1);
constexpr unsigned chores_per_change = 50;
constexpr std::array schedulers{"wlc", "rr", "mh", "wrr", "lc", "wrh"};

} // namespace

soak_operator::soak_operator(testbed& bed, soak_rules& rules, unsigned servers, unsigned spare)
    : bed_(bed), rules_(rules), wanted_(bed.first_services()), next_(servers),
      end_(servers + spare), thread_([this] { run(); }) {}

soak_operator::~soak_operator() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
}

void soak_operator::stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    if (broken_) std::rethrow_exception(broken_);
}

void soak_operator::run() {
    try {
        for (unsigned turn = 0; !stop_; ++turn) {
            tend();
            if (turn % chores_per_change == 0) change();
            std::this_thread::sleep_for(between_chores);
        }
        while (!bed_.plane().bin().empty())
            tend();
    } catch (...) {
        broken_ = std::current_exception();
    }
}

void soak_operator::change() {
    config::service& service = wanted_[random_() % wanted_.size()];
    config::server& server = service.servers[random_() % service.servers.size()];
    switch (random_() % 7) {
    case 0:
    case 1: // drains in the file, or the reverse
        if (server.weight == 0) return open(server, 1);
        server.weight = 0;
        ++drains_;
        reload();
        return close(tag_of(server.address));
    case 2:
        return drain_by_hand(service, server);
    case 3:
        return replace(server);
    case 4:
        if (server.weight != 0) server.weight = static_cast<std::int32_t>(1 + random_() % 100);
        return reload();
    case 5:
        service.scheduler = schedulers[random_() % schedulers.size()];
        return reload();
    default: // the same file again
        return reload();
    }
}

void soak_operator::reload() {
    bed_.apply(wanted_);
    ++reloads_;
}

/// New connections may go there from now on.
void soak_operator::open(config::server& server, std::int32_t weight) {
    const server_tag tag = tag_of(server.address);
    std::erase(pending_, tag);
    rules_.expected_of(tag).closed_since = 0;
    server.weight = weight;
    reload();
}

/// `weirctl drain`: lasts until the file gives another weight.
void soak_operator::drain_by_hand(const config::service& service, const config::server& server) {
    if (server.weight == 0) return;
    plane::known_service* const known = bed_.services().find(service.name);
    plane::known_server* const there =
        plane::running_services::find_server(*known, to_string(server.address));
    bed_.plane().set_weight(*known, *there, 0);
    bed_.plane().publish();
    ++drains_;
    // The file must later change something about it.
    for (config::service& s : wanted_)
        for (config::server& w : s.servers)
            if (w.address == server.address) w.weight = 0;
    close(tag_of(server.address));
}

/// Puts another server in its place; its own connections go on during its drain time.
void soak_operator::replace(config::server& server) {
    unsigned number = 0;
    if (!take_unused(number)) return;
    const server_tag before = tag_of(server.address);
    rules_.expected_of(before).removed_since = rte_rdtsc();
    left_.push_back(before - 1u);
    server = {};
    server.address = bed_.server_address(number);
    server_expectation& expected = rules_.expected_of(testbed::server_tag(number));
    expected.closed_since = 0;
    expected.removed_since = 0;
    expected.gone_since = 0;
    reload();
    ++removed_;
    close(before);
}

/// The server removed longest ago if nothing is left of it, else a new one.
bool soak_operator::take_unused(unsigned& number) {
    if (!left_.empty() && !is_known(bed_.server_address(left_.front()))) {
        number = left_.front();
        left_.pop_front();
        std::erase(pending_, testbed::server_tag(number));
        return true;
    }
    if (next_ == end_) return false;
    number = next_++;
    return true;
}

/// The periodic work of the control core.
void soak_operator::tend() {
    bed_.plane().publish();
    if (bed_.plane().bin().empty()) {
        for (const server_tag server : pending_)
            rules_.expected_of(server).closed_since = rte_rdtsc();
        pending_.clear();
    }
    bed_.plane().tend_removed({.others = drain_timeout, .udp = drain_timeout});
    bed_.services().for_each_server([this](const plane::known_server& server) {
        server_expectation& expected = rules_.expected_of(tag_of(server.address));
        if (expected.gone_since == 0
            && bed_.state().servers->target(server.id).lost.load() != lost_flows::none)
            expected.gone_since = rte_rdtsc();
    });
}

bool soak_operator::is_known(const ip_address& address) const {
    bool known = false;
    bed_.services().for_each_server([&](const plane::known_server& server) {
        if (server.address == address) known = true;
    });
    return known;
}

} // namespace weir::bench
