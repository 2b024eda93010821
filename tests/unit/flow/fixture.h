#pragma once

// A connection table without EAL: grace periods, targets, keys.

#include <cstdint>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "flow/table.h"

namespace weir::test {

class flow_fixture : public testing::Test {
protected:
    static constexpr unsigned workers = 4;
    static constexpr std::uint32_t start = 1000;
    static constexpr target_id first_nat = 8; ///< of targets, those before it are DR's

    flow_fixture() : grace(workers), targets(16) {
        for (unsigned w = 0; w < workers; ++w)
            grace.go_online(w);
        for (std::uint8_t i = 0; i < targets.size(); ++i) {
            targets[i].address = ip_address::v4(10, 0, 0, i);
            targets[i].port = be16::from_host(8080);
            if (i >= first_nat) targets[i].forward = {.mode = forward_mode::nat};
        }
    }

    std::unique_ptr<flow_table> table(std::uint32_t capacity) {
        return std::make_unique<flow_table>(flow_table::settings{.capacity = capacity,
                                                                 .workers = workers,
                                                                 .grace = &grace,
                                                                 .targets = targets.data(),
                                                                 .hasher = {},
                                                                 .now = start});
    }
    void quiesce() {
        for (unsigned w = 0; w < workers; ++w)
            grace.quiescent(w);
    }

    static flow_key key(std::uint32_t n, bool v6 = false) {
        const ip_address client =
            v6 ? ip_address{0x20010db8, n} : ip_address::v4(be32::from_host(0x0b000000 + n));
        const ip_address vip = v6 ? ip_address{0x20010db8, 1} : ip_address::v4(192, 0, 2, 100);
        return {client, vip, be16::from_host(static_cast<std::uint16_t>(n)), be16::from_host(80),
                6};
    }
    static flow_table::opening opening(const flow_key& k, target_id target = 1) {
        return {k, target, flow_state::syn_recv, 60};
    }

    grace_periods grace;
    std::vector<flow_target> targets;
};

} // namespace weir::test
