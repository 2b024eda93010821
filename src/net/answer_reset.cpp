// TCP resets.

#include "net/answer_reset.h"

#include "net/answer_parts.h"
#include "net/checksum.h"

namespace weir::inline net {

std::size_t make_reset(std::span<const std::byte> frame, const packet_view& view,
                       std::span<std::byte> out) noexcept {
    if (view.kind != packet_kind::flow || view.key.proto != static_cast<std::uint8_t>(protocol::tcp)
        || (view.tcp_flags & tcp_header::rst) != 0 || view.fragmented || !may_answer(frame, view))
        return 0;
    const std::size_t length = view.l3 + ip_header_size(view.v6) + sizeof(tcp_header);
    if (out.size() < length) return 0;

    write_link_back(frame.data(), view, out.data());
    std::byte* const ip = out.data() + view.l3;
    write_ip_header(ip, {.source = view.key.destination,
                         .destination = view.key.source,
                         .proto = protocol::tcp,
                         .payload = sizeof(tcp_header)});
    const auto& about = header_at<tcp_header>(frame.data(), view.l4);
    std::byte* const l4 = ip + ip_header_size(view.v6);
    auto& tcp = header_at<tcp_header>(l4, 0);
    tcp = {.source_port = about.destination_port,
           .destination_port = about.source_port,
           .sequence = {},
           .acknowledgement = {},
           .data_offset = (sizeof tcp / 4) << 4,
           .flags = tcp_header::rst,
           .window = {},
           .checksum = {},
           .urgent = {}};
    // The peer accepts the reset only if it carries the sequence number that the peer expects next.
    if ((view.tcp_flags & tcp_header::ack) != 0) {
        tcp.sequence = about.acknowledgement;
    } else {
        const std::size_t data =
            std::size_t{view.l3} + view.ip_length - view.l4 - about.header_length();
        const auto occupied =
            static_cast<std::uint32_t>(data + ((view.tcp_flags & tcp_header::syn) != 0 ? 1 : 0)
                                       + ((view.tcp_flags & tcp_header::fin) != 0 ? 1 : 0));
        tcp.acknowledgement = be32::from_host(about.sequence.host() + occupied);
        tcp.flags |= tcp_header::ack;
    }
    tcp.checksum = checksum_finish(
        checksum_add({l4, sizeof tcp}, pseudo_header_sum(view.key.destination, view.key.source,
                                                         protocol::tcp, sizeof tcp)));
    return length;
}

} // namespace weir::inline net
