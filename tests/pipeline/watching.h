#pragma once

// Someone who watches a rig's packets, for tests. One thread.

#include <memory>
#include <string_view>
#include <utility>

#include "rig.h"

namespace weir::test {

class watching {
public:
    explicit watching(rig& r, watch::order wanted = {}) : rig_(r) {
        if (wanted.rate == 0) wanted.rate = 1000;
        wanted.room = 65536;
        watch_ = r.plane().add_watch(std::move(wanted));
    }
    ~watching() { rig_.plane().end_watch(*watch_); }

    /// The next packet that a worker, or the last one, the control core, shows.
    watch::sighting next(unsigned core = 0) {
        EXPECT_TRUE(watch_->take(core, record_)) << "nothing was shown";
        return record_.seen;
    }
    bool nothing(unsigned core = 0) { return !watch_->take(core, record_); }
    const watch::record& record() const { return record_; }
    const watch::watch& whole() const { return *watch_; }

private:
    rig& rig_;
    std::shared_ptr<watch::watch> watch_;
    watch::record record_;
};

inline watch::order of_client(std::string_view client) {
    watch::order wanted;
    wanted.what.client = watch::parse_party(client);
    return wanted;
}

inline const service_settings web{
    .listen = "192.0.2.100:80/tcp", .mode = forward_mode::nat, .servers = {"198.51.100.11"}};

} // namespace weir::test
