#pragma once

// Hearts in simulated time, on one link.

#include <gtest/gtest.h>

#include <algorithm>

#include "ha/heart.h"

namespace weir::ha {

using namespace std::chrono_literals;

inline constexpr std::uint64_t second = 1'000'000'000; // a tick is a nanosecond

inline ip_address ip(const char* text) {
    return parse_address(text).value();
}

/// One director: its heart, and two workers that do what the test says.
struct director {
    explicit director(const char* address)
        : source(ip(address)), boxes{new letterbox, new letterbox},
          beats({.held = &held,
                 .passes = &passes,
                 .boxes = boxes,
                 .links = links,
                 .ticks_per_second = second,
                 .begin = begin,
                 .step = &with_peers,
                 .progress =
                     [](const void* of, unsigned w) noexcept {
                         return static_cast<const director*>(of)->turns[w];
                     },
                 .progress_of = this}) {
        links[0] = links[1] = true;
    }
    ~director() {
        for (letterbox* box : boxes)
            delete box;
    }
    director(const director&) = delete;
    director& operator=(const director&) = delete;

    mac_address mac() const {
        return {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(source.low >> 56)}};
    }
    /// To whom packets of group 1 are passed; this one itself: to nobody.
    mac_address successor(std::uint64_t now) const {
        mac_address to = mac();
        return passes.is_under_way(now) && passes.find(1, 0, to) ? to : mac();
    }
    /// A group of one router on port 0, with so many addresses from 198.51.100.0 on.
    group_plan group_of(std::uint8_t priority, unsigned addresses = 1, group_id id = 1) const {
        group_settings settings;
        settings.priority = priority;
        settings.interval = 10ms;
        router_plan r;
        r.name = "r" + std::to_string(id);
        r.mac = mac();
        r.id = static_cast<std::uint8_t>(50 + id);
        r.source = source;
        for (unsigned i = 0; i < addresses; ++i)
            r.announced.push_back(ip_address::v4(198, 51, static_cast<std::uint8_t>(i / 256),
                                                 static_cast<std::uint8_t>(i % 256)));
        r.advertised.assign(r.announced.begin(), r.announced.begin() + 1);
        return {"g" + std::to_string(id), id, group(settings, {router{.source = source}}), {r}};
    }

    template <typename... Groups>
    void publish(const Groups&... groups) {
        auto p = std::make_unique<plan>();
        (p->groups.push_back(groups), ...);
        beats.publish(std::move(p));
    }

    /// Worker 1 polls.
    void receive(std::uint64_t now) {
        for (letter& l : in_card) {
            letter* const to = boxes[1]->received.room();
            ASSERT_NE(to, nullptr);
            l.time = now;
            *to = l;
            boxes[1]->received.put();
        }
        in_card.clear();
    }

    void turn(std::uint64_t now) {
        if (!hangs[1]) receive(now);
        for (std::size_t w = 0; w < turns.size(); ++w)
            if (!hangs[w]) ++turns[w];
        beats.turn(now);
        notice n;
        while (beats.next_notice(n))
            story.push_back(n);
    }

    ip_address source;
    std::vector<letterbox*> boxes;
    lease held;
    succession passes;
    agreement with_peers;
    std::array<std::atomic<bool>, 2> links{};
    std::array<std::uint64_t, 2> turns{}; ///< of its workers
    std::array<bool, 2> hangs{};
    std::vector<letter> in_card; ///< received, and not polled yet
    static constexpr std::uint64_t begin = 5 * second;
    heart beats;
    std::vector<notice> story;
};

/// One or two of them on a link; their workers take letters every millisecond.
struct heart_site {
    void pass(nanoseconds time) {
        for (const std::uint64_t end = now + static_cast<std::uint64_t>(time.count()); now < end;) {
            now += second / 1000;
            for (director* d : all)
                d->turn(now);
            for (director* d : all)
                if (polls) take(*d);
        }
    }

    void take(director& from) {
        for (letterbox* box : from.boxes) {
            unsigned frames = 0;
            while (const letter* const l = box->to_send.front()) {
                EXPECT_GT(l->time, now);
                deliver(from, *l);
                box->to_send.done();
                ++frames;
            }
            most = std::max(most, frames);
        }
    }

    void deliver(const director& from, const letter& l) {
        const auto& ether = header_at<ether_header>(l.bytes.data(), 0);
        if (l.what == letter::content::frame && ether.type != ether_type_of(false)) {
            ++announced;
            EXPECT_EQ(l.length, sizeof(ether_header) + sizeof(arp_header));
            EXPECT_EQ(ether.destination, mac_address::broadcast());
            return;
        }
        const std::size_t at = l.what == letter::content::frame ? sizeof(ether_header) : 0;
        if (at != 0) {
            EXPECT_EQ(ether.destination, vrrp_group_mac(false));
        }
        ++advertised;
        for (director* d : all) {
            if (d == &from) continue;
            letter received;
            received.port = l.port;
            received.from = from.mac();
            received.length = static_cast<std::uint16_t>(l.length - at);
            std::copy_n(l.bytes.begin() + static_cast<std::ptrdiff_t>(at), received.length,
                        received.bytes.begin());
            if (spoil) received.bytes[26] ^= std::byte{1};
            d->in_card.push_back(received);
            if (!d->hangs[1]) d->receive(now);
        }
    }

    std::vector<director*> all;
    std::uint64_t now = director::begin;
    bool polls = true;
    bool spoil = false;
    unsigned advertised = 0;
    unsigned announced = 0;
    unsigned most = 0; ///< letters that one worker found at once
};

/// The usual site.
class two_hearts : public testing::Test {
protected:
    director a{"192.0.2.2"};
    director b{"192.0.2.3"};
    heart_site s{{&a, &b}};
};

} // namespace weir::ha
