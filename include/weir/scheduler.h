#pragma once

// The scheduler API: everything a scheduler author needs.
//
// A scheduler chooses the real server of each new connection. An instance serves one fixed list of
// servers and lives as long as that list. When the list or a weight changes, the control core makes
// a new instance, passes it the previous one so that it can take over its position, and swaps the
// two under the workers. So `make` may take its time to build tables, and they never change under a
// reader.
//
// Threads: `make` and the destructor run on the control core. `pick` runs on every worker at once,
// for each new connection: it must not lock, allocate, throw or make a system call. State that it
// changes (a cursor) must be atomic. The counts and weights it reads may change between two reads.
//
// A scheduler is one file that ends in one WEIR_SCHEDULER line. It is built into weir
// (schedulers/), or outside as a shared object that the configuration names (`plugin =`).

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "weir/address.h"

namespace weir {

/// The part of a real server that changes at run time. Workers write the counts and `overloaded`;
/// the control core writes the weight and the other reasons; schedulers only read. Outlives every
/// server list it appears in.
struct alignas(16) server_load {
    std::atomic<std::uint32_t> active{0};   ///< connections in an active state (LVS's ActiveConn)
    std::atomic<std::uint32_t> inactive{0}; ///< all others (LVS's InActConn)
    std::atomic<std::int32_t> weight{1};    ///< 0 = quiesced: takes no new connections
    std::atomic<std::uint32_t> unavailable{0}; ///< bits of `why_unavailable`; 0 = available

    enum why_unavailable : std::uint32_t {
        overloaded = 1, ///< reached its upper connection threshold, not yet below the lower one
        down = 2,       ///< not used, for what its health checks say
        disabled = 4,   ///< switched off by the operator
        removed = 8, ///< no longer in the configuration nor in any list, but its connections go on
    };

    /// True if this reason applies.
    bool is(why_unavailable why) const noexcept {
        return (unavailable.load(std::memory_order_relaxed) & why) != 0;
    }
    /// More than overloaded: even a client that it served before must not come back.
    bool is_out() const noexcept {
        return (unavailable.load(std::memory_order_relaxed) & (down | disabled | removed)) != 0;
    }
    /// Adds or removes a reason; the others stay.
    void set(why_unavailable why, bool holds) noexcept {
        if (holds)
            unavailable.fetch_or(why);
        else
            unavailable.fetch_and(~std::uint32_t{why});
    }
};
static_assert(sizeof(server_load) == 16);

/// A real server as a scheduler sees it.
struct server_view {
    const server_load* load = nullptr; ///< never null in a list given to a scheduler
    ip_address address;
    std::uint16_t port = 0;       ///< host order; 0 = the port the client asked for
    std::int32_t last_weight = 1; ///< the last weight above 0, which gives hash tables their shape

    std::int32_t weight() const noexcept { return load->weight.load(std::memory_order_relaxed); }
    std::uint32_t active() const noexcept { return load->active.load(std::memory_order_relaxed); }
    std::uint32_t inactive() const noexcept {
        return load->inactive.load(std::memory_order_relaxed);
    }
    /// True if it may take a new connection: its weight is above 0 and no reason applies.
    bool available() const noexcept {
        return weight() > 0 && load->unavailable.load(std::memory_order_relaxed) == 0;
    }
    /// LVS's measure of load: an active connection costs as much as 256 inactive ones.
    std::uint64_t overhead() const noexcept { return (std::uint64_t{active()} << 8) + inactive(); }
};

/// The connection to place.
struct new_flow {
    ip_address client;
    ip_address vip;
    std::uint16_t client_port = 0; ///< host order
    std::uint16_t vip_port = 0;    ///< host order
    std::uint8_t protocol = 0;     ///< IP protocol number: 6 TCP, 17 UDP, 132 SCTP
    std::uint64_t random = 0;      ///< uniform, differs between flows and between starts
};

/// What `pick` returns when no server is available.
inline constexpr std::uint32_t no_server = UINT32_MAX;

/// Chooses among one fixed list of servers.
class scheduler {
public:
    scheduler() = default;
    scheduler(const scheduler&) = delete;
    scheduler& operator=(const scheduler&) = delete;
    virtual ~scheduler() = default;

    /// The list index of the server that takes `flow`, or `no_server`. Every worker calls this at
    /// once.
    virtual std::uint32_t pick(const new_flow& flow) noexcept = 0;
};

/// The arguments of `make`.
struct scheduler_setup {
    std::span<const server_view> servers; ///< 0 to 65535; outlives the instance
    std::span<const std::string> options; ///< the words after the name in `scheduler =`
    const scheduler* previous = nullptr;  ///< the instance this one replaces, of the same type
    std::span<const std::uint32_t>
        moved{}; ///< old index of each server in `previous`, or no_server
};

/// A kind of scheduler, as a WEIR_SCHEDULER line registers it. `api` keeps its offset in all
/// versions.
struct scheduler_type {
    const char* name;    ///< its name in the configuration
    const char* summary; ///< one line for `weir --schedulers`
    /// Makes an instance; throws std::invalid_argument for an unknown option.
    std::unique_ptr<scheduler> (*make)(const scheduler_setup&);
    unsigned api; ///< scheduler_api at compile time
    /// `pick` reads weights live, or needs none: a health check that changes a weight makes no new
    /// instance. An operator's change also changes `last_weight` and always makes one.
    bool live_weights = false;
    /// Only the ratio of weights counts: 1 and 2 choose as 100 and 200 do. Such schedulers see
    /// finer weights when a fraction of a weight is needed, such as half of weight 1.
    bool proportional = false;
};

/// Grows whenever a plugin built against older headers would misbehave.
inline constexpr unsigned scheduler_api = 2;

/// Adds a kind of scheduler. WEIR_SCHEDULER calls it before main or while a plugin loads. It
/// rejects a second type of the same name, and a type of another API version; the error appears
/// when weir reads the configuration.
bool register_scheduler(const scheduler_type& type);

} // namespace weir

/// Registers class `TYPE`, constructible from `const scheduler_setup&`, under `NAME`. Further
/// properties follow: `.live_weights = true, .proportional = true`.
#define WEIR_SCHEDULER(TYPE, NAME, SUMMARY, ...)                                                   \
    namespace {                                                                                    \
    [[maybe_unused]] const bool weir_registered_##TYPE = ::weir::register_scheduler(               \
        {.name = NAME,                                                                             \
         .summary = SUMMARY,                                                                       \
         .make = [](const ::weir::scheduler_setup& setup) -> std::unique_ptr<::weir::scheduler> {  \
             return std::make_unique<TYPE>(setup);                                                 \
         },                                                                                        \
         .api = ::weir::scheduler_api,                                                             \
         __VA_ARGS__});                                                                            \
    }                                                                                              \
    static_assert(true)
