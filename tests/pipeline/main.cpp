// The pipeline tests run workers on ports of rings: EAL, but no card, no hugepages, no files.

#include <array>
#include <cstdio>

#include <gtest/gtest.h>

#include <rte_eal.h>

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    std::array<const char*, 8> arguments{
        "pipeline_tests", "--no-huge",     "--no-pci", "--no-telemetry",
        "--no-shconf",    "--log-level=4", "-m",       "512"};
    if (rte_eal_init(arguments.size(), const_cast<char**>(arguments.data())) < 0) {
        std::fputs("DPDK does not start\n", stderr);
        return 1;
    }
    const int result = RUN_ALL_TESTS();
    rte_eal_cleanup();
    return result;
}
