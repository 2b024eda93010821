#pragma once

// A heartbeat: what one director says to one peer on every kind of link.
//
//   "weir"  version  flags=0  length   boot  echo  sequence  sent  answers  held
//    4      1        1        2        8     8     8         8     8        4     bytes
//   interval (us)  name  groups {key, state, priority}...  pings {key, hosts}...  code
//    4             1+n   1+6n                              1+6n                   16
//
// Integers in network order. `code` is the first half of the HMAC-SHA-256 of all before it, with a
// key derived from the pair's for this purpose alone. `boot` names a run of the sender, at random;
// `echo` is the boot that it last heard from the peer, so a heartbeat with our own boot was made
// after our start by someone with the key: see conversation.h. Groups and pings go by a hash of
// their names. Pure: any thread; OpenSSL's allocations are the only ones beside the vectors'.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ha/links.h"

namespace weir::links {

inline constexpr std::uint8_t version = 1;
inline constexpr std::size_t code_size = 16;
inline constexpr std::size_t longest_name = 32;
inline constexpr std::size_t most_entries = 255; ///< groups; pings
inline constexpr std::size_t head_size = 56;     ///< up to `interval`
/// No heartbeat is longer.
inline constexpr std::size_t longest_frame =
    head_size + 1 + longest_name + 2 * (1 + 6 * most_entries) + code_size;

using key_bytes = std::array<std::uint8_t, 32>;
using microseconds = std::chrono::duration<std::uint32_t, std::micro>;

/// The name of a group or ping group on the wire: FNV-1a.
constexpr std::uint32_t key_of(std::string_view name) noexcept {
    std::uint32_t hash = 2166136261u;
    for (const char c : name)
        hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619u;
    return hash;
}

struct group_entry {
    std::uint32_t key = 0;
    ha::group_word word;
    friend bool operator==(const group_entry&, const group_entry&) = default;
};
struct ping_entry {
    std::uint32_t key = 0;
    std::uint16_t hosts = 0; ///< that answer
    friend bool operator==(const ping_entry&, const ping_entry&) = default;
};

struct heartbeat {
    std::uint64_t boot = 0;
    std::uint64_t echo = 0;     ///< the peer's boot; 0: not heard yet
    std::uint64_t sequence = 0; ///< grows with each heartbeat to this peer, on any link
    std::uint64_t sent = 0;     ///< nanoseconds by the sender's clock
    std::uint64_t answers = 0;  ///< `sent` of the newest that it heard on this link; 0: none
    microseconds held{0};       ///< since it heard that
    microseconds interval{0};   ///< of this link
    std::string name{};         ///< of the director
    std::vector<group_entry> groups{};
    std::vector<ping_entry> pings{};
    friend bool operator==(const heartbeat&, const heartbeat&) = default;
};

enum class fault : std::uint8_t { none, malformed, wrong_key, replayed, count_ };
inline constexpr std::size_t faults = static_cast<std::size_t>(fault::count_);
constexpr std::string_view name_of(fault f) noexcept {
    constexpr std::array<std::string_view, faults> names{"none", "malformed", "wrong_key",
                                                         "replayed"};
    return names[static_cast<std::size_t>(f)];
}

/// Replaces `to` by the frame.
void write(const heartbeat& h, const key_bytes& key, std::vector<std::byte>& to);
/// `malformed` or `wrong_key`; then `h` is worth nothing. Bytes behind the frame are ignored, as a
/// sector has them.
fault read(std::span<const std::byte> frame, const key_bytes& key, heartbeat& h);

} // namespace weir::links
