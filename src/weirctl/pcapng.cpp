#include "weirctl/pcapng.h"

namespace weir::weirctl::pcapng {

namespace {

constexpr std::uint32_t section_type = 0x0a0d0d0a;
constexpr std::uint32_t interface_type = 1;
constexpr std::uint32_t packet_type = 6;
constexpr std::uint16_t ethernet = 1;

// Options (section 3.5 and those of each block).
constexpr std::uint16_t comment_option = 1;
constexpr std::uint16_t name_option = 2;        // interface
constexpr std::uint16_t application_option = 4; // section
constexpr std::uint16_t resolution_option = 9;  // interface
constexpr std::uint16_t flags_option = 2;       // packet

/// In the machine's byte order: the section's magic says which that is.
template <typename Number>
void put(std::string& to, Number value) {
    to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_padded(std::string& to, std::string_view bytes) {
    to += bytes;
    to.append((4 - bytes.size() % 4) % 4, '\0');
}

void put_option(std::string& to, std::uint16_t code, std::string_view value) {
    put(to, code);
    put(to, static_cast<std::uint16_t>(value.size()));
    put_padded(to, value);
}

std::string whole(std::uint32_t type, const std::string& body) {
    std::string block;
    const auto length = static_cast<std::uint32_t>(body.size() + 12);
    put(block, type);
    put(block, length);
    block += body;
    put(block, length);
    return block;
}

void end_options(std::string& to) {
    put(to, std::uint32_t{0});
}

} // namespace

std::string begin(std::string_view application) {
    std::string body;
    put(body, std::uint32_t{0x1a2b3c4d});
    put(body, std::uint16_t{1}); // version 1.0
    put(body, std::uint16_t{0});
    put(body, std::int64_t{-1}); // the section's length is not known
    put_option(body, application_option, application);
    end_options(body);
    return whole(section_type, body);
}

std::string interface(std::string_view name, std::uint32_t snap) {
    std::string body;
    put(body, ethernet);
    put(body, std::uint16_t{0});
    put(body, snap);
    put_option(body, name_option, name);
    constexpr char nanoseconds = 9;
    put_option(body, resolution_option, {&nanoseconds, 1});
    end_options(body);
    return whole(interface_type, body);
}

std::string block(const packet& p) {
    std::string body;
    put(body, p.interface);
    put(body, static_cast<std::uint32_t>(p.time_ns >> 32));
    put(body, static_cast<std::uint32_t>(p.time_ns));
    put(body, static_cast<std::uint32_t>(p.bytes.size()));
    put(body, p.length);
    put_padded(body, p.bytes);
    std::string direction;
    put(direction, std::uint32_t{p.outbound ? 2u : 1u});
    put_option(body, flags_option, direction);
    if (!p.comment.empty()) put_option(body, comment_option, p.comment);
    end_options(body);
    return whole(packet_type, body);
}

} // namespace weir::weirctl::pcapng
