// VIPs on the links: all of them, on every port, each once, and never more at a time than the rings
// to the workers take.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "director/announcer.h"
#include "net/answer_link.h"
#include "unit/wound_loop.h"

namespace weir::director {
namespace {

const std::vector<mac_address> ports{*parse_mac("02:00:00:00:00:01"),
                                     *parse_mac("02:00:00:00:00:02")};

std::vector<config::service> services(unsigned first, unsigned count) {
    std::vector<config::service> all(count);
    for (unsigned n = 0; n < count; ++n) {
        const unsigned number = first + n;
        const ip_address v4 = ip_address::v4(be32::from_host(0xc6336400 + number)); // 198.51.100.0
        const ip_address v6{parse_address("2001:db8::")->high, number + std::uint64_t{1}};
        all[n].listen = {{number < 256 && number % 2 == 0 ? v4 : v6, 80}};
    }
    return all;
}

class links {
public:
    links()
        : announcer_(at_.loop, ports, [this](port_id port, std::span<const std::byte> frame) {
              ++seen_[port][{reinterpret_cast<const char*>(frame.data()), frame.size()}];
              ++in_turn_;
              ++sent_;
              most_in_turn_ = std::max(most_in_turn_, in_turn_);
          }) {
        at_.loop.always([this] {
            in_turn_ = 0;
            return false;
        });
    }

    void announce(const std::vector<config::service>& services) { announcer_.announce(services); }
    void link_up(port_id port) { announcer_.announce_on(port); }
    void run_until(std::size_t frames) {
        at_.until([&] { return sent_ >= frames; });
    }
    int times(std::size_t port, const ip_address& vip) {
        std::array<std::byte, announcement_room> frame;
        const std::size_t length = make_announcement(vip, ports[port], 0, frame);
        return seen_[port][{reinterpret_cast<const char*>(frame.data()), length}];
    }
    int probes(std::size_t port, const ip_address& vip) {
        std::array<std::byte, announcement_room> frame;
        const std::size_t length = make_probe(vip, ports[port], frame);
        return seen_[port][{reinterpret_cast<const char*>(frame.data()), length}];
    }
    std::size_t sent() const { return sent_; }
    std::size_t most_in_turn() const { return most_in_turn_; }

private:
    wound_loop at_;
    std::map<std::size_t, std::map<std::string, int>> seen_;
    std::size_t sent_ = 0;
    std::size_t in_turn_ = 0;
    std::size_t most_in_turn_ = 0;
    announcer announcer_;
};

TEST(announcer, tells_of_ten_thousand_services_a_burst_at_a_time) {
    links l;
    auto all = services(0, 10'000);
    all.push_back(all.front()); // a second service at a VIP
    l.announce(all);
    EXPECT_LE(l.sent(), announcer::burst);
    l.run_until(40'000);
    EXPECT_EQ(l.sent(), 40'000u) << "and each is asked for first";
    EXPECT_LE(l.most_in_turn(), announcer::burst);
    for (std::size_t port = 0; port < ports.size(); ++port)
        for (const config::service& s : all)
            ASSERT_EQ(l.times(port, s.listen.front().address), 1)
                << to_string(s.listen.front().address) << " on port " << port;
}

TEST(announcer, a_new_list_replaces_one_under_way_and_goes_on_where_it_was) {
    links l;
    l.announce(services(0, 1000));
    const std::size_t before = l.sent();
    // Reloads come faster than a list passes: each VIP has its turn all the same.
    for (std::size_t rounds = 1; rounds <= 16; ++rounds) {
        l.run_until(before + rounds * announcer::burst);
        l.announce(services(0, 1000));
    }
    for (std::size_t port = 0; port < ports.size(); ++port)
        for (const config::service& s : services(0, 1000))
            ASSERT_GE(l.times(port, s.listen.front().address), 1);
    l.announce(services(2000, 10));
    l.run_until(l.sent() + 40);
    EXPECT_EQ(l.times(1, services(2009, 1).front().listen.front().address), 1);
}

TEST(announcer, a_port_whose_link_comes_up_hears_all_again) {
    links l;
    l.announce(services(0, 1000));
    l.run_until(4000);
    l.link_up(1);
    l.run_until(6000);
    EXPECT_EQ(l.sent(), 6000u);
    for (const config::service& s : services(0, 1000)) {
        ASSERT_EQ(l.times(0, s.listen.front().address), 1);
        ASSERT_EQ(l.times(1, s.listen.front().address), 2);
    }
    // In the midst of a list: from there on all of them.
    l.announce(services(0, 1000));
    l.link_up(0);
    l.run_until(8000);
    for (const config::service& s : services(0, 1000))
        ASSERT_GE(l.times(0, s.listen.front().address), 2);
    l.announce({});
    l.link_up(0);
    EXPECT_LE(l.sent(), 8000u + announcer::burst);
}

TEST(announcer, asks_for_a_new_vip_before_it_says_that_it_has_it) {
    links l;
    l.announce(services(0, 2));
    l.run_until(8);
    l.announce(services(0, 3)); // two of them are known
    l.run_until(16);
    EXPECT_EQ(l.sent(), 16u);
    for (const config::service& s : services(0, 3)) {
        const ip_address vip = s.listen.front().address;
        for (std::size_t port = 0; port < ports.size(); ++port)
            EXPECT_EQ(l.probes(port, vip), 1) << to_string(vip) << " on port " << port;
    }
}

TEST(announcer, without_services_says_nothing) {
    links l;
    l.announce({});
    l.link_up(0);
    EXPECT_EQ(l.sent(), 0u);
}

} // namespace
} // namespace weir::director
