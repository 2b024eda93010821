#include "port/fanout.h"

#include <atomic>
#include <cstring>

#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weir::port {

namespace {

std::atomic<unsigned> changed{0};

constexpr unsigned defragment = PACKET_FANOUT_FLAG_DEFRAG << 16; ///< the type's half of the option

} // namespace

unsigned fanouts_without_defragmentation() {
    return changed;
}

} // namespace weir::port

/// The C library's, for DPDK's shared objects too: the program exports it.
extern "C" int setsockopt(int fd, int level, int name, const void* value,
                          socklen_t length) noexcept {
    unsigned fanout = 0;
    if (level == SOL_PACKET && name == PACKET_FANOUT && length == sizeof fanout) {
        std::memcpy(&fanout, value, sizeof fanout);
        if ((fanout & weir::port::defragment) != 0) {
            fanout &= ~weir::port::defragment;
            value = &fanout;
            ++weir::port::changed;
        }
    }
    return static_cast<int>(syscall(SYS_setsockopt, fd, level, name, value, length));
}
