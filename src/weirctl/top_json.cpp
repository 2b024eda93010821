// `weirctl top --json`: one frame.

#include "message/keys.h"
#include "weirctl/top_rates.h"

namespace weir::weirctl {

namespace {

using nlohmann::json;
namespace key = message::key;

json row_of(const measured& m) {
    return {{key::name, m.row->name},
            {key::text, m.row->note},
            {key::active, m.row->active},
            {key::inactive, m.row->inactive},
            {key::rates,
             {{key::connections, m.speed.connections},
              {key::in_packets, m.speed.in_packets},
              {key::out_packets, m.speed.out_packets},
              {key::in_bytes, m.speed.in_bytes},
              {key::out_bytes, m.speed.out_bytes}}}};
}

} // namespace

json frame_as_json(const top_sample& before, const top_sample& now, top_order order) {
    const double seconds = seconds_between(before, now);
    std::unordered_map<std::string_view, const top_service*> known;
    for (const top_service& service : before.services)
        known.emplace(service.name, &service);
    json services = json::array();
    for (const measured& m : measure(before.services, now.services, seconds, order)) {
        json row = row_of(m);
        const auto was = known.find(m.row->name);
        const std::vector<top_row> none;
        row[key::servers] = json::array();
        for (const measured& server : measure(was == known.end() ? none : was->second->servers,
                                              m.service->servers, seconds, order))
            row[key::servers].push_back(row_of(server));
        services.push_back(std::move(row));
    }
    return {{"seconds", seconds}, {"status", now.status}, {key::services, std::move(services)}};
}

} // namespace weir::weirctl
