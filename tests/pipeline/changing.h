#pragma once

// A NAT service with two servers in turn, changed as reloads, operators and health checks change
// it: for tests of what becomes of its connections.

#include "config/load.h"
#include "rig.h"

namespace weir::test {

inline const std::string vip = "192.0.2.100";
inline const std::string first = "198.51.100.11";
inline const std::string second = "198.51.100.12";
inline const std::string both = "server = " + first + "\nserver = " + second + "\n";

/// One NAT service with two servers in turn, and its rig.
class changing : public testing::Test {
protected:
    /// Makes the service what these keys say.
    void reload(const std::string& keys) {
        const std::string text = "[port wan]\ndevice = xdp:eth1\n[service web]\nlisten = " + vip
                                 + ":80/" + protocol + "\nforward = nat\n"
                                 + (keys.starts_with("scheduler") ? "" : "scheduler = rr\n") + keys;
        const auto file = config::load_text("t.conf", text, {});
        ASSERT_TRUE(file) << to_string(file.problems.front());
        r.reload(file.configuration->services);
    }
    plane::known_server& server(const std::string& address) {
        return *plane::running_services::find_server(web(), address);
    }
    void checks_say(target_id id, health::fitness fit) {
        r.plane().set_condition(id, {.fit = fit});
        r.plane().publish();
    }
    plane::known_service& web() { return *r.plane().services().find("web"); }
    server_load& load(target_id id) { return r.state().servers->load(id); }

    static packet answer(const std::string& from, std::uint16_t port) {
        return from_host(lan, from).to("192.0.2.7").tcp(80, port);
    }
    /// The client's packet reaches this server.
    void reaches(const std::string& to, const std::string& what, const packet& p) {
        r.expect(what).in(wan, p).out(lan, sent_on(p, lan, to).to(to));
    }
    /// The server's packet reaches the client, as from the VIP.
    void comes_back(const std::string& what, const packet& p) {
        r.expect(what).in(lan, p).out(wan, sent_on(p, wan, "192.0.2.7").from(vip));
    }
    /// The client's packet is answered with a reset.
    void is_reset(const std::string& what, const packet& p) {
        bytes_of_frame sent;
        r.expect(what).in(wan, p).out(wan, &sent).dropped(drop_reason::no_connection);
        EXPECT_TRUE(ip_in(sent).tcp_flags() & tcp_header::rst) << what;
    }
    /// Opens a connection from this port, which is the first server's turn.
    void open(std::uint16_t port) {
        reaches(first, "SYN", request(port).syn());
        comes_back("SYN ACK", answer(first, port).syn().ack());
        reaches(first, "ACK", request(port).ack());
    }
    /// Both ends close: TIME_WAIT.
    void close(std::uint16_t port) {
        reaches(first, "FIN", request(port).fin().ack());
        comes_back("FIN", answer(first, port).fin().ack());
        EXPECT_EQ(load(server(first).id).active, 0u);
    }

    std::string protocol = "tcp"; ///< of the service
    rig r;
};

} // namespace weir::test
