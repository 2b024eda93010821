#pragma once

// The page of figures over HTTP, for Prometheus (`metrics = ADDRESS:PORT`): GET /metrics, and
// nothing else. By libmicrohttpd, on a thread of its own that asks the director through the control
// socket as weirctl does: it shares nothing with the control core, and yields the CPU to it. A
// director that does not answer is status 503.

#include <memory>
#include <string>

#include "net/types.h"

namespace weir::metrics {

class exporter {
public:
    static constexpr unsigned most_connections = 16; ///< at once; more wait
    static constexpr unsigned patience = 10;         ///< seconds of a silent client

    /// Serves at `where`, which is TCP; an address that the machine does not have yet is served
    /// once it does. Asks the director at this control socket, which need not be there yet. Throws
    /// std::runtime_error with the address and the reason.
    exporter(const endpoint& where, std::string control_socket);
    /// Ends it, also amid an answer.
    ~exporter();
    exporter(const exporter&) = delete;
    exporter& operator=(const exporter&) = delete;

    const endpoint& where() const { return where_; }

private:
    class service;

    endpoint where_;
    std::unique_ptr<service> service_;
};

} // namespace weir::metrics
