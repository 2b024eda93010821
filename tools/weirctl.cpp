// weirctl: looks into a running director and changes what may be changed at run time.

#include <algorithm>
#include <csignal>
#include <iostream>

#include <fmt/format.h>

#include "config/problem.h"
#include "weirctl_commands.h"

namespace {

namespace po = boost::program_options;
using namespace weir::ctl;

struct command {
    const char* name;
    std::vector<const char*> words; ///< what it takes besides options
    const char* summary;
    void (*run)(const invocation&);
    void (*add_options)(po::options_description_easy_init add);
    const char* examples;
};

void no_options(po::options_description_easy_init) {}

void list_options(po::options_description_easy_init add) {
    add("stats", "connections, packets and bytes since start");
    add("rate", "the same, per second");
    add("thresholds", "connection thresholds");
    add("persistent-conn", "clients that persistence leads to each server");
    add("exact", "all digits of large numbers");
    add("numeric,n", "accepted for the habit of it: addresses are always numbers");
    add("service,s", po::value<std::string>()->value_name("SERVICE"), "this service only");
}

void connection_options(po::options_description_easy_init add) {
    add("service,s", po::value<std::string>()->value_name("SERVICE"), "of this service only");
    add("client", po::value<std::string>()->value_name("ADDRESS[/LENGTH]"),
        "of these clients only");
    add("limit", po::value<std::int64_t>()->value_name("N"), "at most N of them");
    add("numeric,n", "accepted for the habit of it: addresses are always numbers");
}

void import_options(po::options_description_easy_init add) {
    add("interface,i", po::value<std::vector<std::string>>()->value_name("NAME"),
        "where packets come from; one for each port");
    add("id", po::value<std::string>()->value_name("NAME"),
        "keepalived's -i, for lines that begin with @");
}

void top_options(po::options_description_easy_init add) {
    add("once", "print one frame as text and end");
    add("interval", po::value<double>()->value_name("SECONDS")->default_value(1, "1"),
        "from one frame to the next");
    add("sort", po::value<std::string>()->value_name("WHAT")->default_value("cps"),
        "cps, packets, bytes or active: which comes first");
}

const std::vector<command> commands{
    {"list",
     {},
     "services and their servers, as ipvsadm -Ln shows them",
     list,
     list_options,
     "  weirctl list                      services, servers, weights, connections\n"
     "  weirctl list --stats --exact      counters, all digits\n"
     "  weirctl list --rate -s web        what happens per second, service web only\n"
     "  weirctl list --json | jq '.services[].name'\n"},
    {"connections",
     {},
     "the connection table, as ipvsadm -Lnc shows it",
     connections,
     connection_options,
     "  weirctl connections --limit 20\n"
     "  weirctl connections --service web --client 203.0.113.0/24\n"
     "  weirctl connections --service 192.0.2.100:80/tcp --json\n"},
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
     "  weirctl top --interval 5 --sort bytes\n"
     "  weirctl top --once | head -20\n\n"
     "keys: c, p, b, a sort by connections per second, packets, bytes, active connections;\n"
     "s shows or hides servers; q ends.\n"},
    {"weight",
     {"SERVICE", "SERVER", "N"},
     "change a server's weight, 0 to 65535",
     weight,
     no_options,
     "  weirctl weight web 192.0.2.11 3\n"
     "  weirctl weight 192.0.2.100:80/tcp [2001:db8::11]:8080 10\n"},
    {"drain",
     {"SERVICE", "SERVER"},
     "weight 0: no new connections, the old ones go on",
     drain,
     no_options,
     "  weirctl drain web 192.0.2.11\n"},
    {"enable",
     {"SERVICE", "SERVER"},
     "undo drain and disable: the weight of the file again",
     enable,
     no_options,
     "  weirctl enable web 192.0.2.11\n"},
    {"disable",
     {"SERVICE", "SERVER"},
     "take a server out without touching its weight",
     disable,
     no_options,
     "  weirctl disable web 192.0.2.11:8080\n"},
    {"reload",
     {},
     "apply the changed configuration file, as SIGHUP does",
     reload,
     no_options,
     "  weirctl reload    prints what is wrong with the file, if anything\n"},
    {"neighbours",
     {},
     "who is reached how on the links",
     neighbours,
     no_options,
     "  weirctl neighbours\n"
     "  weirctl neighbours --json | jq '.neighbours[] | select(.mac == null)'\n"},
    {"schedulers",
     {},
     "the schedulers there are, those of plugins included",
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
     no_options,
     "  weirctl save > services\n"
     "  weirctl save | ipvsadm -R                     run them with LVS\n"
     "  weirctl save | weirctl import ipvsadm -       and back\n\n"
     "What ipvsadm's words cannot say is noted on standard error.\n"},
    {"import",
     {"FORMAT", "FILE"},
     "a file of keepalived or ipvsadm as weir's",
     import_file,
     import_options,
     "  weirctl import keepalived /etc/keepalived/keepalived.conf > weir.conf\n"
     "  weirctl import keepalived --interface eth0 --interface eth1 keepalived.conf\n"
     "  ipvsadm -Sn | weirctl import ipvsadm - > weir.conf\n\n"
     "FORMAT is keepalived or ipvsadm; FILE may be -, standard input. The configuration goes to\n"
     "standard output; what became of each line to standard error: imported, ignored, or in need\n"
     "of a decision.\n"},
};

