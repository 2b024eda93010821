// ICMP errors about NAT flows: sent by a router or host on one side, received on the other.

#include "net/rewrite.h"

#include <algorithm>

#include "unit/net/fixture.h"

namespace weir::test {
namespace {

constexpr std::size_t whole = SIZE_MAX;

struct names {
    const char* client;
    const char* vip;
    const char* server;
    const char* router;
};
constexpr names v4{"198.51.100.7", "192.0.2.100", "203.0.113.11", "203.0.113.1"};
constexpr names v6{"2001:db8:7::7", "2001:db8::100", "2001:db8:1::11", "2001:db8:1::1"};

packet error_of(const names& s) {
    return s.client[0] == '2' ? packet().icmp(2, 0, 1300) : packet().icmp(3, 4, 1300);
}

packet transport(packet p, bool udp, std::uint16_t from, std::uint16_t to) {
    return udp ? p.udp(from, to).payload(90) : p.tcp(from, to).ack().payload(90);
}

bytes_of_frame translated(const bytes_of_frame& in, bool towards_server, const names& s) {
    bytes_of_frame frame = in;
    const packet_view view = parsed(frame);
    EXPECT_EQ(static_cast<int>(view.kind), static_cast<int>(packet_kind::icmp_error));
    translate_icmp_error(frame.data(), view, towards_server ? side::source : side::destination,
                         address(towards_server ? s.server : s.vip),
                         be16::from_host(towards_server ? 8080 : 80));
    return frame;
}

/// How much an error may quote: from the ports up to everything.
std::vector<std::size_t> quotes(const names& s) {
    const std::size_t header = s.client[0] == '2' ? 40 : 20;
    return {header + 8, header + 16, header + 18, header + 20, header + 57, whole};
}

TEST(translate_icmp_error, about_a_request_reaches_the_client_as_about_his_own) {
    for (const names& s : {v4, v6}) {
        for (const bool udp : {false, true}) {
            for (const std::size_t quote : quotes(s)) {
                const auto to_server =
                    transport(packet().from(s.client).to(s.server), udp, 40001, 8080).bytes();
                const auto to_vip =
                    transport(packet().from(s.client).to(s.vip), udp, 40001, 80).bytes();
                // From a router beside the server, unknown to the client, and from the server
                // itself.
                for (const char* from : {s.router, s.server}) {
                    const auto in =
                        error_of(s).from(from).to(s.client).about(to_server, quote).bytes();
                    bytes_of_frame wanted =
                        error_of(s).from(s.vip).to(s.client).about(to_vip, quote).bytes();
                    const bytes_of_frame got = translated(in, false, s);
                    // A TCP quote of less than 18 bytes has no checksum to update.
                    EXPECT_TRUE(checksums_good(got)) << describe(got);
                    expect_frame(udp ? "UDP" : "TCP", got, wanted);
                }
            }
        }
    }
}

TEST(translate_icmp_error, about_a_reply_reaches_the_server_as_about_its_own) {
    for (const names& s : {v4, v6}) {
        for (const bool udp : {false, true}) {
            for (const std::size_t quote : quotes(s)) {
                const auto from_vip =
                    transport(packet().from(s.vip).to(s.client), udp, 80, 40001).bytes();
                const auto from_server =
                    transport(packet().from(s.server).to(s.client), udp, 8080, 40001).bytes();
                for (const char* from : {s.router, s.client}) {
                    const auto in = error_of(s).from(from).to(s.vip).about(from_vip, quote).bytes();
                    const auto wanted =
                        error_of(s).from(from).to(s.server).about(from_server, quote).bytes();
                    expect_frame(udp ? "UDP" : "TCP", translated(in, true, s), wanted);
                }
            }
        }
    }
}

// The quoted checksum covers the whole packet, however little is quoted (net/crc32c.h).
/// RFC 4884: zeros follow a short datagram, where the checksum of a longer one would be.
TEST(translate_icmp_error, leaves_the_padding_of_a_short_quote) {
    for (const names& s : {v4, v6}) {
        auto quoted = transport(packet().from(s.client).to(s.server), false, 40001, 8080).bytes();
        const bool is_v6 = s.client[0] == '2';
        const std::size_t l3 = sizeof(ether_header);
        const std::size_t end = l3 + (is_v6 ? sizeof(ipv6_header) : sizeof(ipv4_header)) + 8;
        if (is_v6) {
            header_at<ipv6_header>(quoted.data(), l3).payload_length = be16::from_host(8);
        } else {
            auto& ip = header_at<ipv4_header>(quoted.data(), l3);
            const be16 before = ip.total_length;
            ip.total_length = be16::from_host(28);
            ip.checksum =
                checksum_update(ip.checksum, checksum_difference(before.raw, ip.total_length.raw));
        }
        std::fill(quoted.begin() + static_cast<std::ptrdiff_t>(end), quoted.end(), std::byte{0});
        const auto in = error_of(s).from(s.router).to(s.client).about(quoted, whole).bytes();
        const bytes_of_frame got = translated(in, false, s);
        EXPECT_EQ(static_cast<int>(parsed(got).kind), static_cast<int>(packet_kind::icmp_error))
            << "the message's checksum is good: " << describe(got);
        const std::size_t padding = parsed(got).inner_l4 + std::size_t{8};
        EXPECT_TRUE(std::all_of(got.begin() + static_cast<std::ptrdiff_t>(padding), got.end(),
                                [](std::byte b) { return b == std::byte{0}; }))
            << describe(got);
    }
}

TEST(translate_icmp_error, translates_quoted_sctp) {
    for (const names& s : {v4, v6}) {
        const auto about = [&](const std::string& from, const std::string& to, std::uint16_t a,
                               std::uint16_t b) {
            return packet().from(from).to(to).sctp(a, b).chunk(3, 12).chunk(0, 1201).bytes();
        };
        const std::size_t header = s.vip == v6.vip ? 40 : 20;
        for (const std::size_t quote : {header + 8, header + 12, header + 40, std::size_t{1280}}) {
            const auto in = error_of(s).from(s.router).to(s.client).about(
                about(s.client, s.server, 40001, 8080), quote);
            expect_frame("from the server's side", translated(in.bytes(), false, s),
                         error_of(s)
                             .from(s.vip)
                             .to(s.client)
                             .about(about(s.client, s.vip, 40001, 80), quote)
                             .bytes());
            const auto back = error_of(s).from(s.router).to(s.vip).about(
                about(s.vip, s.client, 80, 40001), quote);
            expect_frame("from the client's side", translated(back.bytes(), true, s),
                         error_of(s)
                             .from(s.router)
                             .to(s.server)
                             .about(about(s.server, s.client, 8080, 40001), quote)
                             .bytes());
        }
    }
}

TEST(translate_icmp_error, leaves_a_quoted_udp_checksum_of_none) {
    const auto quoted =
        packet().from(v4.client).to(v4.server).udp(40001, 8080).no_checksum().payload(9).bytes();
    const auto wanted =
        packet().from(v4.client).to(v4.vip).udp(40001, 80).no_checksum().payload(9).bytes();
    const auto in = error_of(v4).from(v4.server).to(v4.client).about(quoted).bytes();
    expect_frame("no checksum", translated(in, false, v4),
                 error_of(v4).from(v4.vip).to(v4.client).about(wanted).bytes());
}

TEST(translate_icmp_error, finds_a_quote_behind_options_and_extension_headers) {
    const auto quoted =
        packet().from(v4.client).to(v4.server).options({1, 1, 1, 0}).tcp(40001, 8080).bytes();
    const auto wanted =
        packet().from(v4.client).to(v4.vip).options({1, 1, 1, 0}).tcp(40001, 80).bytes();
    expect_frame(
        "options",
        translated(error_of(v4).from(v4.router).to(v4.client).about(quoted).bytes(), false, v4),
        error_of(v4).from(v4.vip).to(v4.client).about(wanted).bytes());
    const auto quoted6 =
        packet().from(v6.client).to(v6.server).extension(60).udp(40001, 8080).payload(9).bytes();
    const auto wanted6 =
        packet().from(v6.client).to(v6.vip).extension(60).udp(40001, 80).payload(9).bytes();
    expect_frame(
        "extension header",
        translated(error_of(v6).from(v6.router).to(v6.client).about(quoted6).bytes(), false, v6),
        error_of(v6).from(v6.vip).to(v6.client).about(wanted6).bytes());
}

} // namespace
} // namespace weir::test
