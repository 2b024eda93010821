#pragma once

// Assigns the queues of a device to workers. Worker n has queue n if the device has that many; the
// others receive by rings and send through a worker that has a queue. Pure: any thread.

#include <cstdint>

#include "worker/transmitter.h"

namespace weir::plane {

/// An open device.
struct device_queues {
    std::uint16_t device = 0; ///< DPDK port id
    unsigned rx = 1;          ///< receive queues, at least one
    unsigned tx = 1;          ///< transmit queues, at least one
    bool bonded = false;      ///< packets come under the numbers of its members
};

/// How worker `worker` of `workers` uses the device.
inline device_wiring wire(const device_queues& device, unsigned worker, unsigned workers) {
    const auto queue_of = [worker](unsigned queues) {
        return worker < queues ? static_cast<int>(worker) : -1;
    };
    return {.device = device.device,
            .rx_queue = queue_of(device.rx),
            .tx_queue = queue_of(device.tx),
            .tx_worker = worker % device.tx,
            .spread = device.rx < workers,
            .bonded = device.bonded};
}

} // namespace weir::plane
