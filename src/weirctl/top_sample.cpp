// What `weirctl top` keeps of the director's answers.

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "message/keys.h"
#include "message/message.h"
#include "message/services.h"
#include "net/names.h"
#include "weirctl/layout.h"
#include "weirctl/top.h"

namespace weir::weirctl {

namespace key = message::key;
using message::flag;
using message::number;
using message::text;
using nlohmann::json;

namespace {

top_counts to_counts(const json& totals) {
    return {number(totals, key::connections), number(totals, key::in_packets),
            number(totals, key::out_packets), number(totals, key::in_bytes),
            number(totals, key::out_bytes)};
}

/// Its weight, or the word for why it gets nothing.
std::string note_of(const json& server) {
    if (const auto why = message::words(server, key::why); !why.empty())
        return why.front() == "overloaded" ? "full" : why.front(); // the column is 8 wide
    if (used_anyway(server)) return text(server, key::state) + " used";
    return flag(server, key::fallback) ? "fallback" : std::to_string(number(server, key::weight));
}

} // namespace

void top_sample::take(const json& part) {
    if (part.contains(key::server)) {
        const json& server = part.at(key::server);
        top_row row;
        row.name = with_word(server.value(key::name, ""), message::name_of(server));
        row.note = note_of(server);
        row.totals = to_counts(server.at(key::totals));
        row.active = number(server, key::active);
        row.inactive = number(server, key::inactive);
        services.back().active += row.active;
        services.back().inactive += row.inactive;
        services.back().servers.push_back(std::move(row));
    } else if (part.contains(key::service)) {
        const json& service = part.at(key::service);
        const json& listen = service.at(key::listen);
        top_service row;
        row.name = text(service, key::name);
        row.note = listen.front().get<std::string>();
        if (listen.size() > 1) row.note += fmt::format(" +{}", listen.size() - 1);
        row.note += ' ' + text(service, key::scheduler);
        if (service.value(key::removed, false)) row.note += " removed";
        row.totals = to_counts(service.at(key::totals));
        services.push_back(std::move(row));
    }
}

} // namespace weir::weirctl
