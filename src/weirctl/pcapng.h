#pragma once

// Packets as a pcapng file (draft-ietf-opsawg-pcapng): its section, an interface for each port, and
// enhanced packets with a direction and a comment. Each function returns whole blocks, so a file
// that ends after any of them is sound. Pure.

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::weirctl::pcapng {

struct packet {
    std::uint32_t interface = 0; ///< as they were described, from 0
    std::uint64_t time_ns = 0;   ///< since 1970
    bool outbound = false;
    std::uint32_t length = 0; ///< of the frame on the wire
    std::string_view bytes;   ///< of the frame, cut off
    std::string_view comment; ///< "" = none
};

std::string begin(std::string_view application);
std::string interface(std::string_view name, std::uint32_t snap);
std::string block(const packet& p);

} // namespace weir::weirctl::pcapng
