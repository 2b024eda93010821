#pragma once

// Where the detours of checks that go to a VIP would be made: it is noted which there are, and the
// packets are said to have taken them, or not.

#include <algorithm>
#include <vector>

#include "health/detour.h"

namespace weir::health {

struct fake_detours final : detour_maker {
    std::vector<detour> opened;
    std::vector<detour> closed;
    bool are_taken = true;

    void open(const detour& d) override { opened.push_back(d); }
    bool taken(const detour& d) const override {
        return are_taken && std::find(opened.begin(), opened.end(), d) != opened.end();
    }
    void close(const detour& d) override { closed.push_back(d); }
};

} // namespace weir::health
