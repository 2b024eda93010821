// The cost of a configuration change on the control core: building a rule set of so many services,
// and finding a service in it. The floor of building copies the list of services; the floor of
// finding is a call that returns the first. Rules are shared, as in a reload that changes none.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "service/rule_set.h"
#include "service/scheduler_registry.h"

namespace weir {
namespace {

ip_address vip(std::uint32_t i) {
    return ip_address::v4(be32::from_host(0xc6120001 + i));
}

class first_server final : public scheduler {
public:
    std::uint32_t pick(const new_flow&) noexcept override { return 0; }
};

rule_set::contents make_contents(std::int64_t services) {
    static server_load load;
    rule_set::contents contents;
    for (std::int64_t i = 0; i < services; ++i) {
        auto rule = std::make_shared<service_rule>();
        rule->name = "service" + std::to_string(i);
        rule->listen = {{vip(static_cast<std::uint32_t>(i)), 80, protocol::tcp}};
        rule->targets = {1};
        rule->servers = {{&load, ip_address::v4(198, 51, 100, 1), 80, 1}};
        rule->chooser = std::make_unique<first_server>();
        contents.services.push_back(std::move(rule));
    }
    return contents;
}

void floor_build(benchmark::State& state) {
    const rule_set::contents contents = make_contents(state.range(0));
    for (auto _ : state) {
        rule_set::contents copy = contents;
        benchmark::DoNotOptimize(copy);
    }
}

void build(benchmark::State& state) {
    const rule_set::contents contents = make_contents(state.range(0));
    for (auto _ : state) {
        const rule_set rules(contents);
        benchmark::DoNotOptimize(&rules);
    }
}

[[gnu::noinline]] const service_rule* first_of(const rule_set& rules, const ip_address& address) {
    benchmark::DoNotOptimize(address);
    return rules.services().front().get();
}

template <typename Find>
void look_up(benchmark::State& state, Find&& find) {
    const rule_set rules(make_contents(state.range(0)));
    std::uint64_t random = 1;
    for (auto _ : state) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        const auto i = static_cast<std::uint32_t>(
            (random >> 32) * static_cast<std::uint64_t>(state.range(0)) >> 32);
        benchmark::DoNotOptimize(find(rules, vip(i)));
    }
}

void floor_find(benchmark::State& state) {
    look_up(state, [](const rule_set& r, const ip_address& a) { return first_of(r, a); });
}

void find(benchmark::State& state) {
    look_up(state, [](const rule_set& r, const ip_address& a) {
        return r.find(a, be16::from_host(80), 6);
    });
}

} // namespace
} // namespace weir

BENCHMARK(weir::floor_build)->Arg(1)->Arg(1000)->Arg(10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(weir::build)->Arg(1)->Arg(1000)->Arg(10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(weir::floor_find)->Arg(1)->Arg(1000)->Arg(10000);
BENCHMARK(weir::find)->Arg(1)->Arg(1000)->Arg(10000);
BENCHMARK_MAIN();
