#pragma once

// DPDK's rte_hash as a connection table would use it, for `weir-bench table`: lock-free readers,
// several writers, a quarter more room than flows, on memory of the same making as weir's own
// table. One thread.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include <rte_hash.h>
#include <rte_malloc.h>

#include "environment.h"
#include "flow/memory.h"
#include "net/hash.h"
#include "net/packet_view.h"

namespace weir::bench {

inline constexpr unsigned batch = 32; ///< keys handed to a table at once

/// A key of rte_hash with room for both families.
struct wide_key {
    flow_key key;
    std::array<std::byte, 48 - sizeof(flow_key)> padding{};
    explicit wide_key(const flow_key& k) : key(k) {}
    wide_key() = default;
};
/// For IPv4 alone.
struct narrow_key {
    be32 client;
    be32 vip;
    be16 client_port;
    be16 vip_port;
    std::uint32_t proto = 0;
    explicit narrow_key(const flow_key& k)
        : client(k.source.as_v4()), vip(k.destination.as_v4()), client_port(k.source_port),
          vip_port(k.destination_port), proto(k.proto) {}
    narrow_key() = default;
};
static_assert(sizeof(wide_key) == 48 && sizeof(narrow_key) == 16);

/// rte_hash, on memory allocated like ours.
template <typename Key>
class rte_hash_table {
public:
    explicit rte_hash_table(std::uint32_t flows)
        : memory_(memory_for(flows)), heap_(fmt::format("table{}", sizeof(Key))) {
        const std::size_t pages = memory_.bytes() / memory_.page_size();
        if (rte_malloc_heap_create(heap_.c_str()) != 0
            || rte_malloc_heap_memory_add(heap_.c_str(), memory_.data(), memory_.bytes(), nullptr,
                                          static_cast<unsigned>(pages), memory_.page_size())
                   != 0)
            throw std::runtime_error("DPDK does not take the memory for rte_hash");
        const int socket = rte_malloc_heap_get_socket(heap_.c_str());
        const rte_hash_parameters parameters{.name = heap_.c_str(),
                                             .entries = flows + flows / 4,
                                             .reserved = 0,
                                             .key_len = sizeof(Key),
                                             .hash_func = nullptr, // the caller passes hashes
                                             .hash_func_init_val = 0,
                                             .socket_id = socket,
                                             .extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF
                                                           | RTE_HASH_EXTRA_FLAGS_MULTI_WRITER_ADD};
        table_ = rte_hash_create(&parameters);
        if (table_ == nullptr) throw std::runtime_error("rte_hash cannot be made");
        rte_malloc_socket_stats used{};
        rte_malloc_get_socket_stats(socket, &used);
        bytes_ = static_cast<double>(used.heap_allocsz_bytes);
    }
    ~rte_hash_table() {
        rte_hash_free(table_);
        rte_malloc_heap_memory_remove(heap_.c_str(), memory_.data(), memory_.bytes());
        rte_malloc_heap_destroy(heap_.c_str());
    }
    rte_hash_table(const rte_hash_table&) = delete;
    rte_hash_table& operator=(const rte_hash_table&) = delete;

    unsigned look_up(const flow_key* keys) {
        std::array<const void*, batch> pointers;
        for (unsigned i = 0; i < batch; ++i) {
            hashes_[i] = static_cast<hash_sig_t>(hasher_(keys[i]));
            keys_[i] = Key(keys[i]);
            pointers[i] = &keys_[i];
        }
        std::uint64_t hits = 0;
        std::array<void*, batch> data;
        return static_cast<unsigned>(rte_hash_lookup_with_hash_bulk_data(
            table_, pointers.data(), hashes_.data(), batch, &hits, data.data()));
    }
    void insert(const flow_key* keys) {
        look_up(keys);
        for (unsigned i = 0; i < batch; ++i)
            if (rte_hash_add_key_with_hash_data(table_, &keys_[i], hashes_[i], this) != 0)
                throw std::runtime_error("rte_hash is full");
    }
    void remove(const flow_key* keys) {
        look_up(keys);
        for (unsigned i = 0; i < batch; ++i) {
            const int position = rte_hash_del_key_with_hash(table_, &keys_[i], hashes_[i]);
            // No grace period: there is no other reader here.
            if (position < 0 || rte_hash_free_key_with_position(table_, position) != 0)
                throw std::runtime_error("rte_hash lost a key");
        }
    }
    double bytes() const { return bytes_; }
    std::string pages() const { return pages_of(memory_.data()); }
    std::uint32_t left() const { return static_cast<std::uint32_t>(rte_hash_count(table_)); }

private:
    /// The memory that rte_hash takes, with some reserve: keys, twice as many bucket slots as
    /// flows, free list.
    static std::size_t memory_for(std::uint32_t flows) {
        const std::size_t room = std::bit_ceil(std::size_t{flows} + flows / 4);
        const std::size_t key = (8 + sizeof(Key) + 15) / 16 * 16;
        return (std::size_t{flows} + flows / 4 + 8192) * key + room * 8 + room * 4 * 2
               + (std::size_t{8} << 20);
    }

    large_memory memory_;
    std::string heap_;
    rte_hash* table_ = nullptr;
    double bytes_ = 0;
    flow_hasher hasher_;
    std::array<hash_sig_t, batch> hashes_;
    std::array<Key, batch> keys_;
};

} // namespace weir::bench
