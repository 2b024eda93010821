#pragma once

// Two directors with three servers each, whose numbers differ.

#include <cstdint>
#include <map>

#include "unit/sync/pair.h"

namespace weir::sync::test {

class two_tables : public testing::Test {
protected:
    two_tables() {
        b.add_server(99); // numbers differ
        for (std::uint8_t n = 11; n <= 13; ++n) {
            at_a[n] = a.add_server(n, n == 13 ? forward_mode::nat : forward_mode::dr);
            at_b[n] = b.add_server(n, n == 13 ? forward_mode::nat : forward_mode::dr);
        }
    }
    std::uint32_t active(side& s, target_id id) { return s.servers->load(id).active; }
    std::uint32_t inactive(side& s, target_id id) { return s.servers->load(id).inactive; }
    void both_wait(std::uint32_t seconds) {
        a.pass_time(seconds);
        b.pass_time(seconds);
    }

    side a{1};
    side b{2};
    std::map<std::uint8_t, target_id> at_a, at_b;
};

} // namespace weir::sync::test
