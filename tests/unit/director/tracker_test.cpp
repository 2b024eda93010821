// What VRRP groups track: scripts that fail and recover, hosts, links, services.

#include <gtest/gtest.h>

#include <cstdlib>

#include <fcntl.h>

#include <unistd.h>

#include "director/tracker.h"
#include "unit/health/fake_detours.h"
#include "unit/wound_loop.h"

namespace weir::director {
namespace {

using namespace std::chrono_literals;
using config::read_track;
using config::tracked;

class tracking : public testing::Test {
protected:
    tracking() {
        std::string name = "/tmp/weir-tracker-XXXXXX";
        close(mkstemp(name.data()));
        file = name;
        at.settled = [this] { return things.how_punctual().programs == 0; };
    }
    ~tracking() override { unlink(file.c_str()); }

    /// A script that is good while the file is there.
    config::track script(const std::string& more = "") const {
        return read_track(tracked::script, "run='/usr/bin/test -e " + file
                                               + "' interval=100ms fall=2 rise=1 " + more);
    }
    void watch(std::vector<config::track> of_a, std::vector<config::track> of_b = {}) {
        a.tracks = std::move(of_a);
        b.tracks = std::move(of_b);
        things.prepare({a, b});
        things.apply({a, b});
    }
    bool good(std::size_t nth = 0) { return things.look(things.of(a).at(nth)).good; }
    bool proven(std::size_t nth = 0) { return things.look(things.of(a).at(nth)).proven; }
    void settles(bool as) {
        at.wait([&] {
            at.wind(100ms);
            return proven() && good() == as;
        });
    }

    wound_loop at;
    health::fake_detours detours;
    std::string file;
    bool link = true;
    unsigned used = 3;
    tracker things{at.loop,
                   detours,
                   {[this](const std::string& port) { return port == "lan" && link; },
                    [this](const std::string& service) { return service == "web" ? used : 0; }}};
    config::vrrp a;
    config::vrrp b;
};

TEST_F(tracking, a_script_is_good_until_it_has_failed_often_enough) {
    watch({script()});
    EXPECT_TRUE(good()) << "before its first answer";
    EXPECT_FALSE(proven());
    settles(true);
    unlink(file.c_str());
    settles(false);
    EXPECT_EQ(things.why(0), "exit status 1");
    close(open(file.c_str(), O_CREAT | O_WRONLY, 0600));
    settles(true);
}

TEST_F(tracking, equal_ones_run_once_and_keep_their_state) {
    unlink(file.c_str());
    watch({script()}, {script(), script("priority=-10")});
    EXPECT_EQ(things.of(b).at(0), things.of(a).at(0));
    EXPECT_NE(things.of(b).at(1), things.of(a).at(0)) << "another effect";
    settles(false);
    EXPECT_FALSE(things.look(things.of(b).at(1)).good) << "of the same script";
    watch({script("priority=-10")});
    EXPECT_FALSE(good()) << "a reload proves nothing";
    EXPECT_TRUE(proven());
    watch({});
    watch({script()});
    EXPECT_TRUE(good()) << "it was gone meanwhile";
}

TEST_F(tracking, ports_and_services_are_seen_at_once) {
    watch({read_track(tracked::port, "lan"), read_track(tracked::service, "web least=2")});
    EXPECT_TRUE(good(0));
    EXPECT_TRUE(good(1));
    link = false;
    used = 1;
    EXPECT_FALSE(good(0));
    EXPECT_FALSE(good(1));
    EXPECT_EQ(things.why(things.of(a).at(1)), "servers in use: 1");
    EXPECT_TRUE(proven(0) && proven(1));
}

TEST_F(tracking, a_group_of_hosts_needs_as_many_as_it_says) {
    // No host answers at the second address; loopback does.
    const auto group = [](const std::string& more) {
        config::track t =
            read_track(tracked::ping, "192.0.2.77 name=hosts interval=100ms fall=1 rise=1 " + more);
        t.targets.push_back(ip_address::v4(127, 0, 0, 1));
        return t;
    };
    config::track both = group("");
    both.least = 2;
    watch({group("")}, {both, group("priority=-10")});
    at.wait([&] {
        at.wind(100ms);
        return proven() && things.look(things.of(b).at(0)).proven;
    });
    EXPECT_TRUE(good());
    EXPECT_FALSE(things.look(things.of(b).at(0)).good);
    EXPECT_EQ(things.why(things.of(a).at(0)), "1 of 2 hosts answer");
}

} // namespace
} // namespace weir::director
