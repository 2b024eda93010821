#include "weirctl/table.h"

#include <cstdint>

#include "weirctl/commands.h"

namespace weir::weirctl {

namespace {

namespace po = boost::program_options;

void no_options(po::options_description_easy_init) {}

void list_options(po::options_description_easy_init add) {
    add("stats", "connections, packets and bytes since start");
    add("rate", "the same, per second");
    add("thresholds", "connection thresholds");
    add("persistent-conn", "clients that persistence holds to each server");
    add("exact", "all digits of large numbers");
    add("numeric,n", "accepted, without effect: addresses are always numbers");
    add("service,s", po::value<std::string>()->value_name("SERVICE"),
        "this service only: the same as SERVICE alone");
}

void connection_options(po::options_description_easy_init add) {
    add("service,s", po::value<std::string>()->value_name("SERVICE"),
        "of this service only: the same as SERVICE alone");
    add("client", po::value<std::string>()->value_name("ADDRESS[/LENGTH|:PORT]"),
        "of these clients only");
    add("count", po::value<std::string>()->implicit_value("1s")->value_name("TIME"),
        "of one client: also count what packets come from now on, for a second or TIME");
    add("limit", po::value<std::int64_t>()->value_name("N"), "at most N of them");
    add("numeric,n", "accepted, without effect: addresses are always numbers");
}

void server_options(po::options_description_easy_init add) {
    add("service,s", po::value<std::string>()->value_name("SERVICE"), "in this service only");
}

void take_out_options(po::options_description_easy_init add) {
    server_options(add);
    add("wait", po::value<std::string>()->implicit_value("1h")->value_name("TIME"),
        "until the servers have no connections, neither open nor ending ones, for an hour at "
        "most; --wait=TIME (30s, 10m): for TIME at most. Then it is an error");
}

void save_options(po::options_description_easy_init add) {
    add("conf", "what was changed at run time, as lines of the configuration file");
}

void import_options(po::options_description_easy_init add) {
    add("interface,i", po::value<std::vector<std::string>>()->value_name("NAME"),
        "an interface that packets come from; one for each port");
    add("id", po::value<std::string>()->value_name("NAME"),
        "keepalived's -i, for lines that begin with @");
}

void setup_options(po::options_description_easy_init add) {
    add("write", po::value<std::string>()->value_name("DIR"),
        "write what to change as files below this folder");
    add("root", po::value<std::string>()->value_name("DIR"),
        "look at the /proc and /sys below this folder, a copy of another machine's");
}

void top_options(po::options_description_easy_init add) {
    add("once", "print one frame as text and exit");
    add("interval", po::value<std::string>()->value_name("TIME")->default_value("1s"),
        "time between frames (500ms, 5s; a number is seconds)");
    add("sort", po::value<std::string>()->value_name("WHAT")->default_value("cps"),
        "sort key: cps, packets, bytes or active");
}

void watch_options(po::options_description_easy_init add) {
    const auto text = [] { return po::value<std::string>(); };
    add("client", text()->value_name("ADDRESS[:PORT]"),
        "packets of this client, or a block of them");
    add("vip", text()->value_name("ADDRESS[:PORT]"), "to or from this VIP");
    add("server", text()->value_name("ADDRESS[:PORT]"), "to or from this server");
    add("port", text()->value_name("NAME"), "through this port of weir's");
    add("dropped", text()->value_name("REASON")->implicit_value(""),
        "dropped packets only, for this reason (--dropped=REASON) or any");
    add("count", po::value<std::int64_t>()->value_name("N"), "end after N packets");
    add("for", text()->value_name("TIME"), "end after this time (30s, 5m; a number is seconds)");
    add("rate", po::value<std::int64_t>()->value_name("N"),
        "packets a second that one worker shows at most");
}

void capture_options(po::options_description_easy_init add) {
    add("write,w", po::value<std::string>()->value_name("FILE"),
        "a pcapng file; -: standard output");
    add("snap", po::value<std::int64_t>()->value_name("BYTES"), "so much of each frame");
    watch_options(add);
}

void reload_options(po::options_description_easy_init add) {
    add("check", "show what a reload would do, and do nothing");
}

} // namespace

const std::vector<command>& all_commands() {
    static const std::vector<command> commands{
        {"list",
         {"[SERVICE]"},
         "services and their servers, as ipvsadm -Ln shows them",
         list,
         list_options,
         "  weirctl list                      services, servers, weights, connections\n"
         "  weirctl list web                  of service web only\n"
         "  weirctl list --stats --exact      counters, all digits\n"
         "  weirctl list --rate web           what happens per second, service web only\n"
         "  weirctl list --json | jq '.services[].name'\n"},
        {"connections",
         {"[SERVICE]"},
         "the connection table, as ipvsadm -Lnc shows it",
         connections,
         connection_options,
         "  weirctl connections --limit 20\n"
         "  weirctl connections web --client 203.0.113.0/24\n"
         "  weirctl connections 192.0.2.100:80/tcp --json\n"},
        {"checks",
         {"[SERVICE]"},
         "the health checks, and what each server answered last",
         checks,
         no_options,
         "  weirctl checks\n"
         "  weirctl checks web\n"
         "  weirctl checks --json | jq '.checks[] | select(.state != \"up\")'\n"},
        {"status",
         {},
         "version, workers and how busy they are, ports, packets, drops",
         status,
         no_options,
         "  weirctl status\n"
         "  weirctl status --json | jq .books.drops\n"},
        {"top",
         {},
         "services and servers by how busy they are, live",
         top,
         top_options,
         "  weirctl top\n"
         "  weirctl top --interval 5s --sort bytes\n"
         "  weirctl top --once | head -20\n\n"
         "keys: c, p, b, a sort by connections per second, packets, bytes, active connections;\n"
         "s shows or hides servers; q quits.\n"},
        {"trace",
         {},
         "what becomes of packets, and why, live",
         trace,
         watch_options,
         "  weirctl trace --client 203.0.113.7\n"
         "  weirctl trace --vip 192.0.2.100:80 --count 20\n"
         "  weirctl trace --dropped                  every packet that is dropped, with its "
         "reason\n"
         "  weirctl trace --dropped=no_destination --for 1m --json\n\n"
         "Ends at ^C, after --count packets or the time --for.\n"},
        {"capture",
         {"[EXPRESSION]..."},
         "packets as a pcapng file for tcpdump and Wireshark",
         capture,
         capture_options,
         "  weirctl capture -w web.pcapng host 203.0.113.7 and port 80\n"
         "  weirctl capture -w - --client 203.0.113.7 | tcpdump -nr -\n"
         "  weirctl capture -w drops.pcapng --dropped\n\n"
         "EXPRESSION is libpcap's, pcap-filter(7). Both sides are there: what weir received, with\n"
         "a comment where it went nowhere, and what it sent.\n"},
        {"weight",
         {"SERVICE", "SERVER", "N"},
         "change a server's weight, 0 to 65535",
         weight,
         no_options,
         "  weirctl weight web 192.0.2.11 3\n"
         "  weirctl weight web web1 3         by the server's name=\n"
         "  weirctl weight [2001:db8::100]:80/tcp [2001:db8:1::11]:8080 10\n"},
        {"drain",
         {"SERVER..."},
         "weight 0: no new connections, the old ones go on",
         drain,
         take_out_options,
         "  weirctl drain 192.0.2.11                    in all services, at all its ports\n"
         "  weirctl drain web1 web2 --service web       by their name=, in one service\n"
         "  weirctl drain web web1                      the same for one: SERVICE SERVER\n"
         "  weirctl drain web1 --wait=10m               until it has no connections\n\n"
         "Of several words, the first may be a SERVICE. It lasts until `weirctl enable`, or until\n"
         "the file gives the server another weight.\n"},
        {"enable",
         {"SERVER..."},
         "undo drain and disable: take connections again",
         enable,
         server_options,
         "  weirctl enable 192.0.2.11                   in all services\n"
         "  weirctl enable web1 --service web           in one\n\n"
         "A weight of 0 becomes that of the configuration file; any other weight stays.\n"},
        {"disable",
         {"SERVER..."},
         "take a server out without touching its weight",
         disable,
         take_out_options,
         "  weirctl disable 192.0.2.11                  in all services\n"
         "  weirctl disable 192.0.2.11:8080 --service web --wait\n"},
        {"server",
         {"add|remove", "SERVICE", "SERVER..."},
         "add a server to a service, or remove one, without the file",
         change_list_of_servers,
         no_options,
         "  weirctl server add web 192.0.2.14:8080 weight=2 name=web4\n"
         "  weirctl server remove web web4\n"
         "  weirctl save --conf                         what the file does not say\n\n"
         "What is added has the properties of a `server =` line. It outlives reloads and restarts\n"
         "until the file has the server; what is removed stays out until it is added again.\n"},
        {"failover",
         {"VRRP"},
         "hand the addresses of a [vrrp NAME] and its group to a peer",
         failover,
         no_options,
         "  weirctl failover outside\n\n"
         "This director takes them back only when the peer gives them up or dies.\n"},
        {"reload",
         {},
         "apply the changed configuration file, as SIGHUP does",
         reload,
         reload_options,
         "  weirctl reload            prints what changed, or what is wrong with the file\n"
         "  weirctl reload --check    what it would change, and what needs a restart; changes\n"
         "                            nothing\n"},
        {"neighbours",
         {},
         "who is reached how on the links",
         neighbours,
         no_options,
         "  weirctl neighbours\n"
         "  weirctl neighbours --json | jq '.neighbours[] | select(.mac == null)'\n"},
        {"schedulers",
         {},
         "all schedulers, including those of plugins",
         schedulers,
         no_options,
         "  weirctl schedulers\n"},
        {"metrics",
         {},
         "all figures in Prometheus' text format",
         metrics,
         no_options,
         "  weirctl metrics\n"
         "  weirctl metrics > /var/lib/node_exporter/weir.prom.new &&\n"
         "      mv /var/lib/node_exporter/weir.prom.new /var/lib/node_exporter/weir.prom\n"},
        {"save",
         {},
         "the running services as ipvsadm -Sn prints them",
         save,
         save_options,
         "  weirctl save > services\n"
         "  weirctl save | ipvsadm -R                     run them with LVS\n"
         "  weirctl save | weirctl import ipvsadm -       and back\n"
         "  weirctl save --conf                           what differs from the file of weir\n\n"
         "A note on standard error names each setting that ipvsadm cannot express.\n"},
        {"import",
         {"FORMAT", "FILE"},
         "a file of keepalived or ipvsadm as weir's",
         import_file,
         import_options,
         "  weirctl import keepalived /etc/keepalived/keepalived.conf > weir.conf\n"
         "  weirctl import keepalived --interface eth0 --interface eth1 keepalived.conf\n"
         "  ipvsadm -Sn | weirctl import ipvsadm - > weir.conf\n\n"
         "FORMAT is keepalived or ipvsadm; FILE may be -, standard input. The configuration goes\n"
         "to standard output; what became of each line to standard error: imported, ignored, or\n"
         "in need of a decision.\n"},
        {"setup",
         {},
         "what to change on this machine: cards, IOMMU, hugepages, CPUs",
         setup,
         setup_options,
         "  weirctl setup\n"
         "  weirctl setup --write /tmp/weir-setup    files to look through and copy to /etc\n\n"
         "It needs no running director, and never touches a card.\n"},
    };
    return commands;
}

} // namespace weir::weirctl
