#include "config/bounds.h"
#include "config/sections.h"
#include "config/values.h"

namespace weir::config {

namespace {

struct named_timeout {
    const char* name;
    std::chrono::seconds timeouts::*field;
};

constexpr named_timeout named_timeouts[] = {
    {"tcp-established", &timeouts::tcp_established},
    {"tcp-syn-sent", &timeouts::tcp_syn_sent},
    {"tcp-syn-recv", &timeouts::tcp_syn_recv},
    {"tcp-fin-wait", &timeouts::tcp_fin_wait},
    {"tcp-time-wait", &timeouts::tcp_time_wait},
    {"tcp-close", &timeouts::tcp_close},
    {"tcp-close-wait", &timeouts::tcp_close_wait},
    {"tcp-last-ack", &timeouts::tcp_last_ack},
    {"udp", &timeouts::udp},
    {"sctp-init1", &timeouts::sctp_init1},
    {"sctp-init", &timeouts::sctp_init},
    {"sctp-cookie-sent", &timeouts::sctp_cookie_sent},
    {"sctp-cookie-replied", &timeouts::sctp_cookie_replied},
    {"sctp-cookie-wait", &timeouts::sctp_cookie_wait},
    {"sctp-cookie", &timeouts::sctp_cookie},
    {"sctp-cookie-echoed", &timeouts::sctp_cookie_echoed},
    {"sctp-established", &timeouts::sctp_established},
    {"sctp-shutdown-sent", &timeouts::sctp_shutdown_sent},
    {"sctp-shutdown-received", &timeouts::sctp_shutdown_received},
    {"sctp-shutdown-ack-sent", &timeouts::sctp_shutdown_ack_sent},
    {"sctp-rejected", &timeouts::sctp_rejected},
    {"sctp-closed", &timeouts::sctp_closed}};

} // namespace

void set_timeouts(timeouts& t, const std::string& value) {
    std::vector<pair_reader> readers;
    for (const named_timeout& named : named_timeouts)
        readers.push_back({named.name, [&t, field = named.field](std::string_view text) {
                               t.*field = seconds(text, 1, longest_timeout);
                           }});
    read_pairs(words(value), readers, "timeout");
}

} // namespace weir::config
