// Frames in sequences through two real workers, with reloads, verdicts of checks, neighbours and
// time between them. Every frame that leaves is one an honest host could send: right lengths, and
// right checksums as long as all that came in had them. When all is over and time has passed, the
// books balance, no buffer is missing, no flow is left and no server counts one.
//
// A step is a byte. 0 to 127: a known frame by its number, changed in up to three places. 128 on:
// see `step`.

#include "health/condition.h"
#include "known_frames.h"
#include "net/parse.h"
#include "packets/seen.h"
#include "pipeline/eal.h"
#include "script.h"
#include "target.h"

#include <iostream>

namespace weir::fuzz {

namespace {

using namespace test;
using test::packet;

constexpr unsigned most_steps = 120;
constexpr unsigned steps_a_turn = 12;

std::vector<config::service> services(unsigned variant) {
    std::vector<config::service> all;
    for (const bool v6 : {false, true}) {
        const std::string vip = v6 ? "[2001:db8::10" : "192.0.2.10";
        const std::string close = v6 ? "]" : "";
        const std::string network = v6 ? "2001:db8:1::" : "198.51.100.";
        std::vector<std::string> servers{network + "11", network + "12"};
        if (variant % 3 == 1) servers.pop_back();
        if (variant % 3 == 2) servers.insert(servers.begin(), network + "13");
        const auto add = [&](const service_settings& s) { all.push_back(service_of(s)); };
        add({.listen = vip + "0" + close + ":80/tcp",
             .mode = forward_mode::nat,
             .servers = servers,
             .persistence = static_cast<std::uint16_t>(variant % 5 == 4 ? 30 : 0)});
        if (variant % 2 == 1) all.back().servers.front().upper = 1;
        add({.listen = vip + "1" + close + ":53/udp",
             .mode = variant % 4 == 3 ? forward_mode::dr : forward_mode::nat,
             .servers = servers,
             .one_packet = variant % 8 == 6});
        if (variant % 7 != 6)
            add({.listen = vip + "2" + close + ":80/tcp",
                 .mode = forward_mode::tun,
                 .encap = variant % 2 == 0 ? encapsulation::ipip : encapsulation::gre,
                 .servers = servers});
        add({.listen = vip + "3" + close + ":36412/sctp",
             .mode = forward_mode::nat,
             .servers = servers});
    }
    return all;
}

/// One director for all inputs, brought back to where it began after each.
class bench {
public:
    bench() : rig_({.workers = 2, .connections = 16}) {
        rig_.reload(services(0));
        buffers_ = rte_mempool_avail_count(rig_.state().packets);
    }

    void run(script next) {
        good_ = true;
        for (unsigned steps = 0; !next.over() && steps < most_steps; ++steps) {
            step(next);
            if (steps % steps_a_turn == steps_a_turn - 1) turn();
        }
        turn();
        come_to_rest();
    }

private:
    void step(script& next) {
        const std::uint8_t what = next.number();
        if (what < 128) return known(what, next);
        const std::uint8_t which = next.number();
        auto& all = rig_.plane().services().services();
        plane::known_service& service = *all[which % all.size()];
        plane::known_server& server = service.servers[which / 16 % service.servers.size()];
        const std::string host = which % 2 != 0 ? "198.51.100.11" : "2001:db8:1::12";
        switch (what % 9) {
        case 0:
            return feed(which % 2 != 0 ? lan : wan, which / 2 % 2, raw(next));
        case 1:
            turn();
            return rig_.pass_time(which);
        case 2:
            turn();
            return rig_.reload(services(which));
        case 3:
            return rig_.plane().set_condition(server.id, {.fit = health::fitness::bad});
        case 4:
            return rig_.plane().set_condition(server.id, {.fit = health::fitness::good});
        case 5:
            return rig_.forget_neighbour(lan, host);
        case 6:
            return resolve(host);
        case 7:
            return rig_.plane().set_weight(service, server, which % 3);
        default:
            turn();
        }
    }
    /// Number, how many changes and whether they are mended, then place and value of each.
    void known(std::uint8_t number, script& next) {
        const arrival& a = known_frames()[number % known_frames().size()];
        bytes_of_frame frame = a.frame;
        const std::uint8_t how = next.number();
        for (unsigned changes = how % 4; changes > 0; --changes) {
            const std::size_t at = next.wide() % frame.size();
            frame[at] = static_cast<std::byte>(next.number());
        }
        if (how % 4 != 0 && (how & 4) == 0) mend(frame);
        if ((how & 8) != 0)
            frame.resize(frame.size() - std::min<std::size_t>(next.number(), frame.size() - 1));
        feed(a.port, how >> 4 & 1, frame);
    }
    static bytes_of_frame raw(script& next) {
        const auto bytes = std::as_bytes(next.piece(next.number()));
        return {bytes.begin(), bytes.end()};
    }
    void feed(port_id port, unsigned worker, const bytes_of_frame& frame) {
        if (frame.empty()) return;
        good_ &= checksums_good(frame);
        require(rig_.offer(port, worker, frame), "a queue has room");
    }
    void resolve(const std::string& host) {
        neighbour_table& all = *rig_.state().neighbours;
        all.set(all.add(lan, *parse_address(host)), mac_of(host));
    }

