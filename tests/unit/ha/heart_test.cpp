// The heart in simulated time: what it puts into the workers' letterboxes, what it makes of what is
// in them, and what it lets workers hold.

#include <gtest/gtest.h>

#include <algorithm>

#include "ha/heart.h"

namespace weir::ha {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t second = 1'000'000'000; // a tick is a nanosecond

ip_address ip(const char* text) {
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

    void turn(std::uint64_t now) {
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
    std::array<std::atomic<bool>, 2> links{};
    std::array<std::uint64_t, 2> turns{}; ///< of its workers
    std::array<bool, 2> hangs{};
    static constexpr std::uint64_t begin = 5 * second;
    heart beats;
    std::vector<notice> story;
};

/// One or two of them on a link; their workers take letters every millisecond.
struct site {
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
            letter* const to = d->boxes[1]->received.room();
            ASSERT_NE(to, nullptr);
            to->time = now;
            to->port = l.port;
            to->from = from.mac();
            to->length = static_cast<std::uint16_t>(l.length - at);
            std::copy_n(l.bytes.begin() + static_cast<std::ptrdiff_t>(at), to->length,
                        to->bytes.begin());
            if (spoil) to->bytes[26] ^= std::byte{1};
            d->boxes[1]->received.put();
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

TEST(heart, advertises_announces_and_holds_when_no_other_does) {
    director a("192.0.2.2");
    site s{{&a}};
    a.publish(a.group_of(200));
    s.pass(20ms);
    EXPECT_FALSE(a.held.holds(1, s.now));
    s.pass(30ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
    EXPECT_FALSE(a.held.holds(2, s.now));
    ASSERT_EQ(a.story.size(), 2U);
    EXPECT_EQ(a.story[0].change.to, state::backup);
    EXPECT_EQ(a.story[1].change.to, state::active);
    EXPECT_EQ(a.story[1].group, 1);
    s.advertised = 0;
    s.pass(1s);
    EXPECT_NEAR(s.advertised, 100, 1);
    // At most three intervals from the last one.
    EXPECT_TRUE(a.held.holds(1, s.now + 15 * second / 1000));
    EXPECT_FALSE(a.held.holds(1, s.now + 31 * second / 1000));
}

TEST(heart, holds_nothing_once_its_worker_takes_no_letters) {
    director a("192.0.2.2");
    site s{{&a}};
    a.publish(a.group_of(200));
    s.pass(100ms);
    ASSERT_TRUE(a.held.holds(1, s.now));
    s.polls = false;
    s.pass(50ms);
    EXPECT_FALSE(a.held.holds(1, s.now));
    EXPECT_EQ(a.story.back().change.why, event::lapsed);
    s.polls = true;
    const letter* const stale = a.boxes[0]->to_send.front();
    ASSERT_NE(stale, nullptr);
    EXPECT_LT(stale->time, s.now); // not to be sent any more
}

TEST(heart, of_two_one_holds_and_the_other_takes_over) {
    director a("192.0.2.2");
    director b("192.0.2.3");
    site s{{&a, &b}};
    a.publish(a.group_of(200));
    b.publish(b.group_of(199));
    s.pass(500ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
    EXPECT_FALSE(b.held.holds(1, s.now));
    s.all = {&b};
    s.pass(40ms);
    EXPECT_TRUE(b.held.holds(1, s.now));
    EXPECT_EQ(b.story.back().change.why, event::silence);
    // The first one, which was stopped, finds itself late.
    s.all = {&a, &b};
    EXPECT_FALSE(a.held.holds(1, s.now));
    s.pass(2ms);
    EXPECT_EQ(a.story.back().change.why, event::lapsed);
    s.pass(1s);
    EXPECT_TRUE(a.held.holds(1, s.now));
    EXPECT_FALSE(b.held.holds(1, s.now));
}

TEST(heart, leaves_once_the_other_speaks_and_begins_nothing_more) {
    director a("192.0.2.2");
    director b("192.0.2.3");
    site s{{&a, &b}};
    a.publish(a.group_of(200));
    b.publish(b.group_of(199));
    s.pass(500ms);
    a.beats.ask({request::what::leave, 0});
    s.pass(1ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
    s.pass(20ms);
    EXPECT_FALSE(a.held.holds(1, s.now));
    EXPECT_TRUE(b.held.holds(1, s.now));
    EXPECT_EQ(a.story.back().change.to, state::initialize);
    a.publish(a.group_of(200), a.group_of(200, 1, 2));
    s.pass(1s);
    EXPECT_FALSE(a.held.holds(1, s.now));
    EXPECT_FALSE(a.held.holds(2, s.now));
}

TEST(heart, passes_packets_both_ways_while_a_group_changes_hands) {
    director a("192.0.2.2");
    director b("192.0.2.3");
    site s{{&a, &b}};
    a.publish(a.group_of(200));
    b.publish(b.group_of(199));
    s.pass(5s);
    EXPECT_EQ(a.successor(s.now), a.mac());
    EXPECT_EQ(b.successor(s.now), b.mac());
    // By an operator's word, and back by preemption.
    a.beats.ask({request::what::yield, 1});
    s.pass(100ms);
    ASSERT_TRUE(b.held.holds(1, s.now));
    EXPECT_EQ(a.successor(s.now), b.mac());
    EXPECT_EQ(b.successor(s.now), a.mac());
    s.pass(2s);
    EXPECT_EQ(a.successor(s.now), a.mac());
    EXPECT_EQ(b.successor(s.now), b.mac());
    b.publish(b.group_of(100)); // any change of priority
    a.publish(a.group_of(201));
    b.beats.ask({request::what::yield, 1});
    s.pass(100ms);
    ASSERT_TRUE(a.held.holds(1, s.now));
    EXPECT_EQ(a.successor(s.now), b.mac());
    EXPECT_EQ(b.successor(s.now), a.mac());
    // A plan that comes meanwhile changes nothing.
    a.publish(a.group_of(202));
    s.pass(10ms);
    EXPECT_EQ(a.successor(s.now), b.mac());
}

TEST(heart, passes_no_packet_to_the_dead_and_none_that_is_old) {
    director a("192.0.2.2");
    director b("192.0.2.3");
    site s{{&a, &b}};
    a.publish(a.group_of(200));
    b.publish(b.group_of(199));
    s.pass(5s);
    s.all = {&b}; // a is stopped
    s.pass(200ms);
    ASSERT_TRUE(b.held.holds(1, s.now));
    EXPECT_EQ(b.successor(s.now), b.mac());
    s.all = {&a, &b}; // and goes on
    s.pass(5ms);
    ASSERT_FALSE(a.held.holds(1, s.now));
    EXPECT_EQ(a.successor(s.now), a.mac());
    s.pass(60ms); // takes the group back from one that lives
    ASSERT_TRUE(a.held.holds(1, s.now));
    EXPECT_EQ(a.successor(s.now), b.mac());
    EXPECT_EQ(b.successor(s.now), a.mac());
}

TEST(heart, hands_one_group_over_when_asked) {
    director a("192.0.2.2");
    director b("192.0.2.3");
    site s{{&a, &b}};
    a.publish(a.group_of(200), a.group_of(200, 1, 2));
    b.publish(b.group_of(199), b.group_of(199, 1, 2));
    s.pass(500ms);
    a.beats.ask({request::what::yield, 2});
    s.pass(1s);
    EXPECT_TRUE(a.held.holds(1, s.now));
    EXPECT_FALSE(a.held.holds(2, s.now));
    EXPECT_TRUE(b.held.holds(2, s.now));
}

TEST(heart, goes_on_through_another_plan_and_gives_up_what_is_gone) {
    director a("192.0.2.2");
    site s{{&a}};
    a.publish(a.group_of(200), a.group_of(200, 1, 2));
    s.pass(500ms);
    const std::size_t before = a.story.size();
    a.publish(a.group_of(150));
    s.advertised = 0;
    s.pass(1ms);
    EXPECT_EQ(s.advertised, 1U); // the resignation of group 2, and maybe a beat
    s.pass(100ms);
    EXPECT_EQ(a.story.size(), before);
    EXPECT_TRUE(a.held.holds(1, s.now));
    EXPECT_FALSE(a.held.holds(2, s.now));
    // Plans that come faster than turns.
    a.publish(a.group_of(151));
    a.publish(a.group_of(152));
    s.pass(100ms);
    a.publish(a.group_of(153));
    s.pass(100ms);
    EXPECT_EQ(a.story.size(), before);
    EXPECT_TRUE(a.held.holds(1, s.now));
}

TEST(heart, announces_in_rounds_that_hold_up_no_advertisement) {
    director a("192.0.2.2");
    site s{{&a}};
    a.publish(a.group_of(200, 1000));
    s.pass(45ms);
    s.advertised = 0;
    s.pass(1s);
    EXPECT_NEAR(s.advertised, 100, 1);
    EXPECT_LE(s.most, 17U);
    EXPECT_GE(s.announced, 2000U); // a round at once, the next after 200 ms
    s.pass(10s);
    EXPECT_EQ(s.announced, 4000U);
    s.pass(60s);
    EXPECT_EQ(s.announced, 5000U); // refreshed each minute
}

TEST(heart, gives_up_without_link_and_without_address) {
    director a("192.0.2.2");
    site s{{&a}};
    group_plan g = a.group_of(200);
    a.publish(g);
    s.pass(100ms);
    a.links[0] = false;
    s.pass(1ms);
    EXPECT_FALSE(a.held.holds(1, s.now));
    EXPECT_EQ(a.story.back().change.to, state::fault);
    a.links[0] = true;
    s.pass(100ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
    g.routers[0].source = {};
    a.publish(g);
    s.pass(2ms);
    EXPECT_EQ(a.story.back().change.to, state::fault);
}

TEST(heart, counts_what_it_refuses) {
    director a("192.0.2.2");
    director b("192.0.2.3");
    site s{{&a, &b}};
    group_plan of_a = a.group_of(200);
    group_plan of_b = b.group_of(199);
    of_b.routers[0].form = vrrp_checksum::pseudo;
    of_b.routers[0].learns_form = false;
    of_b.routers[0].advertised.push_back(ip("203.0.113.1"));
    a.publish(of_a);
    b.publish(of_b);
    s.spoil = true;
    s.pass(200ms);
    EXPECT_TRUE(a.held.holds(1, s.now) && b.held.holds(1, s.now));
    const auto checksum = static_cast<std::size_t>(vrrp_fault::checksum);
    EXPECT_GT(of_a.routers[0].counts->faults[checksum].get(), 10U);
    s.spoil = false;
    s.pass(50ms);
    EXPECT_GT(of_a.routers[0].counts->other_addresses.get(), 0U);
    EXPECT_GT(of_a.routers[0].counts->pseudo.get(), 0U);
    EXPECT_GT(of_a.counts->splits.get(), 0U);
    // It answers in the form it heard.
    s.pass(50ms);
    EXPECT_GT(of_b.routers[0].counts->pseudo.get(), 0U);
    EXPECT_TRUE(a.held.holds(1, s.now));
    EXPECT_FALSE(b.held.holds(1, s.now));
}

TEST(heart, speaks_to_its_peers_alone_when_they_are_given) {
    director a("192.0.2.2");
    director b("192.0.2.3");
    site s{{&a, &b}};
    group_plan of_a = a.group_of(200);
    group_plan of_b = b.group_of(199);
    of_a.routers[0].unicast = {ip("192.0.2.3")};
    of_b.routers[0].unicast = {ip("192.0.2.2")};
    a.publish(of_a);
    b.publish(of_b);
    s.pass(200ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
    EXPECT_FALSE(b.held.holds(1, s.now));
    of_b.routers[0].unicast = {ip("192.0.2.4")};
    b.publish(of_b);
    s.pass(100ms);
    EXPECT_GT(of_b.routers[0].counts->strangers.get(), 0U);
    EXPECT_TRUE(b.held.holds(1, s.now));
}

TEST(heart, follows_orders_in_its_next_turns) {
    director a("192.0.2.2");
    director b("192.0.2.3");
    site s{{&a, &b}};
    const group_plan of_a = a.group_of(200);
    const group_plan of_b = b.group_of(199);
    a.publish(of_a);
    b.publish(of_b);
    s.pass(200ms);
    ASSERT_TRUE(a.held.holds(1, s.now));
    of_a.orders->adjustment = -50;
    s.pass(100ms);
    EXPECT_EQ(of_a.counts->priority.load(), 150);
    EXPECT_TRUE(b.held.holds(1, s.now)) << "b is better now";
    EXPECT_FALSE(a.held.holds(1, s.now));
    of_a.orders->adjustment = 0;
    s.pass(100ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
    of_a.orders->adjustment = +10;
    a.publish(of_a); // a plan begins with the priority of its file
    s.pass(20ms);
    EXPECT_EQ(of_a.counts->priority.load(), 210);
    of_a.orders->fault = true;
    s.pass(20ms);
    EXPECT_EQ(of_a.counts->now.load(), state::fault);
    EXPECT_TRUE(b.held.holds(1, s.now));
    EXPECT_EQ(a.story.back().change.why, event::broken);
    of_a.orders->fault = false;
    s.pass(100ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
}

TEST(heart, waits_at_its_start_as_long_as_it_is_told) {
    director a("192.0.2.2");
    director b("192.0.2.3");
    site s{{&a, &b}};
    const group_plan of_a = a.group_of(200);
    const group_plan of_b = b.group_of(199);
    of_a.orders->waits = true;
    of_a.orders->may_preempt = false;
    a.publish(of_a);
    s.pass(300ms);
    EXPECT_EQ(of_a.counts->now.load(), state::backup);
    b.publish(of_b);
    s.pass(200ms);
    EXPECT_TRUE(b.held.holds(1, s.now));
    of_a.orders->waits = false;
    s.pass(200ms);
    EXPECT_FALSE(a.held.holds(1, s.now)) << "it may not take it from b yet";
    of_a.orders->may_preempt = true;
    s.pass(100ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
}

TEST(heart, waits_no_longer_when_the_active_one_gives_up) {
    director a("192.0.2.2");
    director b("192.0.2.3");
    site s{{&a, &b}};
    const group_plan of_a = a.group_of(200);
    b.publish(b.group_of(199));
    s.pass(100ms);
    ASSERT_TRUE(b.held.holds(1, s.now));
    of_a.orders->waits = true;
    of_a.orders->may_preempt = false;
    a.publish(of_a);
    s.pass(100ms);
    b.beats.ask({request::what::leave, 0});
    s.pass(20ms);
    EXPECT_TRUE(a.held.holds(1, s.now));
}

TEST(heart, holds_nothing_while_a_worker_misses_its_deadline) {
    director a("192.0.2.2");
    site s{{&a}};
    const group_plan of_a = a.group_of(200);
    a.publish(of_a);
    a.beats.set_deadline(100ms);
    s.pass(200ms);
    ASSERT_TRUE(a.held.holds(1, s.now));
    EXPECT_EQ(a.beats.stalled(), -1);
    s.now += second; // the whole process was stopped
    s.pass(90ms);
    EXPECT_EQ(a.beats.stalled(), -1) << "the heart's own delay is no worker's";
    a.hangs[1] = true; // not the one that sends for port 0
    s.pass(95ms);
    EXPECT_EQ(a.beats.stalled(), -1);
    s.pass(10ms);
    EXPECT_EQ(a.beats.stalled(), 1);
    EXPECT_EQ(of_a.counts->now.load(), state::fault);
    a.hangs[1] = false;
    s.pass(100ms);
    EXPECT_EQ(a.beats.stalled(), -1);
    EXPECT_TRUE(a.held.holds(1, s.now));
    a.hangs[0] = a.hangs[1] = true;
    a.beats.set_deadline(0ns);
    s.pass(300ms);
    EXPECT_EQ(a.beats.stalled(), -1) << "without a deadline";
}

TEST(heart, notes_how_late_it_is) {
    director a("192.0.2.2");
    site s{{&a}};
    a.publish(a.group_of(200));
    s.pass(100ms);
    EXPECT_GE(a.beats.lateness()[0] + a.beats.lateness()[1], 90U);
    s.now += second / 10;
    s.pass(1ms);
    EXPECT_EQ(a.beats.lateness()[17], 1U); // 65 to 131 ms
}

} // namespace
} // namespace weir::ha
