// What weir requests from DPDK: EAL's arguments and the device for each form of `device =`.

#include <gtest/gtest.h>

#include <algorithm>

#include "port/device.h"
#include "port/eal.h"

namespace weir::port {
namespace {

config::port port_on(const std::string& device, std::uint16_t mtu = 1500) {
    config::port p;
    p.name = "wan";
    p.device = device;
    p.mtu = mtu;
    return p;
}

config::configuration with(const std::vector<std::string>& devices) {
    config::configuration c;
    c.director.control = 2;
    c.director.workers = {3, 4};
    c.director.memory = 512;
    for (const std::string& device : devices)
        c.ports.push_back(port_on(device));
    return c;
}

bool has(const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

/// How often `second` follows `first`.
long pairs(const std::vector<std::string>& all, const std::string& first,
           const std::string& second) {
    long found = 0;
    for (std::size_t i = 1; i < all.size(); ++i)
        found += all[i - 1] == first && all[i] == second;
    return found;
}

TEST(port_eal, main_lcore_is_control_and_the_next_are_workers) {
    EXPECT_TRUE(has(eal_arguments(with({"xdp:eth1"}), true, "p"), "--lcores=0@2,1@3,2@4"));
}

TEST(port_eal, several_lcores_may_share_a_cpu) {
    auto c = with({"xdp:eth1"});
    c.director.control = 0;
    c.director.workers = {0, 1};
    EXPECT_TRUE(has(eal_arguments(c, true, "p"), "--lcores=0@0,1@0,2@1"));
}

TEST(port_eal, memory_is_given_and_in_memory_only_with_hugepages) {
    const auto huge = eal_arguments(with({"xdp:eth1"}), true, "p");
    EXPECT_EQ(pairs(huge, "-m", "512"), 1);
    EXPECT_TRUE(has(huge, "--in-memory"));
    EXPECT_FALSE(has(huge, "--no-huge"));
    // EAL refuses --no-huge with --in-memory.
    const auto ordinary = eal_arguments(with({"xdp:eth1"}), false, "p");
    EXPECT_EQ(pairs(ordinary, "-m", "512"), 1);
    EXPECT_FALSE(has(ordinary, "--in-memory"));
    EXPECT_TRUE(has(ordinary, "--no-huge"));
    EXPECT_TRUE(has(ordinary, "--no-shconf"));
}

TEST(port_eal, processes_have_different_prefixes) {
    EXPECT_TRUE(has(eal_arguments(with({"xdp:eth1"}), true, "weir-7"), "--file-prefix=weir-7"));
}

TEST(port_eal, without_cards_pci_is_left_alone) {
    const auto arguments = eal_arguments(with({"xdp:eth1", "net_null0"}), true, "p");
    EXPECT_TRUE(has(arguments, "--no-pci"));
    EXPECT_TRUE(has(arguments, "--iova-mode=va"));
    EXPECT_FALSE(has(arguments, "-a"));
}

TEST(port_eal, only_configured_cards_are_taken_each_once) {
    const auto arguments = eal_arguments(
        with({"0000:03:00.0", "0000:03:00.1", "0000:03:00.0", "xdp:eth1"}), true, "p");
    EXPECT_FALSE(has(arguments, "--no-pci"));
    EXPECT_FALSE(has(arguments, "--iova-mode=va")); // EAL knows the IOMMU
    EXPECT_EQ(pairs(arguments, "-a", "0000:03:00.0"), 1);
    EXPECT_EQ(pairs(arguments, "-a", "0000:03:00.1"), 1);
    EXPECT_EQ(std::count(arguments.begin(), arguments.end(), "-a"), 2);
}

TEST(port_eal, cards_of_a_bond_are_taken) {
    const auto arguments =
        eal_arguments(with({"bond:lacp,0000:03:00.0,0000:03:00.1", "xdp:eth1"}), true, "p");
    EXPECT_EQ(pairs(arguments, "-a", "0000:03:00.0"), 1);
    EXPECT_EQ(pairs(arguments, "-a", "0000:03:00.1"), 1);
}

TEST(port_device, a_bond_has_room_for_what_its_members_take) {
    EXPECT_EQ(frame_room(port_on("bond:lacp,0000:03:00.0,0000:03:00.1", 9000)),
              frame_room(port_on("0000:03:00.0", 9000)));
}

TEST(port_device, forms_are_distinguished) {
    EXPECT_TRUE(config::is_card("0000:03:00.0"));
    EXPECT_FALSE(config::is_card("xdp:eth1"));
    EXPECT_FALSE(config::is_card("net_ring0"));
    EXPECT_EQ(kind_of("xdp:eth1"), takeover::kind::xdp);
    EXPECT_EQ(kind_of("packet:eth1"), takeover::kind::packet);
    EXPECT_EQ(kind_of("net_af_xdp0,iface=eth1"), std::nullopt);
}

TEST(port_device, a_card_is_found_by_its_address) {
    const device_plan plan = plan_device("0000:03:00.0", 1500, 2);
    EXPECT_EQ(plan.name, "0000:03:00.0");
    EXPECT_EQ(plan.arguments, "");
    EXPECT_EQ(plan.interface, "");
}

TEST(port_device, xdp_takes_all_its_queues_from_the_first) {
    const device_plan plan = plan_device("xdp:eth1", 1500, 2);
    EXPECT_EQ(plan.name, "net_af_xdp_eth1");
    EXPECT_EQ(plan.arguments, "iface=eth1,start_queue=0,queue_count=2");
    EXPECT_EQ(plan.interface, "eth1");
}

TEST(port_device, vdev_strings_stand_as_they_are) {
    const device_plan plan = plan_device("net_pcap0,rx_pcap=a.pcap,tx_pcap=b", 1500, 2);
    EXPECT_EQ(plan.name, "net_pcap0");
    EXPECT_EQ(plan.arguments, "rx_pcap=a.pcap,tx_pcap=b");
    EXPECT_EQ(plan.interface, "");
    EXPECT_EQ(plan_device("net_null0", 1500, 2).arguments, "");
}

/// The number behind `key=`.
unsigned number_in(const std::string& arguments, const std::string& key) {
    const std::size_t at = arguments.find(key + "=");
    EXPECT_NE(at, std::string::npos) << key;
    return static_cast<unsigned>(std::stoul(arguments.substr(at + key.size() + 1)));
}

/// The kernel's rules for rings (packet_set_ring in net/packet/af_packet.c), and frames fit.
TEST(port_device, packet_rings_are_what_the_kernel_takes_at_every_mtu) {
    constexpr unsigned page = 4096;
    constexpr unsigned header = 66; // TPACKET2_HDRLEN and the Ethernet header, aligned
    for (unsigned mtu = 576; mtu <= 9000; ++mtu) {
        const auto port = port_on("packet:eth1", static_cast<std::uint16_t>(mtu));
        const std::string arguments = plan_device("packet:eth1", port.mtu, 2).arguments;
        const unsigned frame = number_in(arguments, "framesz");
        const unsigned block = number_in(arguments, "blocksz");
        ASSERT_GE(frame, mtu + header) << mtu;
        ASSERT_EQ(frame % 16, 0U) << mtu;
        ASSERT_EQ(block % page, 0U) << mtu;
        ASSERT_GE(block, frame) << mtu;
        ASSERT_EQ(block % frame, 0U) << "the driver looks for frames one behind the other; " << mtu;
        ASSERT_EQ(number_in(arguments, "framecnt") % (block / frame), 0U) << mtu;
        ASSERT_GE(frame_room(port), mtu + 18) << mtu;
    }
    EXPECT_EQ(number_in(plan_device("packet:eth1", 1500, 3).arguments, "qpairs"), 3U);
}

/// Virtio wants its header in the buffer too, and Intel's cards use whole KiB of it.
TEST(port_device, cards_have_room_for_a_frame_as_they_count) {
    for (unsigned mtu = 576; mtu <= 9000; ++mtu) {
        const unsigned room = frame_room(port_on("0000:03:00.0", static_cast<std::uint16_t>(mtu)));
        ASSERT_GE(room / 1024 * 1024, mtu + 14 + 8 + 4) << mtu;
        ASSERT_GE(room, mtu + 14 + 4 + 12) << mtu;
    }
    EXPECT_EQ(frame_room(port_on("0000:03:00.0", 1500)), 2048u);
}

TEST(port_device, ports_on_one_device_ask_for_the_most) {
    config::port small = port_on("xdp:eth1", 1500);
    config::port large = port_on("xdp:eth1", 3000);
    large.vlan = 5;
    large.promiscuous = true;
    const config::port other = port_on("xdp:eth2", 9000);
    const config::port whole = together({small, large, other}, small);
    EXPECT_EQ(whole.mtu, 3000);
    EXPECT_TRUE(whole.promiscuous);
    EXPECT_EQ(whole.device, "xdp:eth1");
    EXPECT_EQ(together({small, other}, small).mtu, 1500);
}

TEST(port_device, a_card_that_does_not_spread_gets_one_queue) {
    const auto both = [](const queue_counts& q) { return std::pair(q.rx, q.tx); };
    EXPECT_EQ(both(queues_for(0, 4, {8, 8, true})), std::pair(4u, 4u));
    EXPECT_EQ(both(queues_for(2, 4, {8, 8, true})), std::pair(2u, 2u));
    EXPECT_EQ(both(queues_for(9, 4, {8, 2, true})), std::pair(4u, 2u));
    EXPECT_EQ(both(queues_for(4, 4, {2, 2, false})), std::pair(1u, 1u));
    EXPECT_EQ(both(queues_for(0, 2, {0, 0, true})), std::pair(1u, 1u));
}

TEST(port_device, queues_that_starve) {
    using queues = std::vector<unsigned>;
    EXPECT_EQ(starved_queues({}), queues{});
    EXPECT_EQ(starved_queues({0, 0}), queues{});
    EXPECT_EQ(starved_queues({99'999, 0}), queues{}) << "one client may do that";
    EXPECT_EQ(starved_queues({100'000, 0, 7, 0}), (queues{1, 3}));
}

TEST(port_device, vlans_to_be_let_through) {
    using vlans = std::vector<std::uint16_t>;
    config::port plain = port_on("0000:03:00.0");
    config::port tagged = plain;
    tagged.vlan = 5;
    config::port elsewhere = port_on("0000:03:00.1");
    elsewhere.vlan = 6;
    EXPECT_EQ(vlans_of({plain, elsewhere}, plain.device), vlans{});
    EXPECT_EQ(vlans_of({plain, tagged, elsewhere}, plain.device), (vlans{5, 0}));
}

} // namespace
} // namespace weir::port
