#include "port/eal.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <sched.h>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bpf/libbpf.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_mbuf.h>

#include "config/problem.h"
#include "port/device.h"
#include "port/line_stream.h"
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

/// May this thread run there? Not on a CPU that is missing, offline or outside our cpuset.
bool can_run_on(unsigned cpu) {
    cpu_set_t before, wanted;
    CPU_ZERO(&wanted);
    if (cpu >= CPU_SETSIZE || sched_getaffinity(0, sizeof before, &before) != 0) return false;
    CPU_SET(cpu, &wanted);
    const bool can = sched_setaffinity(0, sizeof wanted, &wanted) == 0;
    sched_setaffinity(0, sizeof before, &before);
    return can;
}

void check_cpu(unsigned cpu, const config::place& where) {
    if (can_run_on(cpu)) return;
    std::string online;
    std::ifstream("/sys/devices/system/cpu/online") >> online;
    throw std::runtime_error(to_string(config::problem{
        where, fmt::format("CPU {} cannot be used; this machine has {}", cpu, online)}));
}

/// EAL leaves the folder of its sockets behind; the sockets themselves it removes at exit. A folder
/// that other processes use as well is not empty.
void remove_runtime_folder() {
    std::error_code none;
    std::filesystem::remove(rte_eal_get_runtime_dir(), none);
}

/// AF_XDP's buffers lie within a page each, their headers included.
void check_xdp_buffers(const config::configuration& c, unsigned data) {
    rte_mempool_objsz size;
    rte_mempool_calc_obj_size(sizeof(rte_mbuf) + note_size + data, 0, &size);
    const auto page = static_cast<unsigned>(sysconf(_SC_PAGESIZE));
    const bool xdp = std::any_of(c.ports.begin(), c.ports.end(), [](const config::port& p) {
        return kind_of(p) == takeover::kind::xdp;
    });
    if (!xdp || size.total_size <= page) return;
    const auto largest =
        std::max_element(c.ports.begin(), c.ports.end(), [](const auto& a, const auto& b) {
            return frame_room(a) < frame_room(b);
        });
    throw std::runtime_error(to_string(config::problem{
        config::place_of(*largest, "mtu"),
        fmt::format(
            "an MTU of {} on {} needs {} bytes for each packet, and with xdp: devices there "
            "are {}: make it smaller",
            largest->mtu, largest->device, size.total_size, page)}));
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
    check_cpu(c.director.control, config::place_of(c.director, "control"));
    for (const unsigned cpu : c.director.workers)
        check_cpu(cpu, config::place_of(c.director, "workers"));
    const bool huge = hugepages_free(c.director.memory);
    if (!huge)
        warn(fmt::format("no {} MiB of free hugepages: running on ordinary pages, slower (reserve "
                         "some in /proc/sys/vm/nr_hugepages)",
                         c.director.memory));
    quieten_libbpf();
    rte_openlog_stream(open_line_stream(warn));
    std::atexit(remove_runtime_folder); // after EAL's own clean-up at exit, which it asks for later
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
    rte_eal_cleanup();
    rte_openlog_stream(nullptr); // what DPDK says while the process exits has nobody to hear it
}

rte_mempool* make_packet_pool(const config::configuration& c) {
    unsigned largest = RTE_MBUF_DEFAULT_DATAROOM;
    for (const config::port& port : c.ports)
        largest = std::max(largest, frame_room(port));
    const auto room = static_cast<std::uint16_t>(RTE_PKTMBUF_HEADROOM + largest);
    static_assert(RTE_PKTMBUF_HEADROOM >= least_headroom);
    check_xdp_buffers(c, room);
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
