#include "director/neighbour_asker.h"

#include <array>

#include "net/neighbour_request.h"

namespace weir::director {

void neighbour_asker::ask_for(const ip_address& server) {
    const auto hop = to_(server);
    if (!hop) return;
    const port_rule& port = ports_[hop->port];
    const ip_address& own = hop->address.is_v4() ? port.v4 : port.v6;
    if (!port.twin || own.is_none()) return;
    const auto now = time_.now();
    std::erase_if(asked_, [now](const auto& item) { return now - item.second >= pause; });
    if (!asked_.try_emplace(hop->address, now).second) return;
    std::array<std::byte, neighbour_request_room> frame;
    const std::size_t length = make_neighbour_request(hop->address, own, port.mac, frame);
    if (length != 0) send_(hop->port, {frame.data(), length});
}

} // namespace weir::director
