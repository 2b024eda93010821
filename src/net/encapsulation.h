#pragma once

// The encapsulations of a tunnel: what stands between its outer and its inner IP header. Each is a
// class without objects in a file of its own (ipip.h shows what it says); a new one takes that
// file, its word in `encapsulation` and its place in `all_encapsulations`. LVS calls them types of
// tunnels (IP_VS_CONN_F_TUNNEL_TYPE_* in include/uapi/linux/ip_vs.h). Constant data: any thread.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

#include "net/gre.h"
#include "net/ipip.h"

namespace weir::inline net {

enum class encapsulation : std::uint8_t { ipip, gre };

/// By encapsulation.
using all_encapsulations = std::tuple<ipip, gre>;
inline constexpr std::size_t encapsulations = std::tuple_size_v<all_encapsulations>;

/// Calls `visit` with the class of `which`, and returns what it returns.
template <std::size_t first = 0, typename Visit>
[[gnu::always_inline]] constexpr auto with_encapsulation(encapsulation which, Visit&& visit) {
    if constexpr (first + 1 < encapsulations)
        if (which != static_cast<encapsulation>(first))
            return with_encapsulation<first + 1>(which, visit);
    return visit(std::tuple_element_t<first, all_encapsulations>{});
}

/// As configurations and ipvsadm's --tun-type write it.
constexpr std::string_view word_of(encapsulation which) noexcept {
    return with_encapsulation(which, [](auto e) { return e.word; });
}

/// Their words, by encapsulation.
inline constexpr std::array<std::string_view, encapsulations> encapsulation_words = [] {
    std::array<std::string_view, encapsulations> words;
    for (std::size_t i = 0; i < words.size(); ++i)
        words[i] = word_of(static_cast<encapsulation>(i));
    return words;
}();

constexpr std::optional<encapsulation> find_encapsulation(std::string_view word) noexcept {
    const auto* const found = std::ranges::find(encapsulation_words, word);
    if (found == encapsulation_words.end()) return std::nullopt;
    return static_cast<encapsulation>(found - encapsulation_words.begin());
}

/// Does an outer header with this protocol belong to such a tunnel?
constexpr bool is_proto_of(encapsulation which, std::uint8_t proto) noexcept {
    return with_encapsulation(
        which, [proto](auto e) { return proto == e.proto(false) || proto == e.proto(true); });
}
/// Does it belong to any tunnel that weir makes?
constexpr bool is_proto_of_tunnel(std::uint8_t proto) noexcept {
    for (std::size_t i = 0; i < encapsulations; ++i)
        if (is_proto_of(static_cast<encapsulation>(i), proto)) return true;
    return false;
}

} // namespace weir::inline net
