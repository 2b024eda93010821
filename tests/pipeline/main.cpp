// The pipeline tests run workers on ports of rings: EAL, but no card, no hugepages, no files.

#include <cstdio>
#include <vector>

#include <gtest/gtest.h>

#include <rte_eal.h>

#include "visible_pool.h"

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    std::vector<const char*> arguments{
        "pipeline_tests", "--no-huge",     "--no-pci", "--no-telemetry",
        "--no-shconf",    "--log-level=4", "-m",       "512"};
    if (const char* const pool = weir::test::pool_of_build()) {
        arguments.push_back("--mbuf-pool-ops-name");
        arguments.push_back(pool);
    }
    if (rte_eal_init(static_cast<int>(arguments.size()), const_cast<char**>(arguments.data()))
        < 0) {
        std::fputs("DPDK does not start\n", stderr);
        return 1;
    }
    const int result = RUN_ALL_TESTS();
    rte_eal_cleanup();
    return result;
}
