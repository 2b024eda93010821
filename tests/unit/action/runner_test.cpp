// Commands for events: in order, the last state always, nothing that hangs in the way of others.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include "action/runner.h"
#include "unit/no_descriptors.h"
#include "unit/wound_loop.h"

namespace weir::action {
namespace {

using namespace std::chrono_literals;

class commands : public testing::Test, protected wound_loop {
protected:
    commands() {
        std::string name = "/tmp/weir-runner-XXXXXX";
        const int fd = mkstemp(name.data());
        close(fd);
        file = name;
    }
    ~commands() override { unlink(file.c_str()); }

    /// A command that writes `{state}` into the file.
    command note() const { return {"/bin/sh", "-c", "echo \"$0\" >> " + file, "{state}"}; }
    static event state(const std::string& subject, const std::string& state) {
        return {subject, {{"state", state}}};
    }
    void all_done() {
        wait([this] { return run.idle(); });
    }
    std::vector<std::string> lines() const {
        std::ifstream in(file);
        std::vector<std::string> all;
        for (std::string line; std::getline(in, line);)
            all.push_back(line);
        return all;
    }

    runner run{loop};
    std::string file;
};

TEST_F(commands, run_as_another_user) {
    if (geteuid() != 0) GTEST_SKIP() << "only root may become another user";
    chmod(file.c_str(), 0666);
    ASSERT_TRUE(run_as("nobody"));
    run.run("q",
            {"/bin/sh", "-c",
             "{ id -un; id -Gn; grep CapEff /proc/self/status; echo \"$0\"; } >> " + file,
             "{state}"},
            state("s", "up"));
    run.run("q", {"/bin/sh", "-c", "exit 3"}, state("t", "up"));
    run.run("q", {"/no/such/program"}, state("u", "up"));
    all_done();
    EXPECT_FALSE(run_as("no-such-user"));
    run.run("q", {"/bin/sh", "-c", "id -un >> " + file}, state("s", "up"));
    all_done();
    EXPECT_TRUE(run_as(""));
    run.run("q", {"/bin/sh", "-c", "id -un >> " + file}, state("s", "up"));
    all_done();
    EXPECT_EQ(lines(), (std::vector<std::string>{"nobody", "nogroup", "CapEff:\t0000000000000000",
                                                 "up", "nobody", "root"}));
    EXPECT_EQ(run.so_far().failed, 2u);
}

TEST_F(commands, of_a_queue_run_in_order) {
    // The first ones take longer: run side by side they would end in another order.
    for (const char* delay : {"0.2", "0.1", "0"})
        run.run("q", {"/bin/sh", "-c", "sleep $0; echo $0 >> " + file, "{state}"},
                state("s", delay));
    all_done();
    EXPECT_EQ(lines(), (std::vector<std::string>{"0.2", "0.1", "0"}));
    EXPECT_EQ(run.so_far().run, 3u);
    EXPECT_EQ(run.so_far().failed, 0u);
}

TEST_F(commands, of_other_queues_do_not_wait) {
    run.run("slow", {"/bin/sh", "-c", "while [ ! -s " + file + " ]; do sleep 0.01; done"},
            state("s", ""));
    run.run("fast", note(), state("s", "up"));
    all_done();
    EXPECT_EQ(lines(), std::vector<std::string>{"up"});
}

TEST_F(commands, see_facts_in_their_environment_and_no_shell) {
    run.run("q", {"/usr/bin/env"}, state("s", ""));
    run.run("q",
            {"/bin/sh", "-c", "echo \"$WEIR_STATE $0\" >> " + file, "$(touch /nowhere); {state}"},
            state("s", "a b;c"));
    all_done();
    EXPECT_EQ(lines(), std::vector<std::string>{"a b;c $(touch /nowhere); a b;c"});
}

TEST_F(commands, that_do_not_keep_up_hear_the_last_state_of_each_subject) {
    const std::size_t many = 10 * runner::most_waiting;
    for (std::size_t n = 0; n <= many; ++n) {
        run.run("q", note(), state("a", "a" + std::to_string(n)));
        if (n == 0) run.run("q", note(), state("b", "b"));
    }
    EXPECT_LE(run.so_far().waiting, runner::most_waiting + 1);
    all_done();
    const auto heard = lines();
    EXPECT_EQ(heard.back(), "a" + std::to_string(many));
    EXPECT_NE(std::ranges::find(heard, "b"), heard.end());
    EXPECT_EQ(heard.size() + run.so_far().replaced, many + 2);
    EXPECT_EQ(run.so_far().waiting, 0u);
}

TEST_F(commands, that_hang_are_killed_and_the_next_ones_run) {
    std::vector<bool> good;
    const auto note_end = [&](bool g) { good.push_back(g); };
    run.run("q", {"/bin/sleep", "1000"}, state("s", "1"), note_end);
    run.run("q", note(), state("s", "2"), note_end);
    loop.turn();
    wait([this] { return run.so_far().run == 1; });
    wind(runner::longest - 1ms);
    EXPECT_TRUE(good.empty());
    wind(2ms);
    all_done();
    EXPECT_EQ(lines(), std::vector<std::string>{"2"});
    EXPECT_EQ(good, (std::vector<bool>{false, true}));
    EXPECT_EQ(run.so_far().failed, 1u);
}

TEST_F(commands, that_fail_are_counted_and_the_next_ones_run) {
    const auto failure = [this] {
        all_done();
        return run.so_far().last_failure;
    };
    run.run("notify", {"/bin/sh", "-c", "echo no such thing; echo more; exit 3"},
            state("vrrp shop", "1"));
    run.run("notify", note(), state("vrrp shop", "2"));
    EXPECT_EQ(failure(), "notify: /bin/sh for vrrp shop: exit status 3: no such thing");
    run.run("notify", {"/bin/sh", "-c", "kill -9 $$"}, state("vrrp shop", "3"));
    EXPECT_EQ(failure(), "notify: /bin/sh for vrrp shop: killed by signal 9");
    run.run("notify", {"/nowhere/at/all"}, state("vrrp shop", "4"));
    run.run("notify", note(), state("vrrp shop", "5"));
    EXPECT_EQ(failure(), "notify: /nowhere/at/all for vrrp shop: cannot be run: No such file or "
                         "directory");
    EXPECT_EQ(lines(), (std::vector<std::string>{"2", "5"}));
    EXPECT_EQ(run.so_far().failed, 3u);
}

TEST_F(commands, are_not_lost_to_a_lack_of_descriptors) {
    {
        const no_descriptors none;
        run.run("q", note(), state("s", "1"));
        wait([this] { return run.so_far().failed == 1; });
    }
    run.run("q", note(), state("s", "2"));
    all_done();
    EXPECT_EQ(lines(), std::vector<std::string>{"2"});
}

TEST_F(commands, run_some_at_once) {
    for (std::size_t n = 0; n < 3 * runner::most_at_once; ++n)
        run.run("q" + std::to_string(n),
                {"/bin/sh", "-c", "while [ ! -s " + file + " ]; do sleep 0.01; done"},
                state("s", ""));
    wait([this] { return run.so_far().run == runner::most_at_once; });
    for (int n = 0; n < 20; ++n)
        loop.turn();
    EXPECT_EQ(run.so_far().run, runner::most_at_once);
    std::ofstream(file) << "go\n";
    all_done();
    EXPECT_EQ(run.so_far().run, 3 * runner::most_at_once);
}

TEST_F(commands, are_waited_for_at_the_end_but_not_forever) {
    bool done = false;
    run.run("q", note(), state("s", "last"));
    run.when_idle([&] { done = true; }, 5s);
    EXPECT_FALSE(done);
    wait([&] { return done; });
    EXPECT_EQ(lines(), std::vector<std::string>{"last"});

    done = false;
    run.run("q", {"/bin/sleep", "1000"}, state("s", ""));
    run.when_idle([&] { done = true; }, 5s);
    wait([this] { return run.so_far().run == 2; });
    wind(4999ms);
    EXPECT_FALSE(done);
    wind(1ms);
    EXPECT_TRUE(done);
    wind(runner::longest);
}

} // namespace
} // namespace weir::action
