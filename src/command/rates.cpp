#include "command/rates.h"

namespace weir::command {

namespace {

/// Moves `rate`, in fixed point with `places`, a quarter of the way to `grown` in 2 seconds.
void approach(std::uint64_t& rate, std::uint64_t grown, unsigned places) noexcept {
    const auto measured = static_cast<std::int64_t>(grown << (places - 1));
    rate += static_cast<std::uint64_t>((measured - static_cast<std::int64_t>(rate)) >> 2);
}

/// The kernel rounds just below one half down: (rate + 0x1ff) >> 10.
std::uint64_t whole(std::uint64_t rate, unsigned places) noexcept {
    return (rate + (std::uint64_t{1} << (places - 1)) - 1) >> places;
}

constexpr unsigned packet_places = 10;
constexpr unsigned byte_places = 5;

bool went_back(const server_totals& now, const server_totals& last) noexcept {
    return now.connections < last.connections || now.in_packets < last.in_packets
           || now.in_bytes < last.in_bytes || now.out_packets < last.out_packets
           || now.out_bytes < last.out_bytes;
}

} // namespace

void estimator::sample(const server_totals& now) noexcept {
    if (went_back(now, last_)) *this = {};
    approach(connections_, now.connections - last_.connections, packet_places);
    approach(in_packets_, now.in_packets - last_.in_packets, packet_places);
    approach(out_packets_, now.out_packets - last_.out_packets, packet_places);
    approach(in_bytes_, now.in_bytes - last_.in_bytes, byte_places);
    approach(out_bytes_, now.out_bytes - last_.out_bytes, byte_places);
    last_ = now;
}

rate_info estimator::read() const noexcept {
    return {whole(connections_, packet_places), whole(in_packets_, packet_places),
            whole(out_packets_, packet_places), whole(in_bytes_, byte_places),
            whole(out_bytes_, byte_places)};
}

rates::rates(loop::event_loop& loop, const director_view& view)
    : loop_(loop), view_(view), timer_(loop.every(period / turns, [this] { turn(); })) {}

rates::~rates() {
    loop_.cancel(timer_);
}

rate_info rates::of_service(const std::string& name) const {
    const auto found = services_.find(name);
    return found == services_.end() ? rate_info{} : found->second.estimate.read();
}

rate_info rates::of_server(target_id id) const {
    const auto found = servers_.find(id);
    return found == servers_.end() ? rate_info{} : found->second.estimate.read();
}

void rates::turn() {
    const std::size_t count = view_.service_count() + view_.removed_count();
    const std::size_t end = count * (turn_ + 1) / turns;
    for (std::size_t i = count * turn_ / turns; i < end; ++i) {
        view_.service(i, buffer_);
        entry& service = services_[buffer_.name];
        service.estimate.sample(buffer_.totals);
        service.round = round_;
        for (const server_info& info : buffer_.servers) {
            entry& server = servers_[info.id];
            server.estimate.sample(info.totals);
            server.round = round_;
        }
    }
    if (++turn_ < turns) return;
    turn_ = 0;
    forget_gone();
    ++round_;
}

void rates::forget_gone() {
    // A reload in mid-round may have moved a service past its turn, so one missed round proves
    // nothing.
    const auto gone = [this](const auto& item) { return round_ - item.second.round > 1; };
    std::erase_if(services_, gone);
    std::erase_if(servers_, gone);
}

} // namespace weir::command
