#pragma once

// Two directors' tables without EAL or network: each tells the other. Servers have other numbers
// on each side.

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "flow/table.h"
#include "service/server_store.h"
#include "sync/adopter.h"
#include "sync/teller.h"

namespace weir::sync::test {

/// One director: worker 0, and the adopter of one peer.
class side {
public:
    static constexpr unsigned workers = 1;

    explicit side(std::uint8_t boot, std::uint32_t capacity = 1000) : capacity_(capacity) {
        restart(boot);
    }

    /// Another process: an empty table.
    void restart(std::uint8_t boot) {
        tells.reset();
        adopts.reset();
        flows.reset();
        servers = std::make_unique<server_store>(64, workers);
        grace = std::make_unique<grace_periods>(workers + 1);
        for (unsigned reader = 0; reader <= workers; ++reader)
            grace->go_online(reader);
        flows = std::make_unique<flow_table>(flow_table::settings{.capacity = capacity_,
                                                                  .workers = workers + 1,
                                                                  .adopter = workers,
                                                                  .grace = grace.get(),
                                                                  .targets = servers->targets(),
                                                                  .hasher = flow_hasher{{boot}},
                                                                  .now = now});
        marks = std::make_unique<change_marks>(flows->end_index());
        flows->mark_changes(marks.get());
        tells = std::make_unique<teller>(*flows, *marks, 0);
        adopts = std::make_unique<adopter>(*flows, *servers, workers);
        me = {{boot}, flows->end_index(), "side"};
        items.clear();
        names = {};
    }

    target_id add_server(std::uint8_t last, forward_mode mode = forward_mode::dr) {
        const target_id id = servers->take();
        flow_target& t = servers->target(id);
        t.address = ip_address::v4(198, 51, 100, last);
        t.forward = {.mode = mode};
        items.push_back({id, name_of(last, mode), ++serial});
        names = name_map(items);
        return id;
    }
    static target_name name_of(std::uint8_t last, forward_mode mode = forward_mode::dr) {
        return {{ip_address::v4(192, 0, 2, 100), 80, protocol::tcp},
                ip_address::v4(198, 51, 100, last),
                0,
                {.mode = mode}};
    }

    flow_index open(const flow_key& key, target_id target,
                    flow_state state = flow_state::established, flow_index control = 0) {
        const std::uint64_t hash = flows->hash(key);
        if (flows->find(key, hash, now)) return 0;
        const auto opened = flows->insert(0, {key, target, state, 900, control}, hash, now);
        if (!opened.ours) return 0;
        servers->opened(target, is_active(state));
        return opened.flow.entry();
    }
    void move(flow_index index, flow_state after, std::uint16_t timeout) {
        flow_entry& e = flows->entry(index);
        const flow_state before = e.state;
        if (!flows->change_state(e, before, after, timeout)) return;
        if (is_active(before) != is_active(after)) servers->moved(e.target, is_active(after));
    }
    void end(flow_index index) {
        flow_entry& e = flows->entry(index);
        const flow_state last = e.state;
        if (flows->end(0, e, last)) servers->closed(e.target, is_active(last));
    }
    flow_entry* find(const flow_key& key) {
        const flow_ref found = flows->find(key, flows->hash(key), now);
        return found ? &(*flows)[found] : nullptr;
    }
    void pass_time(std::uint32_t seconds) {
        for (; seconds > 0; --seconds) {
            ++now;
            const auto ended = [this](flow_entry& e, flow_state last) {
                if (e.is_template())
                    servers->template_closed(e.target);
                else
                    servers->closed(e.target, is_active(last));
            };
            for (unsigned owner = 0; owner <= workers; ++owner) {
                flows->expire(owner, now, 100'000, ended);
                flows->recycle(owner);
                grace->quiescent(owner);
            }
        }
    }

    std::uint32_t now = 1000;
    hello me;
    std::unique_ptr<server_store> servers;
    std::unique_ptr<grace_periods> grace;
    std::unique_ptr<flow_table> flows;
    std::unique_ptr<change_marks> marks;
    std::unique_ptr<teller> tells;
    std::unique_ptr<adopter> adopts;
    std::vector<name_map::item> items;
    std::uint32_t serial = 0;
    name_map names;

private:
    std::uint32_t capacity_;
};

/// Hands over up to `most` bytes from one to the other, and the answers. True: there is more.
inline bool pass_on(side& from, side& to, std::size_t most = 1 << 16, std::uint64_t ms = 0) {
    bytes told;
    const bool more = from.tells->work(told, most, from.names, from.now, ms);
    bytes answers;
    record r;
    for (std::size_t at = 0; at < told.size();) {
        const reading got = read(std::span(told).subspan(at), r);
        EXPECT_EQ(got.wrong, "");
        if (got.size == 0) break;
        at += got.size;
        EXPECT_EQ(to.adopts->take(r, answers, to.names, to.now), "");
    }
    to.adopts->renew(answers, to.names);
    to.adopts->make_up(answers, to.now);
    for (std::size_t at = 0; at < answers.size();) {
        const reading got = read(std::span(answers).subspan(at), r);
        at += got.size;
        if (const auto* a = std::get_if<ack>(&r)) from.tells->heard(*a);
        if (const auto* u = std::get_if<unknown>(&r)) from.tells->heard(*u);
        if (const auto* a = std::get_if<again>(&r)) from.tells->heard(*a);
    }
    return more;
}

inline void connect(side& from, side& to) {
    from.tells->begin(0);
    to.adopts->begin(from.me);
}
/// Until nothing is left to be told.
inline void settle(side& from, side& to) {
    int rounds = 0;
    do {
        while (pass_on(from, to) && ++rounds < 10'000) {
        }
    } while (pass_on(from, to) && ++rounds < 10'000); // it was asked for more
    EXPECT_LT(rounds, 10'000);
}
inline void cut(side&, side& to) {
    to.adopts->lost();
    while (!to.adopts->settle(to.now)) {
    }
}

inline flow_key key(std::uint32_t n, bool v6 = false, std::uint32_t proto = 6) {
    return {v6 ? ip_address{0x20010db8, n} : ip_address::v4(be32::from_host(0xcb000000 + n)),
            v6 ? ip_address{0x20010db8, 1} : ip_address::v4(192, 0, 2, 100),
            be16::from_host(static_cast<std::uint16_t>(n)), be16::from_host(80), proto};
}

} // namespace weir::sync::test
