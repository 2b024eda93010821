#include "port/recall.h"

#include <cerrno>
#include <filesystem>
#include <utility>

#include <rte_dev.h>

namespace weir::port {

namespace {

/// "vfio-pci"; "" if the card is not there or has none.
std::string driver_of(const std::string& card) {
    std::error_code none;
    return std::filesystem::read_symlink("/sys/bus/pci/devices/" + card + "/driver", none)
        .filename();
}

void on_event(const char*, rte_dev_event_type what, void* listener) {
    if (what == RTE_DEV_EVENT_REMOVE) static_cast<recall*>(listener)->hear();
}

} // namespace

recall::recall(std::string card) : card_(std::move(card)), driver_(driver_of(card_)) {
    rte_dev_event_callback_register(card_.c_str(), on_event, this);
}

recall::~recall() {
    while (rte_dev_event_callback_unregister(card_.c_str(), on_event, this) == -EAGAIN) {
    } // it is being called
}

bool recall::is_over() {
    const std::string now = driver_of(card_);
    away_ |= now != driver_;
    return away_ && now == driver_;
}

} // namespace weir::port
