#include "environment.h"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sched.h>
#include <sys/utsname.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_version.h>

#include "port/eal.h"

namespace weir::bench {

const char* const hugepage_help =
    "Hugepages are used where there are any:\n"
    "  echo 1024 > /proc/sys/vm/nr_hugepages     # 2 GiB, as root; 0 gives them back\n"
    "A million flows want about 100 MiB, 16 million 1.6 GiB, `table` 4 GiB for those. Without\n"
    "them the kernel is asked for transparent ones; every result says what the table got.\n";

namespace {

constexpr unsigned eal_memory = 128;          ///< MiB; grows on hugepages as needed
constexpr unsigned eal_memory_ordinary = 512; ///< MiB; cannot grow

std::string first_line_with(const char* file, const std::string& word) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(word)) return line;
    return "";
}

std::string value_of(const std::string& line) {
    const std::size_t colon = line.find(':');
    const std::size_t first =
        colon == std::string::npos ? colon : line.find_first_not_of(" \t", colon + 1);
    return first == std::string::npos ? "" : line.substr(first);
}

/// "0@4,1@5": lcore numbers on the CPUs this process may use.
std::string lcores() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    sched_getaffinity(0, sizeof allowed, &allowed);
    std::string list;
    for (int cpu = 0, lcore = 0; cpu < CPU_SETSIZE && lcore < RTE_MAX_LCORE; ++cpu)
        if (CPU_ISSET(cpu, &allowed))
            list += fmt::format("{}{}@{}", lcore == 0 ? "" : ",", lcore, cpu), ++lcore;
    return list;
}

bool chooses_cores(const std::vector<std::string>& arguments) {
    return std::any_of(arguments.begin(), arguments.end(), [](const std::string& a) {
        return a.starts_with("--lcores") || a.starts_with("-l") || a.starts_with("-c");
    });
}

} // namespace

void start_eal(const std::string& program, const std::vector<std::string>& more, bool huge) {
    std::vector<std::string> arguments{program, "--no-pci", "--no-telemetry", "--log-level=3",
                                       "--file-prefix=weir-bench"};
    if (huge && port::hugepages_free(eal_memory))
        arguments.insert(arguments.end(), {"--in-memory", "-m", std::to_string(eal_memory)});
    else
        arguments.insert(arguments.end(),
                         {"--no-huge", "--no-shconf", "-m", std::to_string(eal_memory_ordinary)});
    if (!chooses_cores(more)) arguments.push_back("--lcores=" + lcores());
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (std::string& argument : arguments)
        argv.push_back(argument.data());
    if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0)
        throw std::runtime_error("DPDK does not start");
}

std::string pages_of(const void* at) {
    const auto address = reinterpret_cast<std::uintptr_t>(at);
    std::ifstream in("/proc/self/smaps");
    bool inside = false;
    std::uint64_t page = 0;
    std::uint64_t resident = 0;
    for (std::string line; std::getline(in, line);) {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " ", &first, &last) == 2)
            inside = first <= address && address < last;
        if (!inside) continue;
        std::uint64_t value = 0;
        if (std::sscanf(line.c_str(), "KernelPageSize: %" SCNu64, &value) == 1) page = value;
        if (std::sscanf(line.c_str(), "Rss: %" SCNu64, &value) == 1) resident = value;
        if (std::sscanf(line.c_str(), "AnonHugePages: %" SCNu64, &value) != 1) continue;
        if (page >= 1024)
            return fmt::format("{} hugepages", page < 1u << 20 ? fmt::format("{} MiB", page >> 10)
                                                               : fmt::format("{} GiB", page >> 20));
        if (value != 0 && resident != 0)
            return fmt::format("2 MiB transparent hugepages ({} %)", value * 100 / resident);
        return fmt::format("{} KiB pages", page);
    }
    return "unknown";
}

json machine_facts() {
    utsname kernel{};
    uname(&kernel);
    std::ifstream in("/proc/sys/vm/nr_hugepages");
    std::string hugepages;
    in >> hugepages;
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    return {{"cpu", value_of(first_line_with("/proc/cpuinfo", "model name"))},
            {"tsc_ghz", static_cast<double>(rte_get_tsc_hz()) / 1e9},
            {"cores_used", rte_lcore_count()},
            {"memory", value_of(first_line_with("/proc/meminfo", "MemTotal"))},
            {"hugepages", fmt::format("{} x {}", hugepages,
                                      value_of(first_line_with("/proc/meminfo", "Hugepagesize")))},
            {"kernel", fmt::format("{} {}", kernel.sysname, kernel.release)},
            {"dpdk", rte_version()},
            {"compiler", fmt::format("GCC {}", __VERSION__)},
            {"weir", WEIR_VERSION},
            {"date", fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(now))}};
}

} // namespace weir::bench
