#include "metrics/page.h"

#include "weirctl/commands.h"

namespace weir::weirctl {

void metrics(const invocation& call) {
    if (call.json) throw config::usage_error("metrics has no JSON; `weirctl status --json` has");
    // All of it or nothing: a file that is collected is never half a page.
    print(metrics::whole_page(call.director));
}

} // namespace weir::weirctl
