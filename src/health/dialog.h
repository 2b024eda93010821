#pragma once

// A conversation over a byte stream that ends in a verdict: the protocols of checks over TCP, apart
// from sockets. The stream probe hands over what comes, in whatever pieces, and sends what the
// dialog wants sent. Bytes come from servers, which may be broken or hostile: a dialog keeps a
// bounded number of them, and looks at each a bounded number of times. One thread, no clock: an
// answer that does not come is the probe's business.

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

    /// What to send first.
    virtual std::string opening() { return {}; }
    /// More has come. Appends to `reply` what to send; a verdict ends the conversation.
    virtual std::optional<verdict> take(std::string_view bytes, std::string& reply) = 0;
    /// The server has closed.
    virtual verdict closed() = 0;
    /// What it waits for, for "timeout while waiting for ...".
    virtual const char* awaited() const = 0;
};

/// The dialog of a check of this server at this port; null for tcp, which has nothing to say.
std::unique_ptr<dialog> make_dialog(const prepared_check& check, const ip_address& server,
                                    std::uint16_t port);

std::unique_ptr<dialog> make_http_dialog(const prepared_check& check, const ip_address& server,
                                         std::uint16_t port);
std::unique_ptr<dialog> make_smtp_dialog(const prepared_check& check, const ip_address& server);
std::unique_ptr<dialog> make_agent_dialog(const prepared_check& check);

} // namespace weir::health