po::options_description common_options() {
    po::options_description options("options for every command");
    options.add_options()("socket", po::value<std::string>()->value_name("PATH"),
                          "the director's control socket")(
        "run-dir", po::value<std::string>()->value_name("DIR")->default_value("/run/weir"),
        "its run directory, where weir.sock is")("json", "print JSON")(
        "help,h", "print this and exit")("version,V", "print the version and exit");
    return options;
}

std::string usage_of(const command& c) {
    std::string usage = c.name;
    for (const char* word : c.words)
        usage += fmt::format(" {}", word);
    return usage;
}

void print_help() {
    std::string text = "weirctl: look into a running weir, and change it\n\n"
                       "usage: weirctl [--socket PATH | --run-dir DIR] COMMAND ...\n\ncommands:\n";
    for (const command& c : commands)
        text += fmt::format("  {:<26} {}\n", usage_of(c), c.summary);
    text += "\nSERVICE is a service's name or its ADDRESS:PORT[/PROTOCOL]; SERVER is "
            "ADDRESS[:PORT].\n`weirctl COMMAND --help` shows options and examples.\n";
    std::cout << text << '\n' << common_options();
}

po::options_description own_options(const command& c) {
    po::options_description options("options");
    c.add_options(options.add_options());
    return options;
}

void print_help(const command& c) {
    const auto own = own_options(c);
    std::cout << "weirctl " << usage_of(c) << ": " << c.summary << "\n\nexamples:\n"
              << c.examples << '\n';
    if (!own.options().empty()) std::cout << own << '\n';
    std::cout << common_options();
}

/// The command's name: the first word that is neither an option nor the value of one. Taken out.
std::string take_command(std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--socket" || arguments[i] == "--run-dir") {
            ++i;
        } else if (!arguments[i].starts_with('-')) {
            const std::string name = arguments[i];
            arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(i));
            return name;
        }
    }
    return "";
}

po::variables_map parse(const std::vector<std::string>& arguments, const command* c) {
    po::options_description hidden;
    hidden.add_options()("word", po::value<std::vector<std::string>>()->default_value({}, ""));
    po::options_description all;
    all.add(common_options()).add(hidden);
    if (c != nullptr) all.add(own_options(*c));
    po::positional_options_description words;
    words.add("word", -1);
    const int style =
        po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    po::variables_map given;
    po::store(po::command_line_parser(arguments).options(all).positional(words).style(style).run(),
              given);
    po::notify(given);
    return given;
}

std::runtime_error unknown_command(const std::string& name) {
    std::vector<std::string> names;
    for (const command& c : commands)
        names.emplace_back(c.name);
    const std::string near = weir::config::nearest(name, names);
    return std::runtime_error(fmt::format("no command `{}`; {}", name,
                                          near.empty() ? "`weirctl --help` lists them"
                                                       : fmt::format("did you mean `{}`?", near)));
}

int run(std::vector<std::string> arguments) {
    const std::string name = take_command(arguments);
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [&](const command& c) { return c.name == name; });
    if (!name.empty() && found == commands.end()) throw unknown_command(name);
    const command* const c = found == commands.end() ? nullptr : &*found;
    const po::variables_map given = parse(arguments, c);
    if (given.contains("version")) {
        std::cout << "weirctl " WEIR_VERSION "\n";
        return 0;
    }
    if (given.contains("help")) {
        c == nullptr ? print_help() : print_help(*c);
        return 0;
    }
    if (c == nullptr) throw std::runtime_error("which command? `weirctl --help` lists them");
    const auto& words = given["word"].as<std::vector<std::string>>();
    // Words in brackets may be left out.
    const auto needed = std::count_if(c->words.begin(), c->words.end(),
                                      [](const char* word) { return *word != '['; });
    if (words.size() > c->words.size() || words.size() < static_cast<std::size_t>(needed))
        throw std::runtime_error(
            fmt::format("usage: weirctl {} (see weirctl {} --help)", usage_of(*c), c->name));
    client director(given.contains("socket") ? given["socket"].as<std::string>()
                                             : given["run-dir"].as<std::string>() + "/weir.sock");
    c->run({director, given, words, given.contains("json")});
    flush();
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return run({argv + 1, argv + argc});
    } catch (const output_closed&) {
        return 0;
    } catch (const refused& e) {
        for (const std::string& problem : e.problems())
            std::cerr << problem << '\n';
        std::cerr << "weirctl: " << e.what() << '\n';
    } catch (const std::exception& e) {
        std::cerr << "weirctl: " << e.what() << '\n';
    }
    return 1;
}
