// Workers in threads of their own forward while the control core changes all that it may change:
// services, weights, health, neighbours, routes, links. What is left afterwards: every packet in
// one book, every buffer in the pool, no server with a connection, and, with -Dsanitize=thread, no
// race.
//
// A queue's frames are put in and taken out by the thread of its worker, as a card does it.

#include <array>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "rig.h"

namespace weir::test {
namespace {

using namespace std::chrono_literals;

/// A frame and the port it comes in by.
struct arrival {
    port_id port;
    bytes_of_frame frame;
};

/// Connections of a few clients to three services, opened and closed again and again, with answers
/// from servers that may or may not be theirs, errors, fragments and strays between them.
std::vector<arrival> traffic_of(unsigned worker) {
    std::vector<arrival> all;
    const auto comes = [&](port_id port, const packet& p) { all.push_back({port, p.bytes()}); };
    for (unsigned n = 0; n < 48; ++n) {
        const auto port = static_cast<std::uint16_t>(1000 + 100 * (n % 3) + n);
        const bool v6 = n % 2 != 0;
        const std::string client = v6 ? "2001:db8::7" : "192.0.2.7";
        const std::string nat = v6 ? "2001:db8::100" : "192.0.2.100";
        const std::string network = v6 ? "2001:db8:1::" : "198.51.100.";
        // Both workers see some connections: replies in NAT come by any queue.
        const std::string server = network + (((n + worker) / 2) % 2 != 0 ? "11" : "12");
        const auto ask = [&] { return from_host(wan, client).to(nat).tcp(port, 80); };
        const auto answer = [&] { return from_host(lan, server).to(client).tcp(80, port); };
        comes(wan, ask().syn());
        comes(lan, answer().syn().ack());
        comes(wan, ask().ack());
        comes(wan, ask().ack().payload(100));
        comes(lan, answer().ack().payload(500));
        if (n % 4 == 0) comes(wan, ask().rst());
        if (n % 4 == 1) {
            comes(wan, ask().fin().ack());
            comes(lan, answer().fin().ack());
        }
        const std::string direct = v6 ? "2001:db8::101" : "192.0.2.101";
        comes(wan, from_host(wan, client).to(direct).udp(port, 53).payload(40));
        const std::string tunnel = v6 ? "2001:db8::102" : "192.0.2.102";
        comes(wan, from_host(wan, client).to(tunnel).tcp(port, 80).syn());
        comes(wan, from_host(wan, client).to(tunnel).tcp(port, 80).ack().payload(200));
        if (n % 8 == 2) {
            const bytes_of_frame whole =
                from_host(wan, client).to(direct).udp(port, 53).payload(2000).bytes();
            for (const bytes_of_frame& piece : fragments_of(whole, 1500, n))
                all.push_back({wan, piece});
        }
        if (n % 8 == 3) comes(wan, from_host(wan, client).to("2001:db8::102").tcp(port, 99).syn());
        if (n % 8 == 4) comes(wan, from_host(wan, client).to(nat).echo(7, port));
        if (n % 8 == 6)
            comes(lan, from_host(lan, server).to(client).icmp(3, 3).about(answer().ack().bytes()));
    }
    return all;
}

config::service quick(service_settings s) {
    config::service service = service_of(s);
    for (std::size_t i = 1; i < flow_states; ++i)
        service.timeout[static_cast<flow_state>(i)] = 1;
    return service;
}

/// Three services; what differs with `variant`: servers, thresholds, persistence, scheduler.
std::vector<config::service> services(unsigned variant) {
    std::vector<config::service> all;
    for (const bool v6 : {false, true}) {
        const std::string vip = v6 ? "[2001:db8::10" : "192.0.2.10";
        const std::string close = v6 ? "]" : "";
        const std::string network = v6 ? "2001:db8:1::" : "198.51.100.";
        std::vector<std::string> servers{network + "11", network + "12"};
        if (variant % 3 == 1) servers.push_back(network + "13");
        if (variant % 3 == 2) servers.erase(servers.begin());
        all.push_back(quick({.listen = vip + "0" + close + ":80/tcp",
                             .mode = forward_mode::nat,
                             .servers = servers,
                             .scheduler = variant % 2 == 0 ? "rr" : "wlc",
                             .persistence = static_cast<std::uint16_t>(variant % 4 == 3)}));
        if (variant % 5 == 2) all.back().servers.front().upper = 5;
        if (variant % 7 != 3)
            all.push_back(quick({.listen = vip + "1" + close + ":53/udp",
                                 .mode = forward_mode::dr,
                                 .servers = servers,
                                 .scheduler = variant % 2 == 0 ? "sh" : "mh",
                                 .one_packet = variant % 6 == 5}));
        all.push_back(quick({.listen = vip + "2" + close + ":80/tcp",
                             .mode = forward_mode::tun,
                             .encap = variant % 2 == 0 ? encapsulation::ipip : encapsulation::gre,
                             .servers = servers}));
    }
    return all;
}

class threads : public testing::Test {
protected:
    /// Runs the workers and the control core for so long, then lets everything come to rest.
    void run(const rig_settings& settings, std::chrono::milliseconds time) {
        rig r(settings);
        r.reload(services(0));
        const unsigned queues = settings.queues == 0 ? settings.workers : settings.queues;
        std::atomic<bool> stop{false};
        std::atomic<std::uint64_t> wrong{0};
        std::vector<std::uint64_t> offered(queues);
        std::vector<std::thread> workers;
        for (unsigned w = 0; w < settings.workers; ++w)
            workers.emplace_back([&, w] {
                const std::vector<arrival> traffic = traffic_of(w);
                std::size_t at = 0;
                while (!stop) {
                    for (int i = 0; w < queues && i < 8; ++i, at = (at + 1) % traffic.size())
                        offered[w] += r.offer(traffic[at].port, w, traffic[at].frame);
                    r.plane().worker_at(w).poll();
                    for (const port_id port : {wan, lan}) {
                        if (w >= queues) continue;
                        r.take_sent(port, w, [&](std::span<const std::byte> frame) {
                            if (!checksums_good(frame)) ++wrong;
                        });
                    }
                }
            });
        const auto end = std::chrono::steady_clock::now() + time;
        for (unsigned round = 0; std::chrono::steady_clock::now() < end; ++round)
            change(r, round);
        stop = true;
        for (std::thread& worker : workers)
            worker.join();
        settle(r);
        EXPECT_EQ(wrong, 0u) << "frames with wrong checksums";
        std::uint64_t in = 0;
        std::uint64_t received = 0;
        for (const std::uint64_t n : offered)
            in += n;
        for (const packet_books& books : r.state().books)
            received += books.received.get();
        EXPECT_EQ(in, received) << "all that was offered was received";
        EXPECT_GT(in, 1000u) << "there was traffic";
        EXPECT_TRUE(r.books_balance()) << r.books();
        EXPECT_EQ(r.state().flows->size(), 0u);
        for (target_id id = 1; id < 200; ++id)
            EXPECT_EQ(r.state().servers->load(id).active + r.state().servers->load(id).inactive, 0u)
                << "connections of server " << id;
    }

private:
    /// One turn of the control core: a change, and what each turn does.
    static void change(rig& r, unsigned round) {
        auto& all = r.plane().services().services();
        plane::known_service& service = *all[round % all.size()];
        plane::known_server& server = service.servers[round / 3 % service.servers.size()];
        switch (round % 9) {
        case 0:
            r.reload(services(round / 9));
            break;
        case 1:
            r.plane().set_weight(service, server, static_cast<std::int32_t>(round % 4));
            break;
        case 2:
            r.plane().set_condition(server.id, {.fit = health::fitness::bad});
            break;
        case 3:
            r.plane().set_condition(server.id, {.fit = health::fitness::good});
            break;
        case 4:
            r.forget_neighbour(lan, "198.51.100.11");
            break;
        case 5:
            r.state().neighbours->set(
                r.state().neighbours->add(lan, *parse_address("198.51.100.11")),
                mac_of("198.51.100.11"));
            break;
        case 6:
            r.set_link(wan, round % 2 == 0);
            break;
        case 7:
            r.plane().set_disabled(service, server, round % 2 == 0);
            break;
        default:
            look(r);
            r.plane().tend_removed({});
        }
        r.plane().publish();
        r.take_errands();
        r.errands().clear();
    }
    /// As `weirctl connections` and `weirctl list` do.
    static void look(rig& r) {
        const unsigned reader = r.state().control_reader();
        r.state().grace.go_online(reader);
        std::uint64_t sum = 0;
        for (flow_index at = 0;;) {
            at = r.state().flows->for_each(at, 1000, r.state().clock.now(),
                                           [&](const flow_entry& entry) { sum += entry.target; });
            if (at == 0) break;
        }
        r.state().grace.go_offline(reader);
        r.plane().services().for_each_server([&](const plane::known_server& s) {
            sum += r.state().servers->totals(s.id).in_packets;
        });
    }
    static void settle(rig& r) {
        r.set_link(wan, true);
        for (int i = 0; i < 200; ++i) {
            r.turn();
            r.pass_time(i % 10 == 0 ? 10 : 0); // templates stay a minute longer
        }
    }
};

TEST_F(threads, two_workers_with_a_queue_each) {
    run({.workers = 2}, 3s);
}

TEST_F(threads, two_workers_share_one_queue) {
    run({.workers = 2, .queues = 1}, 3s);
}

TEST_F(threads, a_table_that_is_full) {
    run({.workers = 2, .connections = 40}, 2s);
}

} // namespace
} // namespace weir::test
