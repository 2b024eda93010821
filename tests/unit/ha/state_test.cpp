// Every cell of the table of states.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "ha/group.h"

namespace weir::ha {
namespace {

TEST(vrrp_states, every_cell_is_one_that_was_meant) {
    // What does not stand here leaves all as it is.
    struct cell {
        state from;
        event by;
        state next;
        unsigned what;
    };
    using enum state;
    const std::vector<cell> cells{
        {initialize, event::start, backup, listen},
        {initialize, event::start_owner, active, send | announce},
        {backup, event::silence, active, send | announce},
        {backup, event::resigned, backup, hurry},
        {backup, event::better, backup, listen},
        {backup, event::lapsed, backup, listen},
        {backup, event::leave, initialize, nothing},
        {backup, event::broken, fault, nothing},
        {active, event::better, backup, send | listen},
        {active, event::worse, active, send | announce},
        {active, event::resigned, active, send},
        {active, event::beat, active, send},
        {active, event::leave, leaving, resign},
        {active, event::yield, yielding, resign},
        {active, event::broken, fault, resign},
        {active, event::lapsed, backup, listen},
        {leaving, event::beat, leaving, resign},
        {leaving, event::better, initialize, nothing},
        {leaving, event::worse, initialize, nothing},
        {leaving, event::alone, initialize, nothing},
        {leaving, event::broken, initialize, nothing},
        {leaving, event::lapsed, initialize, nothing},
        {yielding, event::beat, yielding, resign},
        {yielding, event::better, backup, listen},
        {yielding, event::worse, backup, listen},
        {yielding, event::lapsed, backup, listen},
        {yielding, event::alone, active, send | announce},
        {yielding, event::leave, leaving, nothing},
        {yielding, event::broken, fault, nothing},
        {fault, event::mended, backup, listen},
        {fault, event::leave, initialize, nothing},
    };
    for (std::size_t from = 0; from < states; ++from) {
        for (std::size_t by = 0; by < events; ++by) {
            const auto meant = std::find_if(cells.begin(), cells.end(), [&](const cell& c) {
                return c.from == static_cast<state>(from) && c.by == static_cast<event>(by);
            });
            const step got = step_of(static_cast<state>(from), static_cast<event>(by));
            EXPECT_EQ(got.next, meant == cells.end() ? static_cast<state>(from) : meant->next)
                << from << ' ' << by;
            EXPECT_EQ(got.what, meant == cells.end() ? 0u : meant->what) << from << ' ' << by;
        }
    }
    EXPECT_EQ(name_of(fault), "fault");
}

TEST(vrrp_states, an_address_is_held_by_whoever_is_active_or_gives_up) {
    for (std::size_t s = 0; s < states; ++s) {
        const auto each = static_cast<state>(s);
        EXPECT_EQ(holds(each),
                  each == state::active || each == state::leaving || each == state::yielding);
    }
}

} // namespace
} // namespace weir::ha
