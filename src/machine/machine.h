#pragma once

// What this machine has for weir: network cards, CPUs, hugepages, an IOMMU. Read from /proc and
// /sys, below any root, so that tests (and other machines' copies) are a tree of files. What is
// missing there reads as "none": old kernels and containers lack some of it. Reads only; nothing
// here touches a card.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/own_vips.h"

namespace weir::machine {

/// A network card on the PCI bus.
struct card {
    std::string address;                 ///< "0000:03:00.0"
    std::string id;                      ///< vendor and device, "8086:10fb"
    std::string driver;                  ///< "" = none
    int node = -1;                       ///< NUMA; -1 = the machine has one
    std::vector<std::string> interfaces; ///< of Linux
    bool in_use = false;                 ///< one of them is up
    bool isolated = false;               ///< by an IOMMU: it is in a group
};

struct cpu {
    unsigned number = 0;
    unsigned node = 0;
    std::vector<unsigned> siblings; ///< threads of its core, itself among them
};

/// Of one size.
struct hugepages {
    std::uint64_t kib = 0; ///< of a page
    std::uint64_t reserved = 0;
    std::uint64_t free = 0;
};

struct facts {
    std::vector<card> cards;         ///< by address
    std::vector<cpu> cpus;           ///< online, by number
    std::vector<unsigned> set_apart; ///< by isolcpus
    std::vector<hugepages> pages;    ///< by size
    std::uint64_t memory = 0;        ///< MiB
    std::vector<std::string> command_line;
    std::vector<std::string> interfaces;             ///< Linux's
    std::vector<config::address_of_linux> addresses; ///< of Linux; read on this machine only
    bool iommu = false;
    bool intel = false; ///< the CPUs are Intel's

    const card* find_card(const std::string& address) const;
    const cpu* find_cpu(unsigned number) const;
    /// MiB in free hugepages.
    std::uint64_t free_hugepages() const;
};

/// Reads them below `root`: "" is this machine.
facts look(const std::string& root = "");

/// A driver by which DPDK takes a card; Mellanox cards stay with theirs.
bool is_for_dpdk(const std::string& driver);

} // namespace weir::machine
