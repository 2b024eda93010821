#pragma once

// Logs when the connection table, or a service's share of it, is full and when it has room again.
// Workers place clients without an entry then and count them (books.table_full); tick() reads the
// count once a second. An episode begins with the first such client, repeats its line each minute,
// and ends after ten seconds without one: a table at its limit wins and loses entries all the time.
// Control core only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "director/events.h"
#include "director/stage.h"
#include "loop/clock.h"
#include "plane/data_plane.h"

namespace weir::director {

class table_watch {
public:
    using time_point = loop::clock::time_point;

    static constexpr std::chrono::seconds again{60}; ///< between two lines of one episode
    static constexpr std::chrono::seconds quiet{10}; ///< this long without such a client ends it

    struct line {
        bool full = false; ///< a warning; else good news
        std::string text;  ///< "" = nothing to tell
    };

    /// `what` is full: a table, or a part of one. `key`: sets its size.
    explicit table_watch(std::string what = "the connection table",
                         std::string key = "`connections` in [director]")
        : what_(std::move(what)), key_(std::move(key)) {}

    /// `placed`: clients placed without an entry since start. `capacity`: in entries.
    line look(std::uint64_t placed, std::uint32_t capacity, time_point now);

private:
    std::string what_;
    std::string key_;
    std::uint64_t before_ = 0;  ///< `placed` at the last look
    std::uint64_t told_at_ = 0; ///< `placed` when the last line was written
    std::uint64_t begun_at_ = 0;
    time_point told_;
    time_point last_; ///< the last client of this episode
    bool full_ = false;
};

class table_stage final : public stage {
public:
    table_stage(const plane::data_plane& plane, const loop::clock& time, events& to)
        : plane_(plane), time_(time), events_(to) {}

    void tick() override;

private:
    void look_at_shares();

    const plane::data_plane& plane_;
    const loop::clock& time_;
    events& events_;
    bool was_full_ = false;
    table_watch watch_;
    std::map<std::string, table_watch> of_services_; ///< those that had their share
};

} // namespace weir::director
