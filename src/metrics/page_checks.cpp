// The part of the metrics page that is about health checks.

#include <nlohmann/json.hpp>

#include "message/keys.h"
#include "message/message.h"
#include "message/services.h"
#include "metrics/page.h"

namespace weir::metrics {

using nlohmann::json;
namespace key = message::key;
using message::figure;
using message::number;
using message::text;

void page::checks(const json& figures) {
    add("weir_checks", "gauge", "Health checks, each of one server.", {},
        figure(figures, key::count));
    add("weir_checks_under_way", "gauge", "Health checks that wait for an answer.", {},
        figure(figures, key::under_way));
    add("weir_check_programs", "gauge", "Programs of script checks that run.", {},
        figure(figures, key::programs));
    add("weir_checks_waiting", "gauge",
        "Script checks that wait because as many programs as may run do.", {},
        figure(figures, key::waiting));
    add("weir_check_turns_total", "counter", "Turns of health checks begun.", {},
        figure(figures, key::turns));
    add("weir_check_turns_unable_total", "counter",
        "Turns that said nothing of the server: this host itself could not make them.", {},
        figure(figures, key::unable));
    add("weir_check_most_late_seconds", "gauge",
        "How late the latest turn of all began: the control core was busy.", {},
        figure(figures, key::most_late_us) / 1e6);
}

void page::check(const json& line) {
    if (line.contains(key::checks)) return checks(line.at(key::checks));
    // The same names as the servers have: without the port where they have it from the client.
    json server{{key::address, text(line, key::server)},
                {key::port, number(line, key::server_port)}};
    const std::string service = text(line, key::service);
    if (!servers_.contains({service, message::name_of(server)})) server[key::port] = 0;
    const std::pair who{service, message::name_of(server)};
    const labels server_labels = of_server(who.first, who.second, line.value(key::name, ""));
    if (checked_ != who) {
        checked_ = who;
        checks_of_it_ = 0;
        add("weir_server_healthy", "gauge",
            "1 when all checks of a server say that it is up, and it is not held.", server_labels,
            text(line, key::server_state) == "up" ? 1 : 0);
        add("weir_server_held_down_seconds", "gauge",
            "How long a server is held yet: it fell too often.", server_labels,
            figure(line, key::held_ms) / 1e3);
    }
    labels of = server_labels;
    of.emplace_back("check", text(line, key::type));
    of.emplace_back("number", std::to_string(++checks_of_it_));
    add("weir_check_latency_seconds", "gauge", "What the last turn of a check took.", of,
        figure(line, key::latency_us) / 1e6);
    add("weir_check_state_seconds", "gauge", "For how long a check has been in its state.", of,
        figure(line, key::since));
    add("weir_check_weight_ratio", "gauge",
        "What a check leaves of a server's weight: agents and scripts.", of,
        line.at(key::share).get<double>());
    for (const char* state : {"up", "down", "unknown"}) {
        labels in_state = of;
        in_state.emplace_back("state", state);
        add("weir_check_state", "gauge", "1 for the state a check is in.", in_state,
            text(line, key::state) == state ? 1 : 0);
    }
}

} // namespace weir::metrics
