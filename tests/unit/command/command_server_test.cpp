// The control socket under clients of every kind: hurried, slow, rude, gone.

#include "unit/command/server_fixture.h"
#include "unit/no_descriptors.h"

namespace weir::command {
namespace {

constexpr const char* ask_status = "{\"command\":\"status\"}\n";
constexpr const char* ask_connections = "{\"command\":\"connections\"}\n";

TEST_F(command_server_test, answers_and_goes_on_listening) {
    director.info.name = "lb1";
    start();
    raw_client client(path());
    for (int i = 0; i < 3; ++i) {
        client.say(ask_status);
        EXPECT_EQ(nlohmann::json::parse(client.line()).at("name"), "lb1");
        EXPECT_EQ(client.line(), "{\"done\":true}");
    }
}

TEST_F(command_server_test, refuses_what_it_does_not_understand_in_one_line) {
    start();
    raw_client client(path());
    const auto error_of = [&](std::string_view request) {
        client.say(request);
        client.say("\n");
        return client.error();
    };
    const std::string no_object =
        "a request is one JSON object on one line, such as {\"command\":\"status\"}";
    EXPECT_EQ(error_of(""), no_object);
    EXPECT_EQ(error_of("status"), no_object);
    EXPECT_EQ(error_of("[1,2]"), no_object);
    EXPECT_EQ(error_of("{\"command\":"), no_object);
    EXPECT_EQ(error_of("\xff\xfe\0x"), no_object);
    EXPECT_EQ(error_of(std::string(60'000, '[')), no_object);
    EXPECT_EQ(error_of("{}"), "\"command\" is missing");
    EXPECT_EQ(error_of("{\"command\":7}"), "\"command\" must be a string");
    EXPECT_EQ(error_of("{\"command\":\"sattus\"}"),
              "no command \"sattus\"; there are list, connections, trace, capture, checks, status, "
              "neighbours, "
              "schedulers, "
              "weight, drain, enable, disable, add-server, remove-server, changes, failover, "
              "reload, check-reload");
    EXPECT_EQ(error_of("{\"command\":\"status\",\"colour\":1}"), "status takes no \"colour\"");
    EXPECT_EQ(error_of("{\"command\":\"connections\",\"limit\":0}"),
              "\"limit\" must be a whole number from 1 to 9223372036854775807");
    EXPECT_EQ(error_of("{\"command\":\"connections\",\"limit\":18446744073709551615}"),
              "\"limit\" must be a whole number from 1 to 9223372036854775807");
    client.say(ask_status); // it is still served
    EXPECT_EQ(client.count_lines(), 1u);
}

TEST_F(command_server_test, serves_one_client_without_descriptors_and_does_not_spin) {
    start();
    raw_client known(path()), first, second;
    const auto is_served = [](raw_client& client) {
        client.say(ask_status);
        EXPECT_EQ(client.count_lines(), 1u);
    };
    is_served(known);
    {
        const no_descriptors none;
        first.connect_to(path());
        is_served(first);
        second.connect_to(path());
        second.say(ask_status);
        EXPECT_TRUE(comes_to_rest(50)) << "it spins";
        is_served(first);
        is_served(known);
        first.say_no_more(); // its descriptor is the next one's
        EXPECT_EQ(second.count_lines(), 1u);
    }
    time.wind(std::chrono::seconds(1)); // it tries again once a second
    raw_client later(path());
    is_served(later);
}

TEST_F(command_server_test, refuses_endless_requests_and_hangs_up) {
    start();
    raw_client client(path());
    client.say(std::string(command_server::longest_request + 1, ' '));
    EXPECT_EQ(client.error(), "a request is at most 65536 bytes long");
    EXPECT_EQ(client.line(), "");
}

TEST_F(command_server_test, answers_requests_sent_at_once_in_their_order) {
    for (int i = 0; i < 300; ++i)
        director.add_service("s" + std::to_string(i), 3);
    start();
    raw_client client(path());
    client.say("{\"command\":\"list\"}\n{\"command\":\"nonsense\"}\n{\"command\":\"status\"}\n");
    client.say_no_more();
    EXPECT_EQ(client.count_lines(), 1u + 300 * 4);
    EXPECT_TRUE(client.error().starts_with("no command \"nonsense\""));
    EXPECT_EQ(client.count_lines(), 1u);
    EXPECT_EQ(client.line(), "");
}

class with_many_flows : public command_server_test {
protected:
    with_many_flows() {
        director.add_service("web", 1);
        director.target(1).address = ip_address::v4(10, 1, 0, 1);
        for (std::uint32_t i = 0; i < flows; ++i) {
            const flow_key key{ip_address::v4(be32::from_host(0xcb007100 + i / 50'000)),
                               director.services[0].listen[0].address,
                               be16::from_host(static_cast<std::uint16_t>(i % 50'000 + 1)),
                               be16::from_host(80), 6};
            if (!director.open(key, 1, flow_state::established, 900))
                throw std::runtime_error("the table is full");
        }
    }
    static constexpr std::uint32_t flows = 90'000;
};

TEST_F(with_many_flows, a_slow_reader_holds_nobody_up) {
    start();
    raw_client slow(path());
    slow.say(ask_connections); // and does not read
    raw_client other(path());
    for (int i = 0; i < 100; ++i) {
        other.say(ask_status);
        EXPECT_EQ(other.count_lines(), 1u);
    }
    EXPECT_EQ(slow.count_lines(), flows);
}

TEST_F(with_many_flows, many_readers_at_once_get_all_of_it) {
    start();
    std::vector<std::unique_ptr<raw_client>> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(std::make_unique<raw_client>(path()));
        clients.back()->say(ask_connections);
    }
    for (const auto& client : clients)
        EXPECT_EQ(client->count_lines(), flows);
}

TEST_F(with_many_flows, clients_may_leave_in_the_middle) {
    start();
    for (int i = 0; i < 50; ++i) {
        raw_client client(path());
        client.say(ask_connections);
        if (i % 2 == 0) {
            EXPECT_NE(client.line(), "");
        }
    }
    raw_client client(path());
    client.say("{\"command\":\"connections\",\"limit\":10}\n");
    EXPECT_EQ(client.count_lines(), 10u);
}

TEST_F(command_server_test, silent_clients_lock_nobody_out) {
    start();
    std::vector<std::unique_ptr<raw_client>> silent;
    constexpr std::size_t places = command_server::most_clients + command_server::kept_for_root;
    for (std::size_t i = 0; i < places; ++i) {
        silent.push_back(std::make_unique<raw_client>(path()));
        silent.back()->say(ask_status);
        ASSERT_EQ(silent.back()->count_lines(), 1u);
        if (i == 0) time.wind(std::chrono::milliseconds(1));
    }
    {
        raw_client one_more(path());
        EXPECT_EQ(one_more.error(), "too many clients at once");
    }
    time.wind(command_server::may_be_displaced);
    raw_client next(path());
    next.say(ask_status);
    EXPECT_TRUE(nlohmann::json::parse(next.line()).contains("version"));
    EXPECT_EQ(silent.front()->line(), "") << "the longest idle one has lost its place";
    silent.back()->say(ask_status);
    EXPECT_EQ(silent.back()->count_lines(), 1u) << "and only that one";
    time.wind(command_server::longest_idle);
    EXPECT_EQ(silent[1]->line(), "") << "all are idle for too long now";
}

} // namespace
} // namespace weir::command
