#pragma once

// Connection sync as the control core sees it: it makes the sync thread (sync/engine.h) of the
// first `[peer]` section, reads the keys, and names servers for it whenever services change. A
// director without peers has neither the thread nor the marks. Control core only.

#include <memory>
#include <string>
#include <vector>

#include "command/views.h"
#include "config/model.h"
#include "director/stage.h"
#include "plane/data_plane.h"
#include "sync/engine.h"

namespace weir::director {

class replication final : public stage {
public:
    /// `plane` outlives it.
    explicit replication(plane::data_plane& plane) : plane_(plane) {}

    /// Reads the keys of peers. Throws std::runtime_error when one cannot be read.
    void prepare(const config::configuration& wanted) override;
    void commit(const config::configuration& now) override;
    void tick() override;

    /// Asks that peers hear of all changes until now; true from flushed() once they have, or none
    /// is connected.
    void flush();
    bool flushed() const { return !engine_ || engine_->flushed(); }

    std::vector<command::peer_info> describe() const;

private:
    /// What a slot was called last.
    struct named {
        sync::target_name name;
        std::uint32_t serial = 0;
    };

    void name_servers();

    plane::data_plane& plane_;
    std::vector<sync::peer_settings> prepared_;
    std::vector<named> slots_; ///< by target_id
    bool had_removed_ = false; ///< some servers only drain: look again
    std::unique_ptr<sync::engine> engine_;
};

} // namespace weir::director
