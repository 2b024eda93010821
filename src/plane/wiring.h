#pragma once

// Which worker uses which queue of a device. Worker n has queue n as long as there are so many; the
// others receive by rings and send through a worker that has a queue. Pure: any thread.

#include <cstdint>

#include "worker/transmitter.h"

namespace weir::plane {

/// A device as it was opened.
struct device_queues {
    std::uint16_t device = 0; ///< DPDK port id
    unsigned rx = 1;          ///< queues it receives by, at least one
    unsigned tx = 1;          ///< queues it sends by, at least one
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
            .spread = device.rx < workers};
}

} // namespace weir::plane
