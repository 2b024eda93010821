#pragma once

// The connection table across a restart, as the control core sees it (sync/kept_table.h): takes
// what the process before left, gives it to the table once the servers have their slots and before
// the workers start, and writes down the servers' names at each reload. Control core only.

#include <string>

#include "config/model.h"
#include "director/stage.h"
#include "plane/data_plane.h"
#include "sync/kept_table.h"

namespace weir::director {

class keeping final : public stage {
public:
    /// What a process with this configuration left; nothing if connections are not to be kept. To
    /// be called before the table is made, whose memory it may need.
    static sync::left_table take(const config::director& configured);
    /// The name of the table's file; "" if connections are not to be kept.
    static std::string name_for(const config::director& configured);

    keeping(plane::data_plane& plane, sync::left_table left)
        : plane_(plane), left_(std::move(left)) {}

    void commit(const config::configuration& now) override;

private:
    void begin(const config::director& configured);
    void write_names();
    void restore();

    plane::data_plane& plane_;
    sync::left_table left_;
    sync::kept_names names_;
    bool begun_ = false;
};

} // namespace weir::director
