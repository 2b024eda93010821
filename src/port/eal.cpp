#include "port/eal.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bpf/libbpf.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_mbuf.h>

#include "port/device.h"
#include "worker/shared.h"

namespace weir::port {

namespace {

constexpr unsigned cache_size = 256;

/// A pool as large as half the memory allows, within reason: descriptors and rings must be filled.
unsigned packets_in(std::uint64_t bytes, std::uint64_t each) {
    constexpr std::uint64_t least = 4096;
    constexpr std::uint64_t most = 262144;
    const std::uint64_t fit = bytes / 2 / each;
    if (fit < least)
        throw std::runtime_error(fmt::format("memory is too small: {} MiB hold {} packets, {} are "
                                             "needed",
                                             bytes >> 20, fit, least));
    return static_cast<unsigned>(std::min(fit, most));
}

/// AF_XDP's libraries talk to stderr about kernels that lack this or that, and then do without.
void quieten_libbpf() {
    libbpf_set_print(nullptr);
    setenv("LIBXDP_SKIP_DISPATCHER", "1", 0);
}

} // namespace

bool hugepages_free(unsigned megabytes) {
    std::uint64_t free_bytes = 0;
    std::error_code none;
    for (const auto& size : std::filesystem::directory_iterator("/sys/kernel/mm/hugepages", none)) {
        std::uint64_t pages = 0;
        std::ifstream(size.path() / "free_hugepages") >> pages;
        const std::string name = size.path().filename(); // hugepages-2048kB
        free_bytes += pages * std::stoull(name.substr(name.find('-') + 1)) * 1024;
    }
    return free_bytes >= std::uint64_t{megabytes} << 20;
}

std::vector<std::string> eal_arguments(const config::configuration& c, bool huge,
                                       const std::string& prefix) {
    std::string lcores = fmt::format("0@{}", c.director.control);
    for (std::size_t w = 0; w < c.director.workers.size(); ++w)
        lcores += fmt::format(",{}@{}", w + 1, c.director.workers[w]);
    std::vector<std::string> arguments{"weir", "--lcores=" + lcores, "--log-level=4", "-m",
                                       std::to_string(c.director.memory)};
    // In memory: nothing is left behind in the file system, whatever ends the process.
    if (huge)
        arguments.push_back("--in-memory");
    else
        arguments.insert(arguments.end(), {"--no-huge", "--no-shconf"});
    arguments.push_back("--file-prefix=" + prefix);
    std::vector<std::string> cards;
    for (const config::port& port : c.ports)
        if (is_pci_address(port.device)
            && std::find(cards.begin(), cards.end(), port.device) == cards.end())
            cards.push_back(port.device);
    if (cards.empty()) {
        arguments.insert(arguments.end(), {"--no-pci", "--iova-mode=va"});
    } else {
        for (const std::string& card : cards)
            arguments.insert(arguments.end(), {"-a", card});
    }
    return arguments;
}

void start_eal(const config::configuration& c, const std::vector<std::string>& extra,
               const notify& warn) {
    if (geteuid() != 0) throw std::runtime_error("weir needs root: network cards and namespaces");
    const bool huge = hugepages_free(c.director.memory);
    if (!huge)
        warn(fmt::format("no {} MiB of free hugepages: running on ordinary pages, slower (reserve "
                         "some in /proc/sys/vm/nr_hugepages)",
                         c.director.memory));
    quieten_libbpf();
    std::vector<std::string> arguments = eal_arguments(c, huge, fmt::format("weir-{}", getpid()));
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    std::vector<char*> argv;
    for (std::string& argument : arguments)
        argv.push_back(argument.data());
    if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0)
        throw std::runtime_error(fmt::format("DPDK does not start ({}); its arguments were: {}",
                                             rte_strerror(rte_errno), fmt::join(arguments, " ")));
}

void stop_eal() {
    // EAL leaves its telemetry socket's folder behind. Its name has our process id in it.
    const std::filesystem::path folder = rte_eal_get_runtime_dir();
    rte_eal_cleanup();
    std::error_code none;
    std::filesystem::remove_all(folder, none);
}

rte_mempool* make_packet_pool(const config::configuration& c) {
    unsigned largest = RTE_MBUF_DEFAULT_DATAROOM;
    for (const config::port& port : c.ports)
        largest = std::max(largest, frame_room(port));
    const auto room = static_cast<std::uint16_t>(RTE_PKTMBUF_HEADROOM + largest);
    static_assert(RTE_PKTMBUF_HEADROOM >= least_headroom);
    const unsigned count = packets_in(std::uint64_t{c.director.memory} << 20,
                                      room + sizeof(rte_mbuf) + note_size + 64);
    rte_mempool* const pool =
        rte_pktmbuf_pool_create("packets", count, cache_size, note_size, room, SOCKET_ID_ANY);
    if (pool == nullptr)
        throw std::runtime_error(
            fmt::format("no memory for {} packet buffers: {}", count, rte_strerror(rte_errno)));
    return pool;
}

} // namespace weir::port
