// Nearest: the server whose address shares the longest prefix with the client's.
#include <bit>

#include <weir/scheduler.h>

class nearest final : public weir::scheduler {
public:
    explicit nearest(const weir::scheduler_setup& setup) : servers_(setup.servers) {}

    std::uint32_t pick(const weir::new_flow& flow) noexcept override {
        std::uint32_t best = weir::no_server;
        int longest = -1;
        for (std::uint32_t i = 0; i < servers_.size(); ++i) {
            const int shared = shared_bits(servers_[i].address, flow.client);
            if (!servers_[i].available() || shared <= longest) continue;
            best = i;
            longest = shared;
        }
        return best;
    }

private:
    static int shared_bits(const weir::ip_address& a, const weir::ip_address& b) {
        const auto high = __builtin_bswap64(a.high ^ b.high);
        const auto low = __builtin_bswap64(a.low ^ b.low);
        return high != 0 ? std::countl_zero(high) : 64 + std::countl_zero(low);
    }

    std::span<const weir::server_view> servers_;
};

WEIR_SCHEDULER(nearest, "nearest", "the server closest to the client by address",
               .live_weights = true);
