// Which service goes on as which.

#include "config/succession.h"

#include <gtest/gtest.h>

namespace weir::config {
namespace {

called at(std::string_view section, const char* listener) {
    return {{*parse_listener(listener)}, section};
}
using places = std::vector<std::optional<std::size_t>>;

TEST(succession, the_same_section_comes_first) {
    const std::vector before{at("web", "192.0.2.100:80"), at("dns", "192.0.2.100:53/udp")};
    EXPECT_EQ(predecessors(before, before), (places{0, 1}));
    EXPECT_EQ(predecessors(before, std::vector{before[1], before[0]}), (places{1, 0}));
    EXPECT_EQ(predecessors(before, std::vector{at("web", "192.0.2.101:80")}), (places{0}))
        << "it moves to another address";
    EXPECT_EQ(predecessors(before, std::vector{at("dns", "192.0.2.100:80"),
                                               at("web", "192.0.2.100:53/udp")}),
              (places{1, 0}))
        << "they change their addresses";
}

TEST(succession, a_renamed_section_has_the_same_first_listener) {
    const std::vector before{at("web", "192.0.2.100:80"), at("dns", "192.0.2.100:53/udp")};
    EXPECT_EQ(predecessors(before, std::vector{at("www", "192.0.2.100:80")}), (places{0}));
    EXPECT_EQ(predecessors(before, std::vector{at("www", "192.0.2.100:80/udp")}),
              (places{std::nullopt}));
    EXPECT_EQ(
        predecessors(before, std::vector{at("www", "192.0.2.100:80"), at("web", "192.0.2.101:80")}),
        (places{std::nullopt, 0}))
        << "its section goes on";
    EXPECT_EQ(
        predecessors(before, std::vector{at("a", "192.0.2.100:80"), at("b", "192.0.2.100:80")}),
        (places{0, std::nullopt}))
        << "none goes on as two";
}

TEST(succession, running_services_stand_before_those_that_ended) {
    const std::vector before{at("www", "192.0.2.100:80"), at("web", "192.0.2.100:80")};
    EXPECT_EQ(predecessors(before, std::vector{at("x", "192.0.2.100:80")}), (places{0}));
    EXPECT_EQ(predecessors({}, before), (places{std::nullopt, std::nullopt}));
}

} // namespace
} // namespace weir::config
