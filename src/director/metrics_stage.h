#pragma once

// `metrics = ADDRESS:PORT`: the page of figures over HTTP (metrics/exporter.h) joins the director.
// Control core only.

#include <memory>

#include "director/stage.h"
#include "metrics/exporter.h"

namespace weir::director {

class metrics_stage final : public stage {
public:
    /// Throws what says why the new address cannot be served.
    void prepare(const config::configuration& wanted) override;
    void undo() noexcept override { next_.reset(); }
    void commit(const config::configuration& now) override;

private:
    std::unique_ptr<metrics::exporter> now_, next_;
};

} // namespace weir::director
