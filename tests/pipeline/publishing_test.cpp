// When workers see a new rule set: once for all changes of a turn, and only when a rule changed.

#include "rig.h"

namespace weir::test {
namespace {

class publishing : public testing::Test {
protected:
    publishing() {
        r.service({.listen = "192.0.2.100:80/tcp",
                   .servers = {"198.51.100.11", "198.51.100.12"},
                   .scheduler = "mh"});
        r.service({.listen = "192.0.2.100:443/tcp", .servers = {"198.51.100.11"}});
    }
    plane::known_service& web() { return *r.plane().services().find("192.0.2.100:80"); }
    plane::known_server& server(std::size_t n) { return web().servers[n]; }
    /// How many rule sets this makes the next turn publish.
    template <typename Change>
    std::uint64_t published_by(Change&& change) {
        const std::uint64_t before = r.plane().publications();
        const rule_set* const shown = r.state().rules.read();
        change();
        EXPECT_EQ(r.state().rules.read(), shown) << "nothing is shown before the turn ends";
        r.turn();
        return r.plane().publications() - before;
    }

    rig r;
};

TEST_F(publishing, many_changes_of_a_turn_are_one_rule_set) {
    EXPECT_EQ(published_by([this] {
                  r.plane().set_weight(web(), server(0), 3);
                  r.plane().set_weight(web(), server(1), 7);
                  r.plane().set_condition(server(0).id, {.share = 0.5});
                  r.plane().set_addresses(wan, {{*parse_address("192.0.2.3"), 24}});
              }),
              1u);
    const rule_set& rules = *r.state().rules.read();
    EXPECT_EQ(rules.services()[0]->servers[1].last_weight, 7);
    EXPECT_TRUE(rules.is_own(*parse_address("192.0.2.3")));
    EXPECT_FALSE(rules.is_own(*parse_address("192.0.2.2")));
}

TEST_F(publishing, a_disabled_server_changes_no_rule) {
    EXPECT_EQ(published_by([this] { r.plane().set_disabled(web(), server(0), true); }), 0u);
    EXPECT_FALSE(r.state().rules.read()->services()[0]->servers[0].available());
}

TEST_F(publishing, the_same_configuration_again_changes_no_rule) {
    std::vector<config::service> same;
    for (const auto& service : r.plane().services().services())
        same.push_back(service->wanted);
    EXPECT_EQ(published_by([&] { r.plane().apply(same); }), 0u);
    same[1].scheduler = "wlc";
    const auto untouched = r.state().rules.read()->services()[0];
    EXPECT_EQ(published_by([&] { r.plane().apply(same); }), 1u);
    EXPECT_EQ(r.state().rules.read()->services()[0], untouched) << "it keeps its very rule";
}

TEST_F(publishing, every_key_of_the_traffic_makes_a_new_rule) {
    using change = void (*)(config::service&);
    const std::vector<std::pair<const char*, change>> changes{
        {"listen", [](config::service& s) { s.listen.front().port = 8080; }},
        {"forward", [](config::service& s) { s.forward.mode = forward_mode::tun; }},
        {"scheduler", [](config::service& s) { s.scheduler = "sh"; }},
        {"options", [](config::service& s) { s.scheduler_options = {"port"}; }},
        {"persistence",
         [](config::service& s) { s.persistence.timeout = std::chrono::seconds(9); }},
        {"one-packet", [](config::service& s) { s.one_packet = true; }},
        {"expire-quiescent", [](config::service& s) { s.expire_quiescent = true; }},
        {"timeout", [](config::service& s) { s.timeout[flow_state::established] = 5; }},
        {"servers", [](config::service& s) { s.servers.pop_back(); }},
        {"weight", [](config::service& s) { s.servers.front().weight = 9; }},
        {"fallback", [](config::service& s) { s.fallback = s.servers.front(); }},
        {"finer weights", [](config::service& s) { s.slow_start = std::chrono::seconds(1); }},
    };
    const config::service before = web().wanted;
    for (const auto& [key, change_of] : changes) {
        r.reload({before});
        const auto rule = r.state().rules.read()->services()[0];
        std::vector<config::service> after{before};
        change_of(after.front());
        EXPECT_EQ(published_by([&] { r.plane().apply(after); }), 1u) << key;
        EXPECT_NE(r.state().rules.read()->services()[0], rule) << key;
    }
}

TEST_F(publishing, a_port_keeps_its_rule_when_its_addresses_stay) {
    EXPECT_EQ(
        published_by([this] { r.plane().set_addresses(lan, r.plane().ports()[lan].addresses); }),
        0u);
}

TEST_F(publishing, a_new_server_has_a_way_before_the_rules_name_it) {
    std::vector<config::service> more;
    for (const auto& service : r.plane().services().services())
        more.push_back(service->wanted);
    more[1].servers.push_back({});
    more[1].servers.back().address = *parse_address("198.51.100.13");
    r.reload(more);
    const service_rule& rule = *r.state().rules.read()->services()[1];
    EXPECT_NE(r.state().servers->target(rule.targets[1]).hop, 0u);
    EXPECT_TRUE(r.plane().paths().without_route().empty());
}

} // namespace
} // namespace weir::test
