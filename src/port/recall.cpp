#include "port/recall.h"

#include <cerrno>
#include <filesystem>
#include <utility>

#include <rte_dev.h>
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

} // namespace

recall::recall(std::string card)
    : card_(std::move(card)), link_("/sys/bus/pci/devices/" + card_ + "/driver"),
      driver_(driver_at(link_)), bound_(inode_of(link_)) {
    rte_dev_event_callback_register(card_.c_str(), on_event, this);
}

recall::~recall() {
    while (rte_dev_event_callback_unregister(card_.c_str(), on_event, this) == -EAGAIN) {
    } // it is being called
}

bool recall::is_over() const {
    return driver_at(link_) == driver_ && inode_of(link_) != bound_;
}

} // namespace weir::port
