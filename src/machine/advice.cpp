#include "machine/advice.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/device.h"
#include "net/counted.h"

namespace weir::machine {

namespace {

constexpr unsigned usual_memory = 1024;        ///< MiB: the default of `memory`
constexpr unsigned usual_connections_mib = 96; ///< of a million connections

bool has(const std::vector<unsigned>& all, unsigned one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

/// CPUs for control and workers: cores on the card's node, one thread of each; the first core of
/// the machine stays Linux's and the control core's.
std::vector<unsigned> choose_workers(const facts& here, int node) {
    constexpr std::size_t enough = 2;
    std::vector<unsigned> workers;
    std::set<unsigned> taken;
    if (!here.cpus.empty())
        taken.insert(here.cpus.front().siblings.begin(), here.cpus.front().siblings.end());
    for (const bool elsewhere : {false, true})
        for (const cpu& c : here.cpus) {
            const bool near = node < 0 || static_cast<int>(c.node) == node;
            if (near == elsewhere || taken.contains(c.number) || workers.size() == enough) continue;
            if (elsewhere && !workers.empty()) continue;
            workers.push_back(c.number);
            taken.insert(c.siblings.begin(), c.siblings.end());
        }
    return workers;
}

std::string describe(const card& c) {
    return fmt::format(
        "{}  {}  driver {}{}{}{}", c.address, c.id, c.driver.empty() ? "none" : c.driver,
        c.interfaces.empty() ? "" : fmt::format(", {}", fmt::join(c.interfaces, " ")),
        c.in_use ? " (up)" : "", c.node < 0 ? "" : fmt::format(", node {}", c.node));
}

/// The card to propose: one that DPDK has, else one that Linux does not use.
const card* choose_card(const facts& here) {
    const card* best = nullptr;
    for (const card& c : here.cards) {
        if (c.in_use) continue;
        if (best == nullptr || (is_for_dpdk(c.driver) && !is_for_dpdk(best->driver))) best = &c;
    }
    return best;
}

advice on_cards(const facts& here, const card* chosen) {
    advice a{.subject = "cards", .found = {}, .change = {}};
    for (const card& c : here.cards)
        a.found.push_back(describe(c));
    if (here.cards.empty()) {
        a.found.push_back("no network card on the PCI bus");
        a.change.push_back("use `device = xdp:INTERFACE`: weir takes a kernel interface over");
    } else if (chosen == nullptr) {
        a.change.push_back(
            "Linux uses every card: add one for weir, or take an interface down that you can spare "
            "(not the one you are logged in over)");
    } else if (!is_for_dpdk(chosen->driver)) {
        const bool vfio = here.iommu;
        a.change.push_back(fmt::format("modprobe {}", vfio ? "vfio-pci" : "uio_pci_generic"));
        a.change.push_back(fmt::format("driverctl set-override {} {}    (apt install driverctl)",
                                       chosen->address, vfio ? "vfio-pci" : "uio_pci_generic"));
    } else if (chosen->driver == "vfio-pci" && !chosen->isolated) {
        a.change.push_back(fmt::format(
            "{} is bound to vfio-pci without an IOMMU: turn the IOMMU on, or bind it to "
            "uio_pci_generic",
            chosen->address));
    }
    return a;
}

advice on_iommu(const facts& here) {
    advice a{.subject = "IOMMU", .found = {}, .change = {}};
    a.found.push_back(here.iommu ? "it is on" : "none: no groups in /sys/kernel/iommu_groups");
    if (here.iommu) return a;
    if (here.intel)
        a.change.push_back("kernel's command line: intel_iommu=on, and VT-d in the firmware");
    a.change.push_back("or do without: uio_pci_generic takes a card without an IOMMU, and then "
                       "hugepages are a must");
    return a;
}

advice on_hugepages(const facts& here) {
    advice a{.subject = "hugepages", .found = {}, .change = {}};
    for (const hugepages& h : here.pages)
        a.found.push_back(fmt::format("{} of {} MiB, {} free", h.reserved, h.kib >> 10, h.free));
    if (a.found.empty()) a.found.push_back("this kernel has none");
    const std::uint64_t wanted = usual_memory + usual_connections_mib;
    if (here.free_hugepages() < wanted)
        a.change.push_back(
            fmt::format("vm.nr_hugepages = {} in /etc/sysctl.d/weir.conf: {} MiB of packets and a "
                        "million connections, of this machine's {} MiB",
                        (wanted + 1) / 2, wanted, here.memory));
    return a;
}

advice on_cpus(const facts& here, const std::vector<unsigned>& workers) {
    advice a{.subject = "CPUs", .found = {}, .change = {}};
    std::set<unsigned> cores;
    for (const cpu& c : here.cpus)
        cores.insert(c.siblings.front());
    a.found.push_back(fmt::format(
        "{} on {}; set apart by isolcpus: {}", here.cpus.size(), counted(cores.size(), "core"),
        here.set_apart.empty() ? "none" : fmt::format("{}", fmt::join(here.set_apart, ","))));
    if (workers.empty()) {
        a.change.push_back("one core has to do: `workers = 0` and `idle = adaptive`");
        return a;
    }
    a.change.push_back(fmt::format("weir.conf: control = {}, workers = {}",
                                   here.cpus.front().number, fmt::join(workers, ",")));
    if (!std::all_of(workers.begin(), workers.end(),
                     [&](unsigned w) { return has(here.set_apart, w); }))
        a.change.push_back(
            fmt::format("kernel's command line: isolcpus={0} nohz_full={0} rcu_nocbs={0}",
                        fmt::join(workers, ",")));
    return a;
}

std::vector<snippet> snippets_for(const facts& here, const card* chosen,
                                  const std::vector<unsigned>& workers) {
    std::vector<snippet> all;
    const std::uint64_t wanted = usual_memory + usual_connections_mib;
    all.push_back(
        {"etc/sysctl.d/weir.conf", fmt::format("vm.nr_hugepages = {}\n", (wanted + 1) / 2)});
    all.push_back({"etc/modules-load.d/weir.conf",
                   fmt::format("{}\ntun\n", here.iommu ? "vfio-pci" : "uio_pci_generic")});
    std::string line;
    if (!here.iommu && here.intel) line += " intel_iommu=on";
    if (!workers.empty())
        line += fmt::format(" isolcpus={0} nohz_full={0} rcu_nocbs={0}", fmt::join(workers, ","));
    if (!line.empty())
        all.push_back({"etc/default/grub.d/weir.cfg",
                       fmt::format("# Then: update-grub, and a "
                                   "reboot.\nGRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX{}\"\n",
                                   line)});
    std::string conf =
        "# A beginning: weir.conf(5) explains every key. The addresses are examples.\n[director]\n";
    conf += workers.empty() ? "workers = 0\nidle = adaptive\n"
                            : fmt::format("control = {}\nworkers = {}\n", here.cpus.front().number,
                                          fmt::join(workers, ","));
    conf += fmt::format("\n[port wan]\ndevice = {}\ntwin = weir-wan\naddress = 192.0.2.2/24\n",
                        chosen != nullptr ? chosen->address : "xdp:eth1");
    conf += "\n[service web]\nlisten = 192.0.2.100:80/tcp\nserver = 192.0.2.11\n";
    all.push_back({"etc/weir/weir.conf", conf});
    return all;
}

} // namespace

guide advise(const facts& here) {
    const card* const chosen = choose_card(here);
    const auto workers = choose_workers(here, chosen != nullptr ? chosen->node : -1);
    return {{on_cards(here, chosen), on_iommu(here), on_hugepages(here), on_cpus(here, workers)},
            snippets_for(here, chosen, workers)};
}

std::string to_text(const guide& g) {
    std::string text;
    for (const advice& a : g.all) {
        text += a.subject + '\n';
        for (const std::string& line : a.found)
            text += "  found    " + line + '\n';
        for (const std::string& line : a.change)
            text += "  change   " + line + '\n';
        if (a.change.empty()) text += "  good\n";
    }
    return text;
}

std::vector<std::string> notes_here(const config::configuration& c, const facts& here) {
    std::vector<std::string> notes;
    for (const config::address_of_linux& each : here.addresses)
        for (const config::service& s : c.services)
            if (std::string note = config::meaning_of(each, s, c.ports); !note.empty())
                notes.push_back(std::move(note));
    return notes;
}

namespace {

/// Why this machine cannot give weir the card or interface; "" if it can.
std::string member_trouble(const std::string& member, const facts& here) {
    if (const std::string_view interface = config::interface_of(member);
        !interface.empty() && !here.interfaces.empty()
        && std::ranges::find(here.interfaces, interface) == here.interfaces.end())
        return fmt::format("this machine has no interface {}; it has {}", interface,
                           fmt::join(here.interfaces, ", "));
    if (!config::is_card(member)) return "";
    const card* const card = here.find_card(member);
    if (card == nullptr)
        return fmt::format("this machine has no network card {}; `weirctl setup` lists them",
                           member);
    if (is_for_dpdk(card->driver)) return "";
    return fmt::format("{} has the driver {}, not vfio-pci or uio_pci_generic{}; `weirctl setup` "
                       "says how to bind it",
                       member, card->driver.empty() ? "none" : card->driver,
                       card->in_use ? ", and Linux uses it" : "");
}

} // namespace

std::vector<config::problem> check_here(const config::configuration& c, const facts& here) {
    std::vector<config::problem> problems;
    const auto cpu_is_here = [&](unsigned n, const char* key) {
        if (here.find_cpu(n) == nullptr && !here.cpus.empty())
            problems.push_back({place_of(c.director, key),
                                fmt::format("{}: this machine has no CPU {}; it has {}", key, n,
                                            here.cpus.front().number == here.cpus.back().number
                                                ? "one, 0"
                                                : fmt::format("{} to {}", here.cpus.front().number,
                                                              here.cpus.back().number))});
    };
    cpu_is_here(c.director.control, "control");
    for (const unsigned w : c.director.workers)
        cpu_is_here(w, "workers");
    for (const config::port& p : c.ports)
        for (const std::string& member : config::members_of(p.device))
            if (std::string trouble = member_trouble(member, here); !trouble.empty())
                problems.push_back({place_of(p, "device"), "device: " + std::move(trouble)});
    const std::uint64_t wanted =
        c.director.memory + std::uint64_t{c.director.connections} * 96 / (1 << 20);
    if (here.memory != 0 && wanted > here.memory)
        problems.push_back(
            {place_of(c.director, "memory"),
             fmt::format("memory: with `connections` weir takes {} MiB, and this machine has {}",
                         wanted, here.memory)});
    return problems;
}

} // namespace weir::machine
