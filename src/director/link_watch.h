#pragma once

// Sees at once that a device has lost its link, whatever the control core does meanwhile: a reload
// of thousands of services takes it seconds. The heart gives up by what this writes. Links that
// come back, logs and twins are the control core's (port_set.h).
//
// A thread that looks every 10 ms, real-time as the heart is, and apart from it since a driver may
// wait for its card. Not by the cards' interrupts: DPDK's drivers that wait for one do not look
// for themselves any more, and where it does not come the link stays up for ever.
//
// Control core: constructor and destructor.

#include <atomic>
#include <thread>
#include <vector>

#include "port/device.h"

namespace weir::director {

class link_watch {
public:
    struct watched {
        const port::device* device;
        std::atomic<bool>* up; ///< set to false while there is no link; never to true
    };
    /// Begins at once; devices outlive it. Throws std::system_error.
    explicit link_watch(std::vector<watched> all);
    ~link_watch();
    link_watch(const link_watch&) = delete;
    link_watch& operator=(const link_watch&) = delete;

private:
    void run() const noexcept;

    std::vector<watched> all_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace weir::director
