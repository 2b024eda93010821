// Source hashing: the client's address determines the server.
//
// LVS: net/netfilter/ipvs/ip_vs_sh.c. A table of 2^bits slots is dealt to the servers in order, to
// each as many slots in a row as its weight says (one for weight 0), until it is full. If the total
// weight exceeds the table size, the last servers get no slots: choose a larger `bits`, or mh.
//
// Options: `port` also hashes the client's port (LVS's sh-port); `fallback` looks for another
// server when the client's own is unavailable (sh-fallback); `bits=N`, 4 to 20, is the size of the
// table (the kernel's IP_VS_SH_TAB_BITS; 8).

#include <stdexcept>
#include <vector>

#include "lvs_hash.h"
#include "options.h"
#include "stray.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

class source_hash final : public scheduler {
public:
    explicit source_hash(const scheduler_setup& setup) : servers_(setup.servers) {
        read_options(setup.options,
                     {{"port", &with_port_}, {"fallback", &fallback_}, {"bits", nullptr, &bits_}});
        if (bits_ < 4 || bits_ > 20)
            throw std::invalid_argument("scheduler option bits=" + std::to_string(bits_)
                                        + " must be 4 to 20");
        slots_.resize(std::size_t{1} << bits_);
        if (servers_.empty()) return;
        std::size_t server = 0;
        std::int32_t dealt = 0;
        for (std::uint16_t& slot : slots_) {
            slot = static_cast<std::uint16_t>(server);
            if (++dealt < servers_[server].weight()) continue;
            server = (server + 1) % servers_.size();
            dealt = 0;
        }
    }

    std::uint32_t pick(const new_flow& flow) noexcept override {
        if (servers_.empty()) return no_server;
        const std::uint32_t slot = lvs_slot(flow.client, with_port_ ? flow.client_port : 0, bits_);
        const std::uint32_t own = slots_[slot];
        if (servers_[own].available()) return own;
        if (!may_stray(servers_[own], fallback_)) return no_server;
        // LVS adds the slot to itself before it walks on (ip_vs_sh_get_fallback).
        for (std::uint32_t step = 0; step < slots_.size(); ++step) {
            const std::uint32_t other = slots_[(2 * slot + step) & (slots_.size() - 1)];
            if (servers_[other].available()) return other;
        }
        return no_server;
    }

private:
    std::span<const server_view> servers_;
    bool with_port_ = false;
    bool fallback_ = false;
    std::uint32_t bits_ = 8;
    std::vector<std::uint16_t> slots_;
};

WEIR_SCHEDULER(source_hash, "sh", "source hashing: by the client's address");

} // namespace weir::schedulers
