#include "eal.h"

#include <vector>

#include <rte_eal.h>

#include "visible_pool.h"

namespace weir::test {

bool start_eal(const char* program) {
    std::vector<const char*> arguments{program,       "--no-huge",     "--no-pci", "--no-telemetry",
                                       "--no-shconf", "--log-level=4", "-m",       "512"};
    if (const char* const pool = pool_of_build()) {
        arguments.push_back("--mbuf-pool-ops-name");
        arguments.push_back(pool);
    }
    return rte_eal_init(static_cast<int>(arguments.size()), const_cast<char**>(arguments.data()))
           >= 0;
}

} // namespace weir::test
