#pragma once

// A source and sink of packets on its own core, for a worker on another core: frames of established
// flows, at an even pace or as fast as they come back. It has its own packet buffers; each holds
// the time at which the packet was due, in front of the frame, where no other code writes.

#include <cstdint>
#include <vector>

#include "measure.h"
#include "testbed.h"
#include "traffic.h"

namespace weir::bench {

class generator {
public:
    /// Sends to worker 0 of `bed`.
    generator(testbed& bed, const traffic& frames, std::uint64_t flows);
    ~generator();
    generator(const generator&) = delete;
    generator& operator=(const generator&) = delete;

    struct run {
        std::uint64_t sent = 0;
        std::uint64_t back = 0;
        double per_second = 0; ///< rate of the packets that came back
        histogram times;
    };
    run flood(double seconds);
    run pace(double packets_per_second, double seconds);

private:
    unsigned send(unsigned count, std::uint64_t first_due, double between);
    void take_back(run& r);
    void drain(run& r);

    static constexpr std::size_t frame_room = 128;

    testbed& bed_;
    rte_mempool* packets_;
    flow_order order_;
    std::uint16_t length_ = 0;
    std::vector<std::byte> frames_; ///< prebuilt, frame_room for each flow
};

} // namespace weir::bench
