// The work on a packet, piece by piece: parse, hash, checksum, each rewrite. The floor is a pass
// over the same frames that swaps their MAC addresses, in the same run. It uses a thousand frames
// in turn, all in the cache, so these are lower bounds.

#include <benchmark/benchmark.h>

#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "net/checksum.h"
#include "net/hash.h"
#include "net/parse.h"
#include "net/rewrite.h"
#include "net/tunnel.h"
#include "service/link_address.h"

namespace weir {
namespace {

constexpr std::size_t frames = 1024;
constexpr std::size_t headroom = 64;

struct frame {
    std::array<std::byte, headroom + 128> room{};
    packet_view view;
    std::byte* data() { return room.data() + headroom; }
    std::span<const std::byte> bytes(std::size_t size) { return {data(), size}; }
};

ip_address client(bool v6, std::size_t i) {
    if (!v6) return ip_address::v4(be32::from_host(0x0a000000 + static_cast<std::uint32_t>(i)));
    std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8};
    bytes[14] = static_cast<std::uint8_t>(i >> 8);
    bytes[15] = static_cast<std::uint8_t>(i);
    return ip_address::v6(bytes.data());
}

ip_address vip(bool v6) {
    return v6 ? client(true, 0xffff) : ip_address::v4(192, 0, 2, 100);
}

constexpr std::size_t length(bool v6) {
    return sizeof(ether_header) + (v6 ? sizeof(ipv6_header) : sizeof(ipv4_header))
           + sizeof(tcp_header);
}

std::vector<frame> make_frames(bool v6) {
    std::vector<frame> all(frames);
    for (std::size_t i = 0; i < frames; ++i) {
        std::byte* const at = all[i].data();
        auto& ether = header_at<ether_header>(at, 0);
        ether.type =
            be16::from_host(static_cast<std::uint16_t>(v6 ? ether_type::ipv6 : ether_type::ipv4));
        std::byte* const l3 = at + sizeof ether;
        if (v6) {
            auto& ip = header_at<ipv6_header>(l3, 0);
            ip.version_class_flow = be32::from_host(0x60000000);
            ip.payload_length = be16::from_host(sizeof(tcp_header));
            ip.next_header = static_cast<std::uint8_t>(protocol::tcp);
            ip.hop_limit = 64;
            ip.source = client(true, i + 1).bytes();
            ip.destination = vip(true).bytes();
        } else {
            auto& ip = header_at<ipv4_header>(l3, 0);
            ip.version_ihl = 0x45;
            ip.total_length = be16::from_host(sizeof ip + sizeof(tcp_header));
            ip.ttl = 64;
            ip.proto = static_cast<std::uint8_t>(protocol::tcp);
            ip.source = client(false, i + 1).as_v4();
            ip.destination = vip(false).as_v4();
            ip.checksum =
                checksum_finish(checksum_add({reinterpret_cast<const std::byte*>(&ip), sizeof ip}));
        }
        auto& tcp = header_at<tcp_header>(l3, v6 ? sizeof(ipv6_header) : sizeof(ipv4_header));
        tcp.source_port = be16::from_host(static_cast<std::uint16_t>(1024 + i));
        tcp.destination_port = be16::from_host(80);
        tcp.data_offset = 5 << 4;
        tcp.flags = tcp_header::ack;
        parse(all[i].bytes(length(v6)), ip_checksum::unknown, all[i].view);
        if (all[i].view.kind != packet_kind::flow) std::abort();
    }
    return all;
}

/// Runs `work(frame)` for one frame after the other.
template <typename Work>
void each(benchmark::State& state, bool v6, Work&& work) {
    std::vector<frame> all = make_frames(v6);
    std::size_t i = 0;
    for (auto _ : state) {
        work(all[i]);
        i = (i + 1) % frames;
    }
    benchmark::ClobberMemory();
}

void floor(benchmark::State& state, bool v6) {
    each(state, v6, [](frame& f) {
        auto& ether = header_at<ether_header>(f.data(), 0);
        std::swap(ether.source, ether.destination);
    });
}

void parse_whole(benchmark::State& state, bool v6) {
    each(state, v6, [v6](frame& f) {
        parse(f.bytes(length(v6)), ip_checksum::unknown, f.view);
        benchmark::DoNotOptimize(f.view);
    });
}

void parse_common(benchmark::State& state, bool v6) {
    each(state, v6, [v6](frame& f) {
        benchmark::DoNotOptimize(parse_simple(f.bytes(length(v6)), false, f.view));
    });
}

void hash(benchmark::State& state, bool v6) {
    const flow_hasher hasher;
    each(state, v6, [&](frame& f) { benchmark::DoNotOptimize(hasher(f.view.key)); });
}

void checksum(benchmark::State& state, bool v6) {
    each(state, v6,
         [v6](frame& f) { benchmark::DoNotOptimize(checksum_add(f.bytes(length(v6)))); });
}

/// DR: the MAC addresses and the TTL.
void rewrite_dr(benchmark::State& state, bool v6) {
    const link_address from({{2, 0, 0, 0, 0, 1}}, 0);
    const link_address to({{2, 0, 0, 0, 0, 2}}, 0);
    each(state, v6, [&](frame& f) {
        to.write(f.data(), from);
        decrement_ttl(f.data() + f.view.l3, v6);
    });
}

void rewrite_nat(benchmark::State& state, bool v6) {
    const ip_address server = client(v6, 0x7777);
    each(state, v6, [&](frame& f) {
        decrement_ttl(f.data() + f.view.l3, v6);
        static_cast<void>(translate_destination(f.data(), f.view, server, be16::from_host(8080)));
    });
}

void rewrite_tun(benchmark::State& state, bool v6) {
    const ip_address server = client(v6, 0x7777);
    const ip_address ours = client(v6, 0x7778);
    each(state, v6, [&](frame& f) {
        std::byte* const inner = f.data() + f.view.l3;
        decrement_ttl(inner, v6);
        write_tunnel_header<ipip>(inner - tunnel_overhead<ipip>(v6), v6, inner, v6,
                                  f.view.ip_length, ours, server, 1);
    });
}

} // namespace
} // namespace weir

int main(int argc, char** argv) {
    using run = void (*)(benchmark::State&, bool);
    const std::pair<const char*, run> all[] = {
        {"floor: MAC swap", weir::floor},          {"parse", weir::parse_whole},
        {"parse_simple", weir::parse_common},      {"hash", weir::hash},
        {"checksum of the frame", weir::checksum}, {"rewrite: DR", weir::rewrite_dr},
        {"rewrite: NAT", weir::rewrite_nat},       {"rewrite: TUN", weir::rewrite_tun}};
    for (const bool v6 : {false, true})
        for (const auto& [name, function] : all)
            benchmark::RegisterBenchmark(
                (std::string(name) + (v6 ? ", IPv6" : ", IPv4")).c_str(),
                [function, v6](benchmark::State& state) { function(state, v6); });
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
}
