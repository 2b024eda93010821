// The estimator against what LVS's arithmetic gives for the same counts.

#include "command/rates.h"

#include <gtest/gtest.h>

#include "unit/command/fake_director.h"
#include "unit/wound_loop.h"

namespace weir::command {
namespace {

using namespace std::chrono_literals;

server_totals grown(const server_totals& from, std::uint64_t packets, std::uint64_t bytes) {
    server_totals next = from;
    next.connections += packets;
    next.in_packets += packets;
    next.in_bytes += bytes;
    return next;
}

TEST(estimator, moves_a_quarter_of_the_way_every_two_seconds) {
    // 1000 packets a second, 100 000 bytes a second: 250, 437.5, 578.1, ... as in ip_vs_est.c,
    // whose rounding takes just under one half down.
    estimator estimate;
    server_totals totals;
    const std::vector<std::uint64_t> packets{250, 437, 578, 684, 763};
    const std::vector<std::uint64_t> bytes{25000, 43750, 57812, 68359, 76270};
    for (std::size_t i = 0; i < packets.size(); ++i) {
        totals = grown(totals, 2000, 200'000);
        estimate.sample(totals);
        EXPECT_EQ(estimate.read().connections, packets[i]) << i;
        EXPECT_EQ(estimate.read().in_packets, packets[i]) << i;
        EXPECT_EQ(estimate.read().in_bytes, bytes[i]) << i;
        EXPECT_EQ(estimate.read().out_packets, 0u) << i;
        EXPECT_EQ(estimate.read().out_bytes, 0u) << i;
    }
}

TEST(estimator, comes_to_rest_at_the_true_rate_and_falls_back_to_zero) {
    estimator estimate;
    server_totals totals;
    for (int i = 0; i < 200; ++i) {
        totals = grown(totals, 2000, 3'000'000'000'000);
        estimate.sample(totals);
    }
    EXPECT_EQ(estimate.read().in_packets, 1000u);
    EXPECT_EQ(estimate.read().in_bytes, 1'500'000'000'000u);
    for (int i = 0; i < 200; ++i)
        estimate.sample(totals);
    EXPECT_EQ(estimate.read(), rate_info{});
}

TEST(estimator, shows_a_slow_rate_as_lvs_does) {
    estimator estimate;
    estimate.sample(grown({}, 3, 0)); // 1.5 a second, a quarter of it: 0.375
    EXPECT_EQ(estimate.read().connections, 0u);
    estimate.sample(grown({}, 8, 0)); // 0.375 + (2.5 - 0.375) / 4 = 0.906
    EXPECT_EQ(estimate.read().connections, 1u);
}

TEST(estimator, starts_afresh_when_counters_went_back) {
    estimator estimate;
    estimate.sample(grown({}, 1'000'000, 1'000'000));
    estimate.sample(grown({}, 8, 800));
    EXPECT_EQ(estimate.read().in_packets, 1u);
    EXPECT_EQ(estimate.read().in_bytes, 100u);
}

TEST(rates, samples_every_service_and_server_once_a_round) {
    fake_director director;
    for (unsigned i = 0; i < 123; ++i)
        director.add_service(fmt::format("service{}", i), 2);
    wound_loop at;
    rates speeds(at.loop, director);
    for (unsigned round = 0; round < 2; ++round) {
        for (service_info& service : director.services) {
            service.totals.connections += 2000;
            for (server_info& server : service.servers)
                server.totals.connections += 1000;
        }
        at.wind(2s);
    }
    for (const service_info& service : director.services) {
        EXPECT_EQ(speeds.of_service(service.name).connections, 437u) << service.name;
        for (const server_info& server : service.servers)
            EXPECT_EQ(speeds.of_server(server.id).connections, 219u) << service.name;
    }
    EXPECT_EQ(speeds.of_service("another"), rate_info{});
}

TEST(rates, forgets_what_is_gone) {
    fake_director director;
    director.add_service("web", 1);
    director.services[0].totals.connections = 2000;
    wound_loop at;
    rates speeds(at.loop, director);
    at.wind(2s);
    EXPECT_EQ(speeds.of_service("web").connections, 250u);
    director.services.clear();
    at.wind(4s);
    EXPECT_EQ(speeds.of_service("web").connections, 0u);
}

} // namespace
} // namespace weir::command