    void turn() {
        rig_.turn();
        for (auto& frames : rig_.sent()) {
            for (const bytes_of_frame& frame : frames)
                check(frame);
            frames.clear();
        }
        rig_.errands().clear();
    }
    void check(const bytes_of_frame& frame) const {
        packet_view view;
        parse(frame, ip_checksum::unknown, view);
        const bool sound = view.kind != packet_kind::bad && (!good_ || checksums_good(frame));
        if (!sound) std::cerr << describe(frame) << "\n";
        require(view.kind != packet_kind::bad, "a frame that leaves is well-formed");
        require(!good_ || checksums_good(frame), "a frame that leaves has right checksums");
    }

    void come_to_rest() {
        for (const std::string host : {"198.51.100.11", "2001:db8:1::12"})
            resolve(host);
        rig_.reload(services(0));
        for (int i = 0; i < 4; ++i) {
            rig_.pass_time(1000);
            rig_.plane().tend_removed({});
            turn();
        }
        // A tracker of fragments looks at a few of its places in each turn.
        for (int i = 0; i < 140 && !rig_.books_balance(); ++i)
            turn();
        director_state& state = rig_.state();
        if (!rig_.books_balance()) std::cerr << rig_.books() << "\n";
        require(rig_.books_balance(), "the books balance");
        require(state.flows->size() == 0, "no flow is left");
        require(rte_mempool_avail_count(state.packets) == buffers_, "no buffer is missing");
        for (target_id id = 1; id < most_targets; ++id) {
            const server_load& load = state.servers->load(id);
            require(load.active == 0 && load.inactive == 0, "no server counts a flow");
            require(state.servers->templates(id) == 0, "nor a template");
            state.servers->target(id).path_mtu = 0;
        }
        state.table_full_at = 0;
        state.placed_without_state = false;
        for (const auto& service : rig_.plane().services().services())
            for (plane::known_server& server : service->servers) {
                rig_.plane().set_condition(server.id, {.fit = health::fitness::good});
                rig_.plane().set_weight(*service, server, 1);
            }
    }

    static constexpr target_id most_targets = 100;
    rig rig_;
    unsigned buffers_ = 0;
    bool good_ = true; ///< all that came in had right checksums
};

bench& the_bench() {
    static bench* const made = [] {
        require(start_eal("fuzz_worker"), "EAL starts");
        return new bench; // DPDK ends with the process
    }();
    return *made;
}

} // namespace

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    // Every known frame alone, then a few in a row, then all with changes between.
    std::string whole;
    for (std::size_t i = 0; i < known_frames().size(); ++i) {
        const std::string one = steps(i, 0);
        whole += one;
        if (i % 6 == 5) {
            all.push_back(whole + steps(137, 3));
            whole.clear();
        }
    }
    all.push_back(
        steps(0, 0, 1, 0, 2, 0, 128 + 7, 1, 3, 0, 128 + 1, 17, 3, 0, 128 + 2, 3, 130, 40));
    all.push_back(steps(0, 1, 0, 34, 9, 1, 16, 131, 2, 2, 0, 132, 2, 3, 5, 0, 30, 1));
    return all;
}

} // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir::fuzz;
    the_bench().run(script({data, size}));
    return 0;
}
