#include "config/hints.h"

#include <algorithm>
#include <array>

#include "config/values.h"

namespace weir::config {

namespace {

struct foreign_word {
    std::string_view theirs;
    std::string_view ours;
};

constexpr std::array foreign_words{
    foreign_word{"masq", "nat"},
    foreign_word{"masquerade", "nat"},
    foreign_word{"masquerading", "nat"},
    foreign_word{"dnat", "nat"},
    foreign_word{"route", "dr"},
    foreign_word{"gateway", "dr"},
    foreign_word{"gatewaying", "dr"},
    foreign_word{"dsr", "dr"},
    foreign_word{"direct", "dr"},
    foreign_word{"tunnel", "tun"},
    foreign_word{"ipip", "tun"},
    foreign_word{"tunneling", "tun"},
    foreign_word{"roundrobin", "rr"},
    foreign_word{"round-robin", "rr"},
    foreign_word{"round_robin", "rr"},
    foreign_word{"static-rr", "wrr"},
    foreign_word{"leastconn", "wlc"},
    foreign_word{"least-connections", "wlc"},
    foreign_word{"least_conn", "wlc"},
    foreign_word{"source", "sh"},
    foreign_word{"ip_hash", "sh"},
    foreign_word{"maglev", "mh"},
    foreign_word{"first", "fo"},
    foreign_word{"failover", "fo"},
    foreign_word{"maxconn", "upper"},
    foreign_word{"inter", "interval"},
    foreign_word{"http_get", "http"},
    foreign_word{"httpchk", "http"},
    foreign_word{"ssl_get", "https"},
    foreign_word{"tcp_check", "tcp"},
    foreign_word{"tcp-check", "tcp"},
    foreign_word{"misc_check", "script"},
    foreign_word{"backend", "service"},
    foreign_word{"frontend", "service"},
    foreign_word{"global", "director"},
    foreign_word{"virtual_server", "service"},
    foreign_word{"global_defs", "director"},
    foreign_word{"vrrp_instance", "vrrp"},
};

struct foreign_key {
    std::string_view kind;
    std::string_view key;
    std::string_view instead;
};

constexpr std::string_view of_server =
    "it stands behind its server: `server = 192.0.2.11 weight=3`";
constexpr std::string_view of_thresholds =
    "it stands behind its server: `server = 192.0.2.11 upper=1000 lower=800`";
constexpr std::string_view of_check =
    "it stands behind the check: `check = tcp interval=2s timeout=1s fall=3 rise=2`";
constexpr std::string_view of_persistence =
    "it stands behind the time: `persistence = 300 mask=255.255.255.0`";
constexpr std::string_view of_pool =
    "a [pool] has servers, and services use it by `servers = NAME`";
constexpr std::array foreign_keys{
    foreign_key{"service", "weight", of_server},
    foreign_key{"service", "upper", of_thresholds},
    foreign_key{"service", "lower", of_thresholds},
    foreign_key{"service", "interval", of_check},
    foreign_key{"service", "fall", of_check},
    foreign_key{"service", "rise", of_check},
    foreign_key{"service", "inter", of_check},
    foreign_key{"service", "mask", of_persistence},
    foreign_key{"service", "prefix", of_persistence},
    foreign_key{"service", "protocol", "it stands in `listen = 192.0.2.100:80/tcp`"},
    foreign_key{"service", "port", "it stands in `listen = 192.0.2.100:80/tcp`"},
    foreign_key{"service", "address", "services have `listen = 192.0.2.100:80/tcp`"},
    foreign_key{"service", "vip", "services have `listen = 192.0.2.100:80/tcp`"},
    foreign_key{"service", "bind", "services have `listen = 192.0.2.100:80/tcp`"},
    foreign_key{"service", "balance", "weir's word is `scheduler`"},
    foreign_key{"service", "lb_algo", "weir's word is `scheduler`"},
    foreign_key{"service", "lvs_sched", "weir's word is `scheduler`"},
    foreign_key{"service", "algorithm", "weir's word is `scheduler`"},
    foreign_key{"service", "lb_kind", "weir's word is `forward`"},
    foreign_key{"service", "lvs_method", "weir's word is `forward`"},
    foreign_key{"service", "mode",
                "`forward = dr`, `tun` or `nat` is LVS's; HAProxy's tcp and http are one to weir"},
    foreign_key{"service", "maxconn", of_thresholds},
    foreign_key{"service", "delay_loop", of_check},
    foreign_key{"service", "connect_timeout", of_check},
    foreign_key{"service", "option", of_check},
    foreign_key{"service", "inhibit_on_failure", "weir's word is `on-down`"},
    foreign_key{"service", "ops", "weir's word is `one-packet`"},
    foreign_key{"service", "quorum_up", "weir's word is `on-quorum`"},
    foreign_key{"service", "quorum_down", "weir's word is `on-quorum`"},
    foreign_key{"service", "real_server", "weir's word is `server`"},
    foreign_key{"service", "backend", "weir's word is `server`"},
    foreign_key{"service", "backup", "weir's word is `fallback`"},
    foreign_key{"service", "sorry_server", "weir's word is `fallback`"},
    foreign_key{"service", "persistence_timeout", "weir's word is `persistence`"},
    foreign_key{"service", "route", "weir's word is `forward`: `forward = dr`"},
    foreign_key{"defaults", "server", of_pool},
    foreign_key{"defaults", "servers", of_pool},
    foreign_key{"defaults", "listen", "each service has its own `listen`"},
    foreign_key{"port", "interface", "weir's word is `device`: `device = packet:eth1`"},
    foreign_key{"port", "ip", "weir's word is `address`"},
};

} // namespace

std::string weirs_word(std::string_view word, const std::vector<std::string>& allowed) {
    std::string lower(word);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const auto* const found = std::ranges::find(foreign_words, lower, &foreign_word::theirs);
    if (found == foreign_words.end() || std::ranges::find(allowed, found->ours) == allowed.end())
        return "";
    return std::string(found->ours);
}

std::string instead_of_key(std::string_view kind, std::string_view key) {
    const auto* const found = std::ranges::find_if(
        foreign_keys, [&](const foreign_key& f) { return f.kind == kind && f.key == key; });
    return found == foreign_keys.end() ? "" : std::string(found->instead);
}

std::string instead_of_file(std::string_view line) {
    const auto parts = words(line);
    if (parts.empty()) return "";
    constexpr std::array<std::string_view, 8> blocks{
        "global_defs",          "vrrp_instance",  "vrrp_script",      "vrrp_sync_group",
        "virtual_server_group", "virtual_server", "static_ipaddress", "real_server"};
    if (std::ranges::find(blocks, parts[0]) != blocks.end())
        return "this looks like keepalived.conf: translate it with `weirctl import keepalived "
               "FILE`";
    if (parts[0] == "-A" || parts[0] == "-a" || parts[0] == "ipvsadm"
        || parts[0].ends_with("/ipvsadm"))
        return "this looks like the output of ipvsadm-save: translate it with `weirctl import "
               "ipvsadm FILE`";
    constexpr std::array<std::string_view, 5> sections{"global", "defaults", "frontend", "backend",
                                                       "listen"};
    if (std::ranges::find(sections, parts[0]) != sections.end()
        && line.find('=') == std::string_view::npos)
        return "this looks like haproxy.cfg, which weir does not read: begin with `[director]`";
    return "";
}

} // namespace weir::config
