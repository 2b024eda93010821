#pragma once

// Runs frames through the functions of src/net and compares the result.

#include <gtest/gtest.h>

#include <memory>

#include "net/parse.h"
#include "packets/builder.h"
#include "packets/samples.h"

namespace weir::test {

inline packet_view parsed(std::span<const std::byte> frame,
                          ip_checksum device_says = ip_checksum::unknown) {
    packet_view view;
    parse(frame, device_says, view);
    return view;
}

inline ip_address address(std::string_view text) {
    return parse_address(text).value();
}

/// Fails with both frames in words.
inline void expect_frame(const char* what, const bytes_of_frame& got,
                         const bytes_of_frame& wanted) {
    EXPECT_TRUE(got == wanted) << what << "\n   got " << describe(got) << "\nwanted "
                               << describe(wanted);
}

inline packet client_v4() {
    return packet().from("198.51.100.7").to("192.0.2.100");
}
inline packet client_v6() {
    return packet().from("2001:db8:7::7").to("2001:db8::100");
}

} // namespace weir::test
