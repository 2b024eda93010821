#pragma once

// The scheduler API: all that a scheduler author needs.
//
// A scheduler chooses the real server of each new connection. An instance is made for one fixed
// list of servers and lives as long as that list; when the list or a weight changes, the control
// core makes a new instance, shows it the previous one so that it can take over its position, and
// swaps the two under the workers. So tables may be built at leisure in `make`, and never change
// under a reader.
//
// Threads: `make` and the destructor run on the control core. `pick` runs on every worker at once,
// for each new connection: it must not lock, allocate, throw or make a system call. What it changes
// (a cursor) must be atomic. Counts and weights it reads may change between two reads.
//
// A scheduler is one file that ends in one WEIR_SCHEDULER line; it may be built into weir
// (schedulers/) or outside as a shared object that the configuration names (`plugin =`).

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "weir/address.h"

namespace weir {

/// What changes at run time about a real server. Written by workers (counts, and whether they
/// overload it) and the control core (weight, the other reasons); schedulers only read. Outlives
/// every server list it appears in.
struct alignas(16) server_load {
    std::atomic<std::uint32_t> active{0};   ///< connections in an active state (LVS's ActiveConn)
    std::atomic<std::uint32_t> inactive{0}; ///< all others (LVS's InActConn)
    std::atomic<std::int32_t> weight{1};    ///< 0 = quiesced: takes no new connections
    std::atomic<std::uint32_t> unavailable{0}; ///< bits of `why_unavailable`; 0 = available

    enum why_unavailable : std::uint32_t {
        overloaded = 1, ///< reached its upper connection threshold, not yet below the lower one
        down = 2,       ///< failed its health checks
        disabled = 4,   ///< switched off by the operator
        removed = 8,    ///< gone from the configuration; in no list, but its connections go on
    };

    /// Is this reason among them?
    bool is(why_unavailable why) const noexcept {
        return (unavailable.load(std::memory_order_relaxed) & why) != 0;
    }
    /// More than overloaded: not even a client that it has served before may come back.
    bool is_out() const noexcept {
        return (unavailable.load(std::memory_order_relaxed) & (down | disabled | removed)) != 0;
    }
    /// Adds a reason, or takes it away; the others stay.
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
    std::int32_t last_weight = 1; ///< the last weight above 0: hash tables keep their shape by it

    std::int32_t weight() const noexcept { return load->weight.load(std::memory_order_relaxed); }
    std::uint32_t active() const noexcept { return load->active.load(std::memory_order_relaxed); }
    std::uint32_t inactive() const noexcept {
        return load->inactive.load(std::memory_order_relaxed);
    }
    /// May it take a new connection: weight above 0 and nothing against it?
    bool available() const noexcept {
        return weight() > 0 && load->unavailable.load(std::memory_order_relaxed) == 0;
    }
    /// LVS's measure of load: an active connection costs as much as 256 inactive ones.
    std::uint64_t overhead() const noexcept { return (std::uint64_t{active()} << 8) + inactive(); }
};

/// The connection to be placed.
struct new_flow {
    ip_address client;
    ip_address vip;
    std::uint16_t client_port = 0; ///< host order
    std::uint16_t vip_port = 0;    ///< host order
    std::uint8_t protocol = 0;     ///< IP protocol number: 6 TCP, 17 UDP, 132 SCTP
    std::uint64_t random = 0;      ///< uniform, differs from flow to flow and from start to start
};

/// The answer of a scheduler that has no server to give.
inline constexpr std::uint32_t no_server = UINT32_MAX;

/// Chooses among one fixed list of servers.
class scheduler {
public:
    scheduler() = default;
    scheduler(const scheduler&) = delete;
    scheduler& operator=(const scheduler&) = delete;
    virtual ~scheduler() = default;

    /// The index in the list of the server that shall take `flow`, or `no_server`. Called by every
    /// worker at once.
    virtual std::uint32_t pick(const new_flow& flow) noexcept = 0;
};

/// What an instance is made from.
struct scheduler_setup {
    std::span<const server_view> servers; ///< 0 to 65535; outlives the instance
    std::span<const std::string> options; ///< the words after the name in `scheduler =`
    const scheduler* previous = nullptr;  ///< the instance this one replaces, of the same type
    std::span<const std::uint32_t>
        moved{}; ///< old index of each server in `previous`, or no_server
};

/// A kind of scheduler: what a WEIR_SCHEDULER line registers. `api` keeps its place in all
/// versions.
struct scheduler_type {
    const char* name;    ///< as the configuration names it
    const char* summary; ///< one line for `weir --schedulers`
    /// Makes an instance; throws std::invalid_argument when an option is not understood.
    std::unique_ptr<scheduler> (*make)(const scheduler_setup&);
    unsigned api; ///< scheduler_api of the build
    /// `pick` reads weights as they are, or needs none: no new instance is made when health checks
    /// change one. An operator's change, which is `last_weight` too, always makes a new one.
    bool live_weights = false;
    /// Only the proportions of weights count: 1 and 2 choose as 100 and 200 do. Such schedulers are
    /// shown finer weights where a share of one may be wanted, as half of weight 1.
    bool proportional = false;
};

/// Grows when a plugin built against older headers would misbehave.
inline constexpr unsigned scheduler_api = 2;

/// Adds a kind of scheduler. Called through WEIR_SCHEDULER, before main or while a plugin loads.
/// A second type of the same name, or one of another API version, is kept out and reported when the
/// configuration is read.
bool register_scheduler(const scheduler_type& type);

} // namespace weir

/// Registers class `TYPE`, constructible from `const scheduler_setup&`, under `NAME`. What else
/// holds of it follows: `.live_weights = true, .proportional = true`.
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
