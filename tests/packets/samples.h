#pragma once

// One valid frame of every kind that a director may meet, for tests that cover all of them: its
// name, and the parser's expected result.

#include <string>
#include <vector>

#include "net/packet_view.h"
#include "packets/builder.h"

namespace weir::test {

struct sample {
    std::string name;
    bytes_of_frame frame;
    packet_kind kind;
};

/// All checksums are right.
std::vector<sample> samples();

} // namespace weir::test
