// Keywords of virtual servers without a counterpart in weir.

#include "import/keepalived_parts.h"

namespace weir::importer {

namespace {

constexpr const char* no_scripts = "weir starts no scripts on such changes";
constexpr const char* no_mail = "weir sends no mail: watch `weirctl metrics`";
/// Keywords of virtual servers without a counterpart, and what an operator loses.
constexpr foreign_keyword leftovers[] = {
    {"omega", verdict::ignored, "it concerns scripts"},
    {"ip_family", verdict::ignored, "it concerns firewall marks"},
    {"ha_suspend", verdict::ignored, "weir checks all the time"},
    {"smtp_alert", verdict::ignored, no_mail},
    {"snmp_name", verdict::ignored, no_mail},
    {"notify_up", verdict::decision, no_scripts},
    {"notify_down", verdict::decision, no_scripts},
    {"sorry_server_inhibit", verdict::ignored, "weir keeps connections when a fallback takes over"},
    {"persistence_engine", verdict::decision, "weir does not look into SIP"},
    {"hashed", verdict::ignored, "keepalived knows it no more"},
    {"flag-3", verdict::ignored, "no scheduler of LVS has a third flag"},
};

} // namespace

const foreign_keyword* find_leftover(std::string_view keyword) {
    return find_keyword(leftovers, keyword);
}

} // namespace weir::importer
