// The cost of one pick: every built-in scheduler with 10, 100 and 1000 servers. The floor is a pick
// that returns a constant, in the same run. Loads and weights differ between servers; everything is
// in the cache, so these are lower bounds.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "service/scheduler_registry.h"

namespace weir {
namespace {

class constant final : public scheduler {
public:
    std::uint32_t pick(const new_flow&) noexcept override { return 0; }
};

void pick(benchmark::State& state, scheduler& chooser) {
    new_flow flow{.client = ip_address::v4(198, 51, 100, 1),
                  .vip = ip_address::v4(192, 0, 2, 1),
                  .client_port = 1024,
                  .vip_port = 80,
                  .protocol = 6};
    for (auto _ : state) {
        flow.random = flow.random * 6364136223846793005U + 1442695040888963407U;
        flow.client_port = static_cast<std::uint16_t>(flow.random >> 48);
        flow.client = ip_address::v4({static_cast<std::uint32_t>(flow.random >> 32)});
        benchmark::DoNotOptimize(chooser.pick(flow));
    }
}

void floor(benchmark::State& state) {
    constant chooser;
    scheduler* hidden = &chooser;
    benchmark::DoNotOptimize(hidden);
    pick(state, *hidden);
}

void built_in(benchmark::State& state, const scheduler_type* type, bool scattered) {
    const auto count = static_cast<std::size_t>(state.range(0));
    std::vector<server_load> loads(count);
    std::vector<server_view> servers;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t slot = scattered ? i * 617 % count : i; // 617 is prime to 10, 100, 1000
        loads[slot].weight = static_cast<std::int32_t>(1 + i % 100);
        loads[slot].active = static_cast<std::uint32_t>(500 + i * 7919 % 1000);
        loads[slot].inactive = static_cast<std::uint32_t>(i * 104729 % 10000);
        servers.push_back(
            {&loads[slot],
             ip_address::v4(10, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)),
             80, loads[slot].weight});
    }
    const auto chooser = type->make({.servers = servers, .options = {}});
    pick(state, *chooser);
}

} // namespace
} // namespace weir

int main(int argc, char** argv) {
    benchmark::RegisterBenchmark("floor: empty virtual call", weir::floor);
    for (const weir::scheduler_type* type : weir::all_schedulers()) {
        auto run = [type](benchmark::State& state) { weir::built_in(state, type, false); };
        benchmark::RegisterBenchmark(type->name, run)->Arg(10)->Arg(100)->Arg(1000);
    }
    auto scattered = [](benchmark::State& state) {
        weir::built_in(state, weir::find_scheduler("wlc"), true);
    };
    benchmark::RegisterBenchmark("wlc, slots out of order", scattered)->Arg(1000);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
}
