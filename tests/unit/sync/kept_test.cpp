// A table that a process left is read by the next one: flows go on at the servers of the same name,
// in other slots, with other owners; whatever does not fit is dropped whole.

#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/kept_table.h"
#include "unit/sync/pair.h"

namespace weir::sync {
namespace {

using test::key;
using test::side;

class kept : public testing::Test {
protected:
    struct process {
        explicit process(const std::string& name, unsigned workers = 1,
                         std::uint32_t capacity = 1000, std::uint32_t clock = 1000)
            : now(clock), servers(64, workers), grace(workers), flows({.capacity = capacity,
                                                                       .workers = workers,
                                                                       .grace = &grace,
                                                                       .targets = servers.targets(),
                                                                       .hasher = {},
                                                                       .now = clock,
                                                                       .kept = name}) {
            EXPECT_NE(flows.file().inode(), 0u) << flows.file().why();
            EXPECT_TRUE(names.begin(name, flows.file(), flows.end_index(), servers.end(), now))
                << names.why();
        }
        target_id add(std::uint8_t last, forward_mode mode = forward_mode::nat) {
            const target_id id = servers.take();
            servers.target(id).address = side::name_of(last).address;
            servers.target(id).forward = {.mode = mode};
            names.set(id, side::name_of(last, mode));
            return id;
        }
        flow_entry& open(const flow_key& k, target_id id, flow_state state, flow_index control = 0,
                         std::uint16_t timeout = 900) {
            const auto opened =
                flows.insert(0, {k, id, state, timeout, control}, flows.hash(k), now);
            EXPECT_TRUE(opened.ours);
            return flows[opened.flow];
        }
        flow_entry* find(const flow_key& k) {
            const flow_ref found = flows.find(k, flows.hash(k), now);
            return found ? &flows[found] : nullptr;
        }
        restored take(const left_table& left, unsigned workers = 1) {
            return restore(left, flows, servers, workers, now, [&](const target_name& name) {
                for (target_id id = 1; id < 60; ++id)
                    if (servers.target(id).address == name.address
                        && servers.target(id).forward == name.forward)
                        return id;
                return target_id{0};
            });
        }

        std::uint32_t now;
        server_store servers;
        grace_periods grace;
        flow_table flows;
        kept_names names;
    };

    void TearDown() override { take_left(name_); }
    std::string file(const char* suffix = "") const { return "/dev/shm/" + name_ + suffix; }
    /// Changes bytes of a file that was left.
    static void spoil(const std::string& path, off_t at, std::uint8_t with) {
        const int fd = open(path.c_str(), O_WRONLY);
        ASSERT_GE(fd, 0) << path;
        EXPECT_EQ(pwrite(fd, &with, 1, at), 1);
        close(fd);
    }
    void expect_doubt(const std::string& why) {
        const left_table left = take_left(name_);
        EXPECT_TRUE(left.flows.empty());
        EXPECT_NE(left.doubt.find(why), std::string::npos) << left.doubt;
        EXPECT_FALSE(std::filesystem::exists(file()));
        EXPECT_FALSE(std::filesystem::exists(file(".names")));
    }

