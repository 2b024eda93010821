#pragma once

// Connection sync as the control core sees it: it makes the sync thread (sync/engine.h) of the
// first `[peer]` section, reads the keys, and names servers for it whenever services change. A
// director without peers has neither the thread nor the marks. Control core only.

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "command/views.h"
#include "config/model.h"
#include "director/run_time_changes.h"
#include "director/stage.h"
#include "loop/event_loop.h"
#include "plane/data_plane.h"
#include "sync/engine.h"

namespace weir::director {

class replication final : public stage {
public:
    /// All outlive it. `enabled`: an operator has enabled this server at a peer.
    replication(plane::data_plane& plane, loop::event_loop& loop, run_time_changes& changes,
                std::function<void(target_id)> enabled)
        : plane_(plane), loop_(loop), changes_(changes), enabled_(std::move(enabled)) {}
    ~replication() override;

    /// Reads the keys of peers. Throws std::runtime_error when one cannot be read.
    void prepare(const config::configuration& wanted) override;
    void commit(const config::configuration& now) override;
    void tick() override;

    /// Calls `done` once the connected peers have all changes until now, or soon in any case.
    void flush(std::function<void()> done);

    std::vector<command::peer_info> describe() const;
    /// Is a peer there?
    bool is_connected() const;

private:
    /// What a slot was called last.
    struct named {
        sync::target_name name;
        std::uint32_t serial = 0;
    };

    void name_servers();
    void exchange_settings();
    void take(const sync::setting& s);
    void tell_settings();
    void finish_flush();

    plane::data_plane& plane_;
    loop::event_loop& loop_;
    run_time_changes& changes_;
    const std::function<void(target_id)> enabled_;
    std::vector<sync::peer_settings> prepared_;
    std::vector<named> slots_; ///< by target_id
    bool had_removed_ = false; ///< some servers only drain: look again
    std::unique_ptr<sync::engine> engine_;
    std::function<void()> flushed_; ///< waits for it
    loop::clock::time_point flush_ends_;
    std::optional<loop::event_loop::timer_id> timer_;
    std::optional<loop::event_loop::timer_id> settings_timer_;
    std::shared_ptr<const sync::name_map> names_;
    std::uint64_t settings_version_ = 0; ///< that peers have been told of
};

} // namespace weir::director
