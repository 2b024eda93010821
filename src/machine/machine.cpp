#include "machine/machine.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

namespace weir::machine {

namespace {

namespace fs = std::filesystem;

/// The whole file, without the line's end; "" if it cannot be read.
std::string read(const fs::path& file) {
    std::ifstream in(file);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    return text;
}

template <typename Number>
Number number_in(std::string_view text, Number otherwise) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() ? value : otherwise;
}

/// "0-3,8": as the kernel writes lists of CPUs.
std::vector<unsigned> list_in(const std::string& text) {
    constexpr unsigned most = 4096;
    std::vector<unsigned> all;
    std::istringstream items(text);
    for (std::string item; std::getline(items, item, ',');) {
        const auto first = number_in<unsigned>(item, most);
        const std::size_t dash = item.find('-');
        const auto last = dash == std::string::npos
                              ? first
                              : number_in<unsigned>(std::string_view(item).substr(dash + 1), first);
        for (unsigned n = first; n <= last && n < most; ++n)
            all.push_back(n);
    }
    return all;
}

std::vector<fs::path> entries(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> all;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        all.push_back(at->path());
    std::sort(all.begin(), all.end());
    return all;
}

std::string link_name(const fs::path& link) {
    std::error_code error;
    return fs::read_symlink(link, error).filename().string();
}

std::vector<card> cards_below(const fs::path& root) {
    std::vector<card> cards;
    for (const fs::path& device : entries(root / "sys/bus/pci/devices")) {
        if (!read(device / "class").starts_with("0x02")) continue;
        card c;
        c.address = device.filename().string();
        c.driver = link_name(device / "driver");
        const auto hex = [&](const char* name) {
            const std::string text = read(device / name);
            return text.starts_with("0x") ? text.substr(2) : text;
        };
        c.id = hex("vendor") + ':' + hex("device");
        c.node = number_in(read(device / "numa_node"), -1);
        c.isolated = !link_name(device / "iommu_group").empty();
        std::vector<fs::path> interfaces = entries(device / "net");
        for (const fs::path& port : entries(device)) // virtio: below the device of its own bus
            if (port.filename().string().starts_with("virtio"))
                for (const fs::path& i : entries(port / "net"))
                    interfaces.push_back(i);
        for (const fs::path& i : interfaces) {
            c.interfaces.push_back(i.filename().string());
            c.in_use |= read(i / "operstate") == "up";
        }
        cards.push_back(std::move(c));
    }
    return cards;
}

std::vector<cpu> cpus_below(const fs::path& root) {
    const fs::path folder = root / "sys/devices/system";
    std::vector<cpu> cpus;
    for (const unsigned n : list_in(read(folder / "cpu/online"))) {
        cpu c;
        c.number = n;
        c.siblings = list_in(
            read(folder / "cpu" / ("cpu" + std::to_string(n)) / "topology/thread_siblings_list"));
        if (c.siblings.empty()) c.siblings = {n};
        cpus.push_back(std::move(c));
    }
    for (const fs::path& node : entries(folder / "node")) {
        const std::string name = node.filename().string();
        if (!name.starts_with("node")) continue;
        const auto number = number_in<unsigned>(std::string_view(name).substr(4), 0);
        const auto members = list_in(read(node / "cpulist"));
        for (cpu& c : cpus)
            if (std::find(members.begin(), members.end(), c.number) != members.end())
                c.node = number;
    }
    return cpus;
}

std::vector<hugepages> pages_below(const fs::path& root) {
    constexpr std::string_view before = "hugepages-";
    std::vector<hugepages> all;
    for (const fs::path& size : entries(root / "sys/kernel/mm/hugepages")) {
        const std::string name = size.filename().string();
        if (!name.starts_with(before)) continue;
        all.push_back({number_in<std::uint64_t>(std::string_view(name).substr(before.size()), 0),
                       number_in<std::uint64_t>(read(size / "nr_hugepages"), 0),
                       number_in<std::uint64_t>(read(size / "free_hugepages"), 0)});
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.kib < b.kib; });
    return all;
}

std::uint64_t memory_in(const std::string& meminfo) {
    std::istringstream words(meminfo);
    for (std::string word; words >> word;)
        if (std::uint64_t kib = 0; word == "MemTotal:" && words >> kib) return kib >> 10;
    return 0;
}

std::vector<config::address_of_linux> own_addresses() {
    std::vector<config::address_of_linux> all;
    ifaddrs* first = nullptr;
    if (getifaddrs(&first) != 0) return all;
    for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr) continue;
        std::array<char, INET6_ADDRSTRLEN> text{};
        const void* bytes = nullptr;
        if (each->ifa_addr->sa_family == AF_INET)
            bytes = &reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr;
        else if (each->ifa_addr->sa_family == AF_INET6)
            bytes = &reinterpret_cast<const sockaddr_in6*>(each->ifa_addr)->sin6_addr;
        if (bytes == nullptr
            || inet_ntop(each->ifa_addr->sa_family, bytes, text.data(), text.size()) == nullptr)
            continue;
        if (const auto address = parse_address(text.data()))
            all.push_back({each->ifa_name, *address});
    }
    freeifaddrs(first);
    return all;
}

} // namespace

facts look(const std::string& root) {
    const fs::path top = root.empty() ? "/" : root;
    facts f;
    f.cards = cards_below(top);
    f.cpus = cpus_below(top);
    f.set_apart = list_in(read(top / "sys/devices/system/cpu/isolated"));
    f.pages = pages_below(top);
    f.memory = memory_in(read(top / "proc/meminfo"));
    std::istringstream words(read(top / "proc/cmdline"));
    f.command_line.assign(std::istream_iterator<std::string>(words), {});
    f.iommu = !entries(top / "sys/kernel/iommu_groups").empty();
    for (const fs::path& each : entries(top / "sys/class/net"))
        f.interfaces.push_back(each.filename());
    if (root.empty()) f.addresses = own_addresses();
    f.intel = read(top / "proc/cpuinfo").find("GenuineIntel") != std::string::npos;
    return f;
}

const card* facts::find_card(const std::string& address) const {
    const auto found = std::find_if(cards.begin(), cards.end(),
                                    [&](const card& c) { return c.address == address; });
    return found == cards.end() ? nullptr : &*found;
}

const cpu* facts::find_cpu(unsigned number) const {
    const auto found =
        std::find_if(cpus.begin(), cpus.end(), [&](const cpu& c) { return c.number == number; });
    return found == cpus.end() ? nullptr : &*found;
}

std::uint64_t facts::free_hugepages() const {
    std::uint64_t kib = 0;
    for (const hugepages& h : pages)
        kib += h.kib * h.free;
    return kib >> 10;
}

bool is_for_dpdk(const std::string& driver) {
    return driver == "vfio-pci" || driver == "uio_pci_generic" || driver == "igb_uio"
           || driver.starts_with("mlx");
}

} // namespace weir::machine
