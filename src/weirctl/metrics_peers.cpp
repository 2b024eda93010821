// The part of the metrics page that is about directors kept in step.

#include <array>

#include <nlohmann/json.hpp>

#include "message/keys.h"
#include "message/message.h"
#include "weirctl/metrics.h"

namespace weir::weirctl {

using nlohmann::json;
namespace key = message::key;
using message::figure;
using message::flag;
using message::text;

void metrics_page::peers(const json& all) {
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
    }
}

} // namespace weir::weirctl
