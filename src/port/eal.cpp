#include "port/eal.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string_view>

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bpf/libbpf.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_memory.h>

#include "config/device.h"
#include "config/problem.h"
#include "port/attachment.h"
#include "port/line_stream.h"

namespace weir::port {

namespace {

constexpr std::string_view prefix_start = "weir-";

/// AF_XDP's libraries complain on stderr about kernels that lack features, and then work without
/// them.
void quieten_libbpf() {
    libbpf_set_print(nullptr);
    setenv("LIBXDP_SKIP_DISPATCHER", "1", 0);
}

/// True if this thread may run there: the CPU exists, is online and belongs to our cpuset.
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

/// Takes all ordinary pages at once. The pool of packets will touch each of them, and a fault for
/// each takes ten times as long. A kernel before Linux 5.14 refuses; then they come one by one.
void take_pages() {
    rte_memseg_list_walk(
        [](const rte_memseg_list* all, void*) {
            if (!all->external) madvise(all->base_va, all->len, MADV_POPULATE_WRITE);
            return 0;
        },
        nullptr);
}

/// EAL removes its sockets at exit, but not their folder. A folder that other processes use too is
/// not empty, so it stays.
void remove_runtime_folder() {
    std::error_code none;
    std::filesystem::remove(rte_eal_get_runtime_dir(), none);
}

/// Folders of runs that died, `weir-PID`: no process has that number now.
void remove_leftovers() {
    std::error_code none;
    const auto all = std::filesystem::path(rte_eal_get_runtime_dir()).parent_path();
    for (const auto& entry : std::filesystem::directory_iterator(all, none)) {
        const std::string name = entry.path().filename();
        pid_t process = 0;
        if (!name.starts_with(prefix_start)) continue;
        const char* const begin = name.data() + prefix_start.size();
        const char* const end = name.data() + name.size();
        const auto [last, error] = std::from_chars(begin, end, process);
        if (error != std::errc{} || last != end || process <= 0) continue;
        if (kill(process, 0) != 0 && errno == ESRCH)
            std::filesystem::remove_all(entry.path(), none);
    }
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

std::set<std::string> cards_of(const config::configuration& c) {
    std::set<std::string> cards;
    for (const config::port& port : c.ports)
        for (const std::string& member : config::members_of(port.device))
            if (config::is_card(member)) cards.insert(member);
    return cards;
}

std::vector<std::string> eal_arguments(const config::configuration& c, bool huge,
                                       const std::string& prefix) {
    std::string lcores = fmt::format("0@{}", c.director.control);
    for (std::size_t w = 0; w < c.director.workers.size(); ++w)
        lcores += fmt::format(",{}@{}", w + 1, c.director.workers[w]);
    std::vector<std::string> arguments{"weir", "--lcores=" + lcores, "--log-level=4", "-m",
                                       std::to_string(c.director.memory)};
    // In memory: nothing stays behind in the file system, however the process ends.
    if (huge)
        arguments.push_back("--in-memory");
    else
        arguments.insert(arguments.end(), {"--no-huge", "--no-shconf"});
    arguments.push_back("--file-prefix=" + prefix);
    const std::set<std::string> cards = cards_of(c);
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
    if (geteuid() != 0)
        throw std::runtime_error("weir needs root for network cards and namespaces");
    check_cpu(c.director.control, config::place_of(c.director, "control"));
    for (const unsigned cpu : c.director.workers)
        check_cpu(cpu, config::place_of(c.director, "workers"));
    const bool told_without = std::find(extra.begin(), extra.end(), "--no-huge") != extra.end();
    const bool huge = !told_without && hugepages_free(c.director.memory);
    if (!huge && !told_without)
        warn(fmt::format("no {} MiB of free hugepages: running on ordinary pages, slower (reserve "
                         "some in /proc/sys/vm/nr_hugepages)",
                         c.director.memory));
    quieten_libbpf();
    rte_openlog_stream(open_line_stream(warn));
    std::atexit(
        remove_runtime_folder); // runs after EAL's own exit handler, which EAL registers later
    std::vector<std::string> arguments =
        eal_arguments(c, huge, fmt::format("{}{}", prefix_start, getpid()));
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    std::vector<char*> argv;
    for (std::string& argument : arguments)
        argv.push_back(argument.data());
    if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0)
        throw std::runtime_error(fmt::format("DPDK does not start ({}); its arguments were: {}",
                                             rte_strerror(rte_errno), fmt::join(arguments, " ")));
    if (!huge) take_pages();
    remove_leftovers();
}

void stop_eal() {
    rte_eal_cleanup();
    rte_openlog_stream(nullptr); // discard DPDK's messages while the process exits
}

} // namespace weir::port
