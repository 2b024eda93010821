#include "director/metrics_stage.h"

#include "message/client.h"

namespace weir::director {

void metrics_stage::prepare(const config::configuration& wanted) {
    const auto& where = wanted.director.metrics;
    if (where && (!now_ || now_->where() != *where))
        next_ = std::make_unique<metrics::exporter>(*where,
                                                    message::socket_in(wanted.director.run_dir));
}

void metrics_stage::commit(const config::configuration& now) {
    if (next_ || !now.director.metrics) now_ = std::move(next_);
}

} // namespace weir::director
