// The part of the metrics page that is about ports and the cards of bonds.

#include <array>

#include <nlohmann/json.hpp>

#include "message/keys.h"
#include "message/message.h"
#include "metrics/page.h"

namespace weir::metrics {

using nlohmann::json;
namespace key = message::key;
using message::figure;
using message::flag;
using message::text;

void page::ports(const json& all) {
    constexpr std::array device{
        counter{key::rx_packets, "receive_packets", "Packets the device received."},
        counter{key::rx_bytes, "receive_bytes", "Bytes the device received."},
        counter{key::rx_missed, "receive_missed_packets",
                "Packets the device had no room for: the workers were too slow."},
        counter{key::rx_errors, "receive_errors", "Broken packets at the device."},
        counter{key::rx_no_buffer, "receive_no_buffer", "Times buffers ran out."},
        counter{key::tx_packets, "transmit_packets", "Packets the device sent."},
        counter{key::tx_bytes, "transmit_bytes", "Bytes the device sent."},
        counter{key::tx_errors, "transmit_errors", "Packets the device failed to send."}};
    for (const json& port : all) {
        const labels of{{"port", text(port, key::name)}};
        add("weir_port_info", "gauge", "What a port is made of.",
            {of[0], {"device", text(port, key::device)}, {"mac", text(port, key::mac)}}, 1);
        add("weir_port_up", "gauge", "1 when the link is up.", of, flag(port, key::link) ? 1 : 0);
        for (const json& member : port.at(key::members)) {
            const labels each{of[0], {"member", text(member, key::name)}};
            add("weir_port_member_up", "gauge", "1 when the link of a bond's member is up.", each,
                flag(member, key::link) ? 1 : 0);
            add("weir_port_member_carries", "gauge",
                "1 when packets may leave through a bond's member.", each,
                flag(member, key::carries) ? 1 : 0);
        }
        constexpr double bytes_of_megabit = 125'000;
        add("weir_port_speed_bytes", "gauge", "Bytes per second of the link; 0 is unknown.", of,
            bytes_of_megabit * figure(port, key::speed));
        counters("weir_port_", device, of, port.at(key::device_stats));
    }
}

} // namespace weir::metrics
