#pragma once

// The key that outlives a process: 32 random bytes. Whatever two runs of a director, or two
// directors, must choose alike is hashed with words derived from it, so that no outsider can tell
// which server a flow goes to. The first start makes one in `state-dir`; `key = FILE` names one
// that several directors share.
//
// The file is one line of 64 hexadecimal digits, as `openssl rand -hex 32` prints, readable by its
// owner only. Each purpose gets words of its own: HKDF-Expand with SHA-256 (RFC 5869 section 2.3).
// Control core, at start.

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "net/hash.h"

namespace weir::director {

class shared_key {
public:
    static constexpr std::size_t size = 32; ///< bytes
    using key_bytes = std::array<std::uint8_t, size>;

    /// There is no place for a key.
    struct cannot_keep : std::runtime_error {
        using std::runtime_error::runtime_error;
    };

    explicit shared_key(const key_bytes& key) noexcept : key_(key) {}

    /// The key in a file. Throws std::runtime_error, "file:line: what is wrong, what would be
    /// right", when there is none or others may read it.
    static shared_key read(const std::string& file);
    /// The key in `directory`, made if there is none. Of several that make one at once, all get
    /// the same. Throws std::runtime_error as read() does, and cannot_keep when there is none and
    /// none can be made.
    static shared_key keep_in(const std::string& directory);
    /// One that lasts as long as the process.
    static shared_key random();

    /// The same for everyone with the same key and purpose.
    flow_hasher hasher(std::string_view purpose) const;

    /// 32 secret bytes, the same likewise.
    key_bytes secret(std::string_view purpose) const;

private:
    static constexpr std::size_t block = 32; ///< of SHA-256
    std::array<std::uint8_t, 2 * block> words(std::string_view purpose) const;

    key_bytes key_;
};

} // namespace weir::director
