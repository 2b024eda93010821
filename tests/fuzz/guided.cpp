// With libFuzzer in place of driver.cpp: `fuzz_NAME --seeds FOLDER` writes the seeds into files,
// from which libFuzzer starts.

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

#include "target.h"

namespace weir::fuzz {

void require(bool good, const char* what) {
    if (good) return;
    std::cerr << what << "\n";
    std::abort();
}

} // namespace weir::fuzz

/// libFuzzer calls it first.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
    if (*argc != 3 || std::strcmp((*argv)[1], "--seeds") != 0) return 0;
    int number = 0;
    for (const std::string& seed : weir::fuzz::seeds())
        std::ofstream(std::string((*argv)[2]) + "/seed" + std::to_string(number++),
                      std::ios::binary)
            << seed;
    std::exit(number > 0 ? 0 : 1);
}
