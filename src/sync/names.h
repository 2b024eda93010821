#pragma once

// Servers by name. Slot numbers are each director's own: to another director a server is the first
// listener of its service, its address and port, and how packets reach it. The control core makes a
// map of names whenever services change and hands it to the sync thread as a whole; a map never
// changes. It names removed servers too, as long as they have connections.
//
// A slot's serial tells which server had it: it differs once the slot has another one.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "flow/mode.h"
#include "flow/target.h"
#include "net/types.h"

namespace weir::sync {

struct target_name {
    endpoint service; ///< its first listener
    ip_address address;
    std::uint16_t port = 0; ///< 0 = the one that the client asked for
    forwarding forward;
    friend bool operator==(const target_name&, const target_name&) = default;
};

struct hash_of_name {
    std::size_t operator()(const target_name& name) const noexcept;
};

class name_map {
public:
    /// One server's slot, and its name.
    struct item {
        target_id id = 0;
        target_name name;
        std::uint32_t serial = 0; ///< above 0
        bool configured = true;   ///< false: removed, its connections go on
    };

    name_map() = default;
    explicit name_map(const std::vector<item>& items);

    /// The name in a slot; null: none.
    const item* at(target_id id) const noexcept {
        return id < by_id_.size() && by_id_[id].serial != 0 ? &by_id_[id] : nullptr;
    }
    /// The slot of a name; null: no such server here.
    const item* find(const target_name& name) const noexcept {
        const auto found = by_name_.find(name);
        return found == by_name_.end() ? nullptr : at(found->second);
    }
    /// Equal for two directors whose files have the same servers in the same services.
    std::uint64_t fingerprint() const noexcept { return fingerprint_; }

private:
    std::vector<item> by_id_;
    std::unordered_map<target_name, target_id, hash_of_name> by_name_;
    std::uint64_t fingerprint_ = 0;
};

} // namespace weir::sync
