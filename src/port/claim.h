#pragma once

// One director for each kernel interface. Linux gives packets of an interface to every AF_PACKET
// socket that asks, so a second weir there would forward and answer everything a second time. A
// claim is an abstract Unix socket named after the interface: Linux keeps such names for each
// network namespace, as interfaces, and frees them when the process ends, however it does.

#include <string>

namespace weir::port {

class interface_claim {
public:
    /// Throws std::runtime_error if another process has the interface.
    explicit interface_claim(const std::string& interface);
    ~interface_claim();
    interface_claim(const interface_claim&) = delete;
    interface_claim& operator=(const interface_claim&) = delete;

private:
    int fd_;
};

} // namespace weir::port
