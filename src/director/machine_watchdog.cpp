#include "director/machine_watchdog.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/watchdog.h>
#include <sys/ioctl.h>

#include "log/log.h"

namespace weir::director {

machine_watchdog::machine_watchdog(std::string path)
    : path_(std::move(path)), device_(open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (device_.get() < 0)
        throw std::runtime_error(
            fmt::format("watchdog: cannot open {}: {}", path_, std::strerror(errno)));
    int seconds = static_cast<int>(patience.count());
    if (ioctl(device_.get(), WDIOC_SETTIMEOUT, &seconds) != 0)
        log::warning("{} does not take a time ({}): it resets the machine after the time it has",
                     path_, std::strerror(errno));
    else
        log::info("{} resets the machine when weir has said nothing for {} s", path_, seconds);
}

machine_watchdog::~machine_watchdog() {
    write('V'); // the magic close
}

void machine_watchdog::feed() {
    write('.');
}

void machine_watchdog::write(char byte) {
    if (::write(device_.get(), &byte, 1) == 1) {
        complained_ = false;
    } else if (!std::exchange(complained_, true)) {
        log::error("cannot write to {}: {}; it will reset the machine", path_,
                   std::strerror(errno));
    }
}

} // namespace weir::director
