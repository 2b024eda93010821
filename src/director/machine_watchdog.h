#pragma once

// The machine's watchdog (`watchdog = /dev/watchdog`): hardware, or softdog, that resets the
// machine when nobody has written to it for a while. For a director that is to be dead for certain
// when it has stopped serving. Linux's words: Documentation/watchdog/watchdog-api.rst. Control core
// only.

#include <chrono>
#include <string>

#include "config/descriptor.h"

namespace weir::director {

class machine_watchdog {
public:
    /// What the device is asked for: longer than the second between two feeds and the patience with
    /// a worker (watchdog.h) together.
    static constexpr std::chrono::seconds patience{10};

    /// Opens the device and so arms it; from now on it wants to be fed. One that does not take
    /// `patience` keeps its own, and the log says so. Throws std::runtime_error, with the path and
    /// the reason.
    explicit machine_watchdog(std::string path);
    /// Disarms it: weir has been asked to stop. A process that is killed does not get here, and the
    /// machine is reset unless the next one is in time.
    ~machine_watchdog();
    machine_watchdog(const machine_watchdog&) = delete;
    machine_watchdog& operator=(const machine_watchdog&) = delete;

    void feed();
    const std::string& path() const { return path_; }

private:
    void write(char byte);

    std::string path_;
    config::descriptor device_;
    bool complained_ = false;
};

} // namespace weir::director
