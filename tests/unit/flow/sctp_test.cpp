// Every cell of the SCTP state tables, typed a second time from LVS's (ip_vs_proto_sctp.c).

#include "flow/sctp_state.h"

#include <array>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

const std::array<std::string, sctp_states> order{"NO", "I1", "IN", "CS", "CR", "CW", "CO",
                                                 "CE", "ES", "SS", "SR", "SA", "RJ", "CL"};

struct row {
    flow_direction direction;
    std::vector<std::uint8_t> chunks;
    std::string cells;
};

constexpr auto in = flow_direction::input;
constexpr auto out = flow_direction::output;
constexpr auto only = flow_direction::input_only;
/// DATA, SACK, HEARTBEAT, its ACK, ECNE, CWR, and chunks that LVS does not know.
const std::vector<std::uint8_t> data{0, 3, 4, 5, 12, 13, 15, 64, 128, 192, 255};

const row rows[] = {
    {in, data, "ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL"},
    {in, {1}, "I1 IN IN CS CR CW CO CE ES SS SR SA IN IN"},
    {in, {2}, "CW CW CW CS CR CO CO CE ES SS SR SA RJ CL"},
    {in, {10}, "CR IN IN CR CR CW CO CE ES SS SR SA RJ CL"},
    {in, {11}, "ES I1 IN CS CR CW CO ES ES SS SR SA RJ CL"},
    {in, {7}, "SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL"},
    {in, {8}, "CL IN IN CS CR CW CO CE ES CL SR CL RJ CL"},
    {in, {14}, "CL CL CL CS CR CW CO CE ES SS SR CL RJ CL"},
    {in, {9}, "CL I1 IN CS CR CW CO CL ES SS SR SA RJ CL"},
    {in, {6}, "CL CL CL CL CL RJ CL CL CL CL CL CL CL CL"},
    {out, data, "ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL"},
    {out, {1}, "CW CW CW CW CW CW CW CW ES CW CW CW CW CW"},
    {out, {2}, "CS CS CS CS CR CW CO CE ES SS SR SA RJ CL"},
    {out, {10}, "CE CE CE CE CE CE CE CE ES SS SR SA RJ CL"},
    {out, {11}, "ES ES ES ES ES ES ES ES ES SS SR SA RJ CL"},
    {out, {7}, "SS SS SS SS SS SS SS SS SS SS SR SA RJ CL"},
    {out, {8}, "SA SA SA SA SA CW CO CE ES SA SA SA RJ CL"},
    {out, {14}, "CL I1 IN CS CR CW CO CE ES SS SR SA RJ CL"},
    {out, {9}, "CL CL CL CL CL CW CO CE ES SS SR SA RJ CL"},
    {out, {6}, "CL RJ CL CL CL CL CL CL CL CL CL CL CL CL"},
    {only, data, "ES I1 IN CS CR ES CO CE ES SS SR SA RJ CL"},
    {only, {1}, "I1 IN IN IN IN IN CO CE ES SS SR SA IN IN"},
    {only, {2}, "CE CE CE CE CE CE CO CE ES SS SR SA RJ CL"},
    {only, {10}, "ES ES ES ES ES ES CO CE ES SS SR SA RJ CL"},
    {only, {11}, "ES I1 IN ES ES CW ES ES ES SS SR SA RJ CL"},
    {only, {7}, "SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL"},
    {only, {8}, "CL IN IN CS CR CW CO CE CL CL SR CL RJ CL"},
    {only, {14}, "CL CL CL CL CL CW CO CE ES SS CL CL RJ CL"},
    {only, {9}, "CL I1 IN CS CR CW CO CE ES SS SR SA RJ CL"},
    {only, {6}, "CL CL CL CL CL RJ CL CL CL CL CL CL CL CL"},
};

flow_state numbered(std::size_t column) {
    return column == 0 ? flow_state::none
                       : static_cast<flow_state>(static_cast<std::size_t>(flow_state::sctp_init1)
                                                 + column - 1);
}

TEST(sctp_states, every_cell_is_lvs) {
    for (const row& r : rows)
        for (const std::uint8_t chunk : r.chunks) {
            std::istringstream cells(r.cells);
            for (std::size_t from = 0; from < sctp_states; ++from) {
                std::string wanted;
                cells >> wanted;
                const flow_state to = next_sctp_state(numbered(from), r.direction, chunk);
                std::string got = "?";
                for (std::size_t i = 0; i < sctp_states; ++i)
                    if (numbered(i) == to) got = order[i];
                EXPECT_EQ(got, wanted) << "direction " << static_cast<int>(r.direction) << " chunk "
                                       << int{chunk} << " from " << order[from];
            }
        }
}

TEST(sctp_states, are_spelled_as_lvs_does_and_have_its_timeouts) {
    const std::vector<std::pair<std::string, int>> lvs{
        {"NONE", 2},          {"INIT1", 4},   {"INIT", 61},       {"C-SENT", 61},
        {"C-REPLIED", 61},    {"C-WAIT", 61}, {"COOKIE", 61},     {"C-ECHOED", 61},
        {"ESTABLISHED", 900}, {"S-SENT", 61}, {"S-RECEIVED", 61}, {"S-ACK-SENT", 61},
        {"REJECTED", 4},      {"CLOSED", 61}};
    for (std::size_t i = 0; i < sctp_states; ++i) {
        EXPECT_EQ(name_of(numbered(i)), lvs[i].first);
        EXPECT_EQ(flow_timeouts{}[numbered(i)], lvs[i].second) << lvs[i].first;
        EXPECT_EQ(is_sctp(numbered(i)), i != 0);
        EXPECT_EQ(is_over(numbered(i)), numbered(i) == flow_state::sctp_closed);
    }
}

} // namespace
} // namespace weir
