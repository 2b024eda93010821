#pragma once

// The state of the whole director at a glance: `weirctl status`, and the figures that DPDK's
// telemetry socket carries (control/telemetry.h). The books are those of workers and control core
// together: rx = tx + twin + drops once nothing is under way. Control core only.

#include <cstdint>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "command/views.h"

namespace weir::command {

/// How busy each worker was between the last two samples.
class busy_meter {
public:
    /// Once a second.
    void sample(const std::vector<worker_info>& workers);
    /// Share of a worker's time in turns that found work, 0 to 1; since start before the second
    /// sample.
    double share(unsigned worker) const;

private:
    struct reading {
        std::uint64_t cycles = 0;
        std::uint64_t busy = 0;
    };
    struct state {
        reading last;
        double share = 0;
    };
    std::vector<state> workers_;
};

/// All of it, for `status`.
nlohmann::json full_status(const director_view& view, const busy_meter& busy);

/// What fits into telemetry's 16 KiB: no ports (DPDK tells of them itself), no books by worker;
/// only whole numbers and words.
nlohmann::json short_status(const director_view& view, const busy_meter& busy);

} // namespace weir::command
