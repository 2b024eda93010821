#pragma once

// What two directors say to each other: records, one after another, on a connection that carries
// one director's table to the other. `hello` comes first, from both. Then the teller sends targets,
// flows, gone and marks, and what its operator has set for servers; the adopter answers with acks,
// unknown and again. Each record holds a whole flow, so a record that comes twice, late, or after a
// cut does no harm.
//
// A record is a type byte and fields in network order, of a length that its first bytes tell. The
// reader takes a whole record or waits for more of it, allocates nothing in proportion to what it
// is given, and refuses whatever no director sends. Pure: any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "flow/entry.h"
#include "sync/names.h"

namespace weir::sync {

/// Of this protocol. Two directors speak only if it is the same.
inline constexpr std::uint16_t version = 2;
inline constexpr std::uint32_t most_entries = 1u << 31; ///< in a peer's table
inline constexpr std::uint32_t most_targets = 1u << 20; ///< numbers of a peer's servers
inline constexpr std::size_t longest_name = 64;
inline constexpr std::size_t longest_record = 128; ///< bytes

/// Names one run of a director: random.
using boot_id = std::array<std::uint8_t, 16>;
using bytes = std::vector<std::uint8_t>;

struct hello {
    boot_id boot{};
    std::uint32_t entries = 0; ///< one past the largest slot of its table
    std::string name;          ///< of the director
    friend bool operator==(const hello&, const hello&) = default;
};
/// The servers in a director's file: see name_map::fingerprint.
struct file_print {
    std::uint64_t fingerprint = 0;
    friend bool operator==(const file_print&, const file_print&) = default;
};
/// What a number in flows means from now on.
struct target {
    std::uint32_t number = 0;
    target_name name;
    friend bool operator==(const target&, const target&) = default;
};
/// A flow or template, as it is.
struct flow {
    flow_index slot = 0; ///< in the teller's table
    flow_key key;
    flow_state state = flow_state::none;
    std::uint16_t timeout = 0; ///< seconds
    std::uint16_t age = 0;     ///< seconds since its last packet
    std::uint32_t target = 0;
    flow_index control = 0; ///< slot of its template; 0 = none
    bool is_template() const noexcept { return key.proto == flow_entry::template_proto; }
    friend bool operator==(const flow&, const flow&) = default;
};
/// What was in this slot has ended.
struct gone {
    flow_index slot = 0;
    friend bool operator==(const gone&, const gone&) = default;
};
/// All changes up to here have been told. `whole`: and all there was before.
struct mark {
    std::uint32_t number = 0;
    bool whole = false;
    friend bool operator==(const mark&, const mark&) = default;
};
/// All up to this mark has been adopted.
struct ack {
    std::uint32_t number = 0;
    std::uint64_t no_room = 0; ///< flows so far for which the table was full
    friend bool operator==(const ack&, const ack&) = default;
};
/// The adopter's file has no such target: its flows need not be told.
struct unknown {
    std::uint32_t number = 0;
    friend bool operator==(const unknown&, const unknown&) = default;
};
/// It has now: they are to be told again. 0: all are: there was no room.
struct again {
    std::uint32_t number = 0;
    friend bool operator==(const again&, const again&) = default;
};
/// What an operator has set for a server at run time. Of two the later one holds.
struct setting {
    static constexpr std::uint32_t of_the_file = 0xffff'ffff;
    target_name server;
    std::uint64_t at = 0;               ///< when: milliseconds since 1970, above 0
    std::uint32_t weight = of_the_file; ///< 0 to 65535, or that of the file
    bool disabled = false;
    friend bool operator==(const setting&, const setting&) = default;
};
/// The teller stops, and has told all.
struct bye {
    friend bool operator==(const bye&, const bye&) = default;
};

using record =
    std::variant<hello, file_print, target, flow, gone, mark, ack, unknown, again, bye, setting>;

/// Appends a record.
void write(bytes& to, const record& what);
void write(bytes& to, const flow& what);

struct reading {
    std::size_t size = 0;     ///< bytes of the record; 0: there is more to come
    std::string_view wrong{}; ///< why no director sends that; "" = fine
};
/// Reads the record at the beginning of `from`.
reading read(std::span<const std::uint8_t> from, record& to);

} // namespace weir::sync