    const std::string name_ = kept_name("/unit-" + std::to_string(getpid()));
};

TEST_F(kept, flows_go_on_in_another_table) {
    {
        process before(name_);
        const target_id a = before.add(11), b = before.add(12);
        before.open(key(1), a, flow_state::established);
        before.open(key(2, true), b, flow_state::fin_wait, 0, 120).last_seen = before.now - 50;
        flow_entry& ended = before.open(key(3), a, flow_state::established);
        before.flows.end(0, ended, flow_state::established);
        before.open(key(4), b, flow_state::established).last_seen = before.now - 900;
        before.names.complete();
    }
    const left_table left = take_left(name_);
    EXPECT_EQ(left.doubt, "");
    EXPECT_FALSE(std::filesystem::exists(file()));
    process after(name_, 3, 500, 5000);
    after.add(13);
    const target_id b = after.add(12), a = after.add(11);
    const restored result = after.take(left, 3);
    EXPECT_EQ(result.flows, 2u);
    EXPECT_EQ(result.over, 1u);
    const flow_entry* const first = after.find(key(1));
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->target, a);
    EXPECT_EQ(first->state, flow_state::established);
    EXPECT_EQ(first->timeout, 900);
    EXPECT_TRUE(first->used_here());
    const flow_key back = first->reverse_key(after.servers.target(a));
    EXPECT_EQ(after.find(back), first);
    const flow_entry* const second = after.find(key(2, true));
    ASSERT_NE(second, nullptr);
    EXPECT_EQ(second->target, b);
    EXPECT_NEAR(after.now - second->last_seen, 50, 1);
    EXPECT_NE(first->owner, second->owner);
    EXPECT_EQ(after.find(key(3)), nullptr);
    EXPECT_EQ(after.servers.load(a).active, 1u);
    EXPECT_EQ(after.servers.load(b).inactive, 1u);
}

TEST_F(kept, templates_and_flows_come_back_together) {
    flow_key of_network{{}, {0x20010db8, 100}, be16::from_host(6), be16::from_host(80), 0};
    {
        process before(name_);
        const target_id a = before.add(11);
        const flow_index t =
            before.flows.index_of(before.open(of_network, a, flow_state::template_assured, 2, 300));
        before.open(key(1), a, flow_state::established, t);
        before.open(key(2), a, flow_state::established, t);
        before.names.complete();
    }
    const left_table left = take_left(name_);
    process after(name_);
    const target_id a = after.add(11);
    EXPECT_EQ(after.take(left).flows, 3u);
    EXPECT_EQ(after.servers.templates(a), 1u);
    const flow_entry* const t = after.find(of_network);
    ASSERT_NE(t, nullptr);
    EXPECT_EQ(t->control, 2u);
    EXPECT_EQ(after.find(key(1))->control, after.flows.index_of(*t));
}

TEST_F(kept, servers_that_are_gone_take_their_flows_with_them) {
    {
        process before(name_);
        before.open(key(1), before.add(11), flow_state::established);
        before.open(key(2), before.add(12), flow_state::established);
        before.names.complete();
    }
    const left_table left = take_left(name_);
    process after(name_);
    after.add(12);
    const restored result = after.take(left);
    EXPECT_EQ(result.flows, 1u);
    EXPECT_EQ(result.unknown, 1u);
}

TEST_F(kept, what_is_doubtful_is_dropped_whole) {
    const auto leave = [&] {
        process before(name_);
        before.open(key(1), before.add(11), flow_state::established);
        before.names.complete();
    };
    leave();
    spoil(file(".names"), 0, 0xee);
    expect_doubt("was not finished");
    leave();
    spoil(file(".names"), 8, 0xee);
    expect_doubt("layout of another version");
    leave();
    spoil(file(".names"), 16, 0xee);
    expect_doubt("not the table that its names are for");
    leave();
    EXPECT_EQ(truncate(file().c_str(), 4096), 0);
    expect_doubt("not the table that its names are for");
    leave();
    EXPECT_EQ(truncate(file(".names").c_str(), 10), 0);
    expect_doubt("too short");
    leave();
    unlink(file().c_str());
    expect_doubt("entries are not there");
    leave();
    unlink(file(".names").c_str());
    expect_doubt("names of its servers are not there");
    leave();
    spoil(file(), 64 + offsetof(flow_entry, proto), 17); // a TCP state of a UDP flow
    expect_doubt("none that weir makes");
    leave();
    EXPECT_EQ(chmod(file(".names").c_str(), 0666), 0);
    const left_table left = take_left(name_);
    EXPECT_NE(left.doubt.find("others may have written it"), std::string::npos) << left.doubt;
    unlink(file(".names").c_str());
}

TEST_F(kept, a_live_process_keeps_its_files) {
    process live(name_);
    live.names.complete();
    const left_table left = take_left(name_);
    EXPECT_NE(left.doubt.find("another process uses it"), std::string::npos) << left.doubt;
    EXPECT_TRUE(std::filesystem::exists(file()));
}

TEST_F(kept, nothing_left_is_no_doubt) {
    const left_table left = take_left(name_);
    EXPECT_EQ(left.doubt, "");
    EXPECT_TRUE(left.flows.empty());
}

} // namespace
} // namespace weir::sync
