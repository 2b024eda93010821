#include "links/path.h"

#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace weir::links {

std::string descriptor_path::trouble(const char* what) {
    const int reason = errno;
    shut();
    return std::string(what) + ": " + std::strerror(reason);
}

void descriptor_path::shut() noexcept {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
}

std::unique_ptr<path> make_path(const path_settings& s) {
    switch (s.kind) {
    case path_kind::serial:
        return make_serial_path(s);
    case path_kind::disk:
        return make_disk_path(s);
    case path_kind::udp:
        break;
    }
    return make_udp_path(s);
}

} // namespace weir::links
