// A machine as a tree of files: what is read from it, what is advised, and what a configuration
// misses there.

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "machine/advice.h"
#include "machine/machine.h"

namespace weir::machine {
namespace {

namespace fs = std::filesystem;

/// A folder that looks like a root directory, and is gone at the end.
class tree {
public:
    tree() : top_(fs::temp_directory_path() / ("weir-machine." + std::to_string(getpid()))) {
        fs::remove_all(top_);
        fs::create_directories(top_);
    }
    ~tree() { fs::remove_all(top_); }
    tree(const tree&) = delete;
    tree& operator=(const tree&) = delete;

    void file(const std::string& path, const std::string& text) {
        fs::create_directories((top_ / path).parent_path());
        std::ofstream(top_ / path) << text << '\n';
    }
    void link(const std::string& path, const std::string& to) {
        fs::create_directories((top_ / path).parent_path());
        fs::create_symlink(to, top_ / path);
    }
    void card(const std::string& address, const std::string& driver, const std::string& interface,
              const std::string& state) {
        const std::string at = "sys/bus/pci/devices/" + address + "/";
        file(at + "class", "0x020000");
        file(at + "vendor", "0x8086");
        file(at + "device", "0x10fb");
        file(at + "numa_node", "1");
        if (!driver.empty()) link(at + "driver", "../../../bus/pci/drivers/" + driver);
        if (!interface.empty()) file(at + "net/" + interface + "/operstate", state);
    }
    /// Two nodes of two cores of two threads: 0-1 and 4-5 on node 0, 2-3 and 6-7 on node 1.
    void cpus() {
        file("sys/devices/system/cpu/online", "0-7");
        for (unsigned n = 0; n < 8; ++n)
            file("sys/devices/system/cpu/cpu" + std::to_string(n)
                     + "/topology/thread_siblings_list",
                 std::to_string(n % 4) + "," + std::to_string(n % 4 + 4));
        file("sys/devices/system/node/node0/cpulist", "0-1,4-5");
        file("sys/devices/system/node/node1/cpulist", "2-3,6-7");
    }
    void pages(unsigned free) {
        const std::string at = "sys/kernel/mm/hugepages/hugepages-2048kB/";
        file(at + "nr_hugepages", std::to_string(free));
        file(at + "free_hugepages", std::to_string(free));
        file("proc/meminfo", "MemTotal:       16384000 kB\nMemFree: 1 kB");
    }
    facts look() const { return machine::look(top_.string()); }

private:
    fs::path top_;
};

std::string advice_of(const facts& here) {
    return to_text(advise(here));
}
bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(machine, is_read_from_files) {
    tree t;
    t.card("0000:01:00.0", "ixgbe", "eth0", "up");
    t.card("0000:02:00.0", "", "", "");
    t.file("sys/bus/pci/devices/0000:00:1f.0/class", "0x060100"); // a bridge
    t.cpus();
    t.pages(600);
    t.file("proc/cmdline", "quiet isolcpus=2,3");
    t.file("sys/devices/system/cpu/isolated", "2-3");
    const facts f = t.look();
    ASSERT_EQ(f.cards.size(), 2U);
    EXPECT_EQ(f.cards[0].driver, "ixgbe");
    EXPECT_EQ(f.cards[0].id, "8086:10fb");
    EXPECT_EQ(f.cards[0].interfaces, std::vector<std::string>{"eth0"});
    EXPECT_TRUE(f.cards[0].in_use);
    EXPECT_EQ(f.cards[0].node, 1);
    EXPECT_EQ(f.cards[1].driver, "");
    EXPECT_FALSE(f.cards[1].in_use);
    ASSERT_EQ(f.cpus.size(), 8U);
    EXPECT_EQ(f.cpus[6].node, 1U);
    EXPECT_EQ(f.cpus[6].siblings, (std::vector<unsigned>{2, 6}));
    EXPECT_EQ(f.set_apart, (std::vector<unsigned>{2, 3}));
    EXPECT_EQ(f.free_hugepages(), 1200U);
    EXPECT_EQ(f.memory, 16000U);
    EXPECT_FALSE(f.iommu);
}

TEST(machine, that_is_empty_is_read_too) {
    const facts f = tree().look();
    EXPECT_TRUE(f.cards.empty() && f.cpus.empty() && f.pages.empty());
    EXPECT_TRUE(says(advice_of(f), "xdp:INTERFACE"));
}

TEST(machine_advice, never_proposes_a_card_in_use) {
    tree t;
    t.card("0000:01:00.0", "ixgbe", "eth0", "up");
    EXPECT_TRUE(says(advice_of(t.look()), "Linux uses every card"));
    EXPECT_FALSE(says(advice_of(t.look()), "set-override"));
    t.card("0000:02:00.0", "ixgbe", "eth1", "down");
    const std::string text = advice_of(t.look());
    EXPECT_TRUE(says(text, "driverctl set-override 0000:02:00.0 uio_pci_generic")) << text;
    EXPECT_FALSE(says(text, "set-override 0000:01:00.0"));
    t.file("sys/kernel/iommu_groups/0/type", "DMA");
    EXPECT_TRUE(says(advice_of(t.look()), "driverctl set-override 0000:02:00.0 vfio-pci"));
}

TEST(machine_advice, workers_are_cores_of_the_cards_node) {
    tree t;
    t.card("0000:02:00.0", "vfio-pci", "", "");
    t.cpus();
    const std::string text = advice_of(t.look());
    EXPECT_TRUE(says(text, "control = 0, workers = 2,3")) << text; // not 6 and 7, their threads
    EXPECT_TRUE(says(text, "isolcpus=2,3 nohz_full=2,3"));
    t.file("sys/devices/system/cpu/isolated", "2-3");
    EXPECT_FALSE(says(advice_of(t.look()), "isolcpus=2"));
}

TEST(machine_advice, hugepages_and_iommu) {
    tree t;
    t.pages(100);
    std::string text = advice_of(t.look());
    EXPECT_TRUE(says(text, "vm.nr_hugepages = 560")) << text;
    EXPECT_FALSE(says(text, "intel_iommu=on"));
    t.file("proc/cpuinfo", "vendor_id : GenuineIntel");
    t.pages(600);
    text = advice_of(t.look());
    EXPECT_TRUE(says(text, "intel_iommu=on"));
    EXPECT_FALSE(says(text, "vm.nr_hugepages"));
}

config::configuration wanting(const std::string& device, unsigned worker) {
    config::configuration c;
    c.file = "t.conf";
    c.director.where = {"t.conf", 1};
    c.director.workers = {worker};
    config::port p;
    p.where = {"t.conf", 5};
    p.device = device;
    c.ports.push_back(p);
    return c;
}

TEST(machine_check, says_what_a_vip_of_linux_means) {
    config::configuration c;
    config::port wan;
    wan.twin = "weir-wan";
    wan.addresses = {*parse_prefix("192.0.2.2/24")};
    c.ports.push_back(wan);
    for (const char* where : {"192.0.2.100:80/tcp", "[2001:db8::100]:80/tcp"}) {
        config::service& s = c.services.emplace_back();
        s.name = c.services.size() == 1 ? "four" : "six";
        s.listen = {*parse_listener(where)};
        s.servers.emplace_back().address = *parse_address("192.0.2.11");
    }
    facts here;
    here.addresses = {{"lo", *parse_address("127.0.0.1")},
                      {"weir-wan", *parse_address("192.0.2.2")}};
    EXPECT_TRUE(notes_here(c, here).empty());
    here.addresses.push_back({"lo", *parse_address("192.0.2.100")});
    here.addresses.push_back({"weir-wan", *parse_address("2001:db8::100")});
    const auto notes = notes_here(c, here);
    ASSERT_EQ(notes.size(), 2u);
    EXPECT_EQ(notes[0],
              "service four: its VIP 192.0.2.100 is also an address of Linux, on lo: weir serves "
              "clients all the same, but programs on this host that ask for it reach this host and "
              "not the servers; weir does not need it there");
    EXPECT_EQ(
        notes[1],
        "service six: its VIP 2001:db8::100 is also an address of Linux, on weir-wan: weir "
        "serves clients all the same, but Linux answers ARP, neighbour solicitations and ping "
        "for it, held or not, and gets what no service wants; weir does not need it there");
    c.services[1].servers.emplace_back().address = *parse_address("192.0.2.2");
    EXPECT_EQ(notes_here(c, here).size(), 1u) << "weir gives a twin the VIPs of local services";
}

TEST(machine_check, names_what_is_missing) {
    tree t;
    t.card("0000:01:00.0", "ixgbe", "eth0", "up");
    t.card("0000:02:00.0", "vfio-pci", "", "");
    t.cpus();
    t.pages(600);
    const facts here = t.look();
    EXPECT_TRUE(check_here(wanting("0000:02:00.0", 7), here).empty());
    EXPECT_TRUE(check_here(wanting("xdp:eth1", 7), here).empty());
    const auto first = [&](const config::configuration& c) {
        const auto problems = check_here(c, here);
        return problems.size() == 1 ? to_string(problems.front()) : std::to_string(problems.size());
    };
    EXPECT_EQ(first(wanting("xdp:eth1", 8)),
              "t.conf:1: workers: this machine has no CPU 8; it has 0 to 7");
    EXPECT_EQ(first(wanting("0000:09:00.0", 1)),
              "t.conf:5: device: this machine has no network card 0000:09:00.0; `weirctl setup` "
              "lists them");
    EXPECT_EQ(first(wanting("0000:01:00.0", 1)),
              "t.conf:5: device: 0000:01:00.0 has the driver ixgbe, not vfio-pci or "
              "uio_pci_generic, and Linux uses it; `weirctl setup` says how to bind it");
    facts with_interfaces = here;
    with_interfaces.interfaces = {"eth1", "lo"};
    EXPECT_TRUE(check_here(wanting("xdp:eth1", 1), with_interfaces).empty());
    const auto missing = check_here(wanting("packet:eth9", 1), with_interfaces);
    ASSERT_EQ(missing.size(), 1u);
    EXPECT_EQ(to_string(missing.front()),
              "t.conf:5: device: this machine has no interface eth9; it has eth1, lo");
    auto large = wanting("xdp:eth1", 1);
    large.director.memory = 20000;
    EXPECT_EQ(first(large), "t.conf:1: memory: with `connections` weir takes 20091 MiB, and this "
                            "machine has 16000");
}

} // namespace
} // namespace weir::machine
