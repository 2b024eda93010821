// The part of the metrics page that is about directors kept in step.

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

void page::heartbeat_link(const std::string& peer, const json& link) {
    constexpr std::array counts{counter{key::sent, "sent", "Heartbeats sent on a link."},
                                counter{key::heard, "heard", "Good heartbeats heard on a link."}};
    labels of{{"peer", peer}, {"link", text(link, key::name)}};
    add("weir_link_up", "gauge", "1 while the peer is heard on a heartbeat link.", of,
        flag(link, key::up) ? 1 : 0);
    add("weir_link_round_trip_seconds", "gauge", "Of a heartbeat and its answer.", of,
        figure(link, key::round_trip_us) / 1'000'000);
    counters("weir_link_", counts, of, link);
    of.push_back({"fault", ""});
    for (const auto& [fault, count] : link.at(key::refused).items()) {
        of.back().second = fault;
        add("weir_link_refused_total", "counter", "Heartbeats refused, by fault.", of,
            count.get<double>());
    }
}

void page::peers(const json& all) {
    constexpr std::array counts{
        counter{key::told, "connections_told", "Connections told to a peer, each time one was."},
        counter{key::adopted, "connections_adopted", "Connections taken over from a peer."},
        counter{key::no_room_here, "no_room_here", "Of a peer, for which the table had no room."},
        counter{key::no_room_there, "no_room_there", "Ours, for which a peer's had none."},
        counter{key::losses, "losses", "Connections between the directors that were lost."}};
    for (const json& peer : all) {
        const labels of{{"peer", text(peer, key::name)}};
        counters("weir_peer_", counts, of, peer);
        add("weir_peer_in_step", "gauge", "1 when each director has all that the other has.", of,
            flag(peer, key::in_step) ? 1 : 0);
        add("weir_peer_lag_seconds", "gauge", "By how much a peer may be behind.", of,
            figure(peer, key::lag) / 1000);
        add("weir_peer_filled_ratio", "gauge", "How much of the table a peer was told at first.",
            of, peer.at(key::filled).get<double>());
        add("weir_peer_unknown_servers", "gauge", "Servers of a peer that are not in our file.", of,
            figure(peer, key::unknown_here));
        add("weir_peer_files_differ", "gauge", "1 when the two files have other servers.", of,
            flag(peer, key::files_differ) ? 1 : 0);
        for (const json& link : peer.at(key::heartbeat_links))
            heartbeat_link(text(peer, key::name), link);
    }
}

} // namespace weir::metrics
