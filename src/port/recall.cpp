#include "port/recall.h"

#include <cerrno>
#include <filesystem>
#include <utility>

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <sys/stat.h>

namespace weir::port {

namespace {

/// "vfio-pci"; "" if the card is not there or has none.
std::string driver_at(const std::string& link) {
    std::error_code none;
    return std::filesystem::read_symlink(link, none).filename();
}

std::uint64_t inode_of(const std::string& link) {
    struct stat of {};
    return lstat(link.c_str(), &of) == 0 ? of.st_ino : 0;
}

void on_event(const char*, rte_dev_event_type what, void* listener) {
    if (what == RTE_DEV_EVENT_REMOVE) static_cast<recall*>(listener)->hear();
}

int on_removal(std::uint16_t, rte_eth_event_type, void* listener, void*) {
    static_cast<recall*>(listener)->hear();
    return 0;
}

} // namespace

recall::recall(std::string card, std::uint16_t port)
    : card_(std::move(card)), port_(port), link_("/sys/bus/pci/devices/" + card_ + "/driver"),
      driver_(driver_at(link_)), bound_(inode_of(link_)) {
    rte_dev_event_callback_register(card_.c_str(), on_event, this);
    rte_eth_dev_callback_register(port_, RTE_ETH_EVENT_INTR_RMV, on_removal, this);
}

recall::~recall() {
    // -EAGAIN: it is being called.
    while (rte_dev_event_callback_unregister(card_.c_str(), on_event, this) == -EAGAIN) {
    }
    while (rte_eth_dev_callback_unregister(port_, RTE_ETH_EVENT_INTR_RMV, on_removal, this)
           == -EAGAIN) {
    }
}

bool recall::is_over() const {
    return driver_at(link_) == driver_ && inode_of(link_) != bound_;
}

} // namespace weir::port
