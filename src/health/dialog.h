#pragma once

// A conversation over a byte stream that ends in a verdict: the protocols of checks over TCP,
// without the sockets. The stream probe passes on bytes as they come, in pieces of any size, and
// sends the dialog's replies. Servers may be broken or hostile, so a dialog keeps a bounded number
// of bytes and looks at each a bounded number of times. One thread, no clock: the probe handles
// timeouts.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "health/prepared.h"
#include "health/verdict.h"
#include "net/types.h"

namespace weir::health {

class dialog {
public:
    dialog() = default;
    dialog(const dialog&) = delete;
    dialog& operator=(const dialog&) = delete;
    virtual ~dialog() = default;

    /// The bytes to send first.
    virtual std::string opening() { return {}; }
    /// Handles more bytes. Appends to `reply` what to send; a verdict ends the conversation.
    virtual std::optional<verdict> take(std::string_view bytes, std::string& reply) = 0;
    /// The server has closed the connection.
    virtual verdict closed() = 0;
    /// Completes "timeout while waiting for ...".
    virtual const char* awaited() const = 0;
};

/// The dialog for a check of this server at this port; null for tcp, which only connects.
std::unique_ptr<dialog> make_dialog(const prepared_check& check, const ip_address& server,
                                    std::uint16_t port);

std::unique_ptr<dialog> make_http_dialog(const prepared_check& check, const ip_address& server,
                                         std::uint16_t port);
std::unique_ptr<dialog> make_smtp_dialog(const prepared_check& check, const ip_address& server);
std::unique_ptr<dialog> make_agent_dialog(const prepared_check& check);

} // namespace weir::health
