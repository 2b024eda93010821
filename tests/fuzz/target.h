#pragma once

// What a fuzz target is made of. LLVMFuzzerTestOneInput is libFuzzer's entry point, so a target can
// be linked with `-fsanitize=fuzzer` where clang is at hand (guided.cpp); else the driver
// (driver.cpp) calls it with the seeds, every prefix of each, every byte changed, and as many
// random changes as asked for: the same inputs in every run. A target that finds something wrong
// calls `require`.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace weir::fuzz {

/// Good inputs to begin with.
std::vector<std::string> seeds();

/// Ends the program with a message when `good` is false.
void require(bool good, const char* what);

} // namespace weir::fuzz
