// Every cell of the TCP state tables, typed a second time from LVS's (ip_vs_proto_tcp.c). The last
// column, RS, is weir's own, as are the ways into it, and SR to SA where only the client is seen.

#include "flow/tcp_state.h"

#include <array>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace weir {
namespace {

const std::array<std::string, tcp_states> order{"NO", "ES", "SS", "SR", "FW", "TW",
                                                "CL", "CW", "LA", "LI", "SA", "RS"};

struct row {
    flow_direction direction;
    std::uint8_t flags;
    std::string cells;
};

constexpr auto in = flow_direction::input;
constexpr auto out = flow_direction::output;
constexpr auto only = flow_direction::input_only;

const row rows[] = {
    {in, tcp_header::syn, "SR ES ES SR SR SR SR SR SR SR SR SR"},
    {in, tcp_header::fin, "CL CW SS TW TW TW CL CW LA LI TW CW"},
    {in, tcp_header::ack, "ES ES SS ES FW TW CL CW CL LI ES ES"},
    {in, tcp_header::rst, "CL RS CL SR CL CL CL CL LA LI SR RS"},
    {out, tcp_header::syn, "SS ES SS SR SS SS SS SS SS LI SR ES"},
    {out, tcp_header::fin, "TW FW SS TW FW TW CL TW LA LI TW FW"},
    {out, tcp_header::ack, "ES ES SS ES FW TW CL CW LA ES ES ES"},
    {out, tcp_header::rst, "CL RS SS CL CL TW CL CL CL CL CL RS"},
    {only, tcp_header::syn, "SR ES ES SR SR SR SR SR SR SR SR SR"},
    {only, tcp_header::fin, "CL FW SS TW FW TW CL CW LA LI FW FW"},
    {only, tcp_header::ack, "ES ES SS SA FW TW CL CW CL LI ES ES"},
    {only, tcp_header::rst, "CL RS CL SR CL CL CL CL LA LI CL RS"},
    {in, 0, "CL CL CL CL CL CL CL CL CL CL CL CL"},
    {out, 0, "CL CL CL CL CL CL CL CL CL CL CL CL"},
    {only, 0, "CL CL CL CL CL CL CL CL CL CL CL CL"},
};

TEST(tcp_states, every_cell) {
    for (const row& r : rows) {
        std::istringstream cells(r.cells);
        for (std::size_t from = 0; from < tcp_states; ++from) {
            std::string wanted;
            cells >> wanted;
            const flow_state to =
                next_tcp_state(static_cast<flow_state>(from), r.direction, r.flags);
            EXPECT_EQ(order[static_cast<std::size_t>(to)], wanted)
                << "direction " << static_cast<int>(r.direction) << " flags " << int{r.flags}
                << " from " << order[from];
        }
    }
}

TEST(tcp_states, the_strongest_flag_decides) {
    constexpr auto all = tcp_header::rst | tcp_header::syn | tcp_header::fin | tcp_header::ack;
    EXPECT_EQ(next_tcp_state(flow_state::established, in, all), flow_state::reset);
    EXPECT_EQ(next_tcp_state(flow_state::none, in, tcp_header::syn | tcp_header::fin),
              flow_state::syn_recv);
    EXPECT_EQ(next_tcp_state(flow_state::established, in, tcp_header::fin | tcp_header::ack),
              flow_state::close_wait);
}

TEST(tcp_states, active_as_lvs_counts_them) {
    for (std::size_t s = 0; s < flow_states; ++s) {
        const auto state = static_cast<flow_state>(s);
        const bool wanted = state == flow_state::established || state == flow_state::syn_sent
                            || state == flow_state::syn_recv || state == flow_state::synack
                            || state == flow_state::sctp_established;
        EXPECT_EQ(is_active(state), wanted) << name_of(state);
    }
}

TEST(flow_timeouts, some_follow_others) {
    flow_timeouts t;
    t[flow_state::close] = 7;
    t[flow_state::udp] = 5;
    EXPECT_EQ(t.settled()[flow_state::reset], 7);
    EXPECT_EQ(t.settled()[flow_state::udp_one_way], 5) << "never longer than UDP's own";
    t[flow_state::udp] = 300;
    EXPECT_EQ(t.settled()[flow_state::udp_one_way], 30);
}

} // namespace
} // namespace weir
