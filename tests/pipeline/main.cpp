// The pipeline tests run workers on ports of rings: EAL, but no card, no hugepages, no files.

#include <cstdio>

#include <gtest/gtest.h>

#include <rte_eal.h>

#include "eal.h"

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    if (!weir::test::start_eal("pipeline_tests")) {
        std::fputs("DPDK does not start\n", stderr);
        return 1;
    }
    const int result = RUN_ALL_TESTS();
    rte_eal_cleanup();
    return result;
}
