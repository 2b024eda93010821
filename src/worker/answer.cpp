// What weir answers itself: ARP, neighbour solicitation and ping for its VIPs, resets.

#include <array>
#include <cstring>

#include "worker/worker.h"

namespace weir {

namespace {

/// Answers of our own per worker and second, as Linux's net.ipv4.icmp_msgs_per_sec.
constexpr unsigned answers_per_second = 1000;

} // namespace

void worker::answer_arp(packet& p) noexcept {
    const auto* const arp = reinterpret_cast<const arp_header*>(p.frame() + p.view.l3);
    if (arp->operation.host() != 1 || !rules_->is_vip(ip_address::v4(arp->target)))
        return to_twin(p);
    turn_arp(p.frame(), p.view, rules_->ports()[p.port].mac);
    send_back(p);
}

void worker::answer_solicitation(packet& p) noexcept {
    const ip_address target = ip_address::v6(p.frame() + p.view.l4 + sizeof(icmp_header));
    if (!rules_->is_vip(target)) return to_twin(p);
    // The answer may be longer than the question: make room for all of it, then give back the rest.
    const auto most = static_cast<std::uint16_t>(p.view.l3 + 72);
    if (p.m->data_len < most
        && rte_pktmbuf_append(p.m, static_cast<std::uint16_t>(most - p.m->data_len)) == nullptr)
        return drop(p, drop_reason::no_buffer);
    const std::size_t length = turn_solicitation(p.frame(), p.view, rules_->ports()[p.port].mac);
    if (p.m->data_len > length)
        rte_pktmbuf_trim(p.m, static_cast<std::uint16_t>(p.m->data_len - length));
    send_back(p);
}

void worker::answer_echo(packet& p) noexcept {
    if (!rules_->is_vip(p.view.key.destination)) return to_twin(p);
    turn_echo(p.frame(), p.view);
    send_back(p);
}

void worker::reset(packet& p) noexcept {
    if (!may_generate()) return;
    std::array<std::byte, answer_room> answer;
    const std::size_t length = make_reset(p.bytes(), p.view, answer);
    send_generated(p, {answer.data(), length});
}

bool worker::may_generate() noexcept {
    if (answers_second_ != now_) {
        answers_second_ = now_;
        answers_ = 0;
    }
    return answers_++ < answers_per_second;
}

/// Sends a frame of our own about a packet back to where that came from.
void worker::send_generated(const packet& about, std::span<const std::byte> frame) noexcept {
    if (frame.empty()) return;
    rte_mbuf* const m = rte_pktmbuf_alloc(state_.packets);
    char* const room =
        m == nullptr ? nullptr : rte_pktmbuf_append(m, static_cast<std::uint16_t>(frame.size()));
    if (room == nullptr) {
        rte_pktmbuf_free(m);
        books_.generated_lost.add();
        return;
    }
    std::memcpy(room, frame.data(), frame.size());
    out_.send(m, rules_->ports()[about.port].device, packet_origin::generated);
}

} // namespace weir
