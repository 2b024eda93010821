// weir-bench: how fast the production worker is on this machine. bench/README.md says how to read
// it.

#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include <rte_eal.h>

#include "config/command_line.h"
#include "replay.h"

namespace options = boost::program_options;

namespace {

using weir::bench::replay_case;

struct command {
    const char* summary;
    const char* example;
    std::function<void(options::options_description&)> describe;
    std::function<void(const options::variables_map&)> run;
};

void print(const nlohmann::ordered_json& object, bool json) {
    if (json) {
        std::cout << object.dump() << std::endl;
        return;
    }
    std::cout << fmt::format(
        "{:<16} {:>8.2f} Mpps  {:>7.1f} ns/packet (min {:.1f}, p99 {:.1f})  floor {:.1f} ns  ratio "
        "{:.2f}  {:.0f} B/flow\n",
        object["case"].get<std::string>(), object["mpps"].get<double>(),
        object["ns_per_packet"]["median"].get<double>(),
        object["ns_per_packet"]["min"].get<double>(), object["ns_per_packet"]["p99"].get<double>(),
        object["floor_ns_per_packet"]["median"].get<double>(), object["ratio"].get<double>(),
        object["bytes_per_flow"].get<double>());
}

void describe_replay(options::options_description& d) {
    d.add_options()("mode", options::value<std::string>()->default_value("dr"),
                    "dr, tun, nat, floor (or all)")(
        "family", options::value<unsigned>()->default_value(4), "4 or 6")(
        "flows", options::value<std::uint64_t>()->default_value(1000), "established flows")(
        "servers", options::value<unsigned>()->default_value(10),
        "real servers")("services", options::value<unsigned>()->default_value(1), "services")(
        "workers", options::value<unsigned>()->default_value(1), "workers, one core each")(
        "packet-size", options::value<std::size_t>()->default_value(64), "bytes on the wire")(
        "pattern", options::value<std::string>()->default_value("uniform"), "uniform or zipf")(
        "scheduler", options::value<std::string>()->default_value("rr"),
        "scheduler")("seconds", options::value<double>()->default_value(1), "measuring time");
}

void run_replay(const options::variables_map& given) {
    replay_case c;
    c.mode = given["mode"].as<std::string>();
    c.v6 = given["family"].as<unsigned>() == 6;
    c.flows = given["flows"].as<std::uint64_t>();
    c.servers = given["servers"].as<unsigned>();
    c.services = given["services"].as<unsigned>();
    c.workers = given["workers"].as<unsigned>();
    c.packet_size = given["packet-size"].as<std::size_t>();
    c.zipf = given["pattern"].as<std::string>() == "zipf";
    c.scheduler = given["scheduler"].as<std::string>();
    c.seconds = given["seconds"].as<double>();
    std::vector<std::string> modes{c.mode};
    if (c.mode == "all") modes = {"dr", "tun", "nat"};
    for (const std::string& mode : modes) {
        c.mode = mode;
        print(replay(c), given.contains("json"));
    }
}

const std::map<std::string, command> commands{
    {"replay",
     {"established traffic: ns per packet beside the floor",
      "weir-bench replay --mode nat --flows 1000000 --seconds 2 --json", describe_replay,
      run_replay}},
};

void start_eal(const std::string& program, const std::vector<std::string>& more, bool huge) {
    std::vector<std::string> arguments{program, "--no-pci", "--no-telemetry", "--log-level=3",
                                       "--file-prefix=weir-bench"};
    if (huge)
        arguments.insert(arguments.end(), {"--in-memory", "-m", "128"});
    else
        arguments.insert(arguments.end(), {"--no-huge", "--no-shconf", "-m", "256"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (std::string& argument : arguments)
        argv.push_back(argument.data());
    if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0)
        throw std::runtime_error("DPDK does not start");
}

int usage() {
    std::cout << "weir-bench: how fast weir is on this machine\n\n"
                 "usage: weir-bench COMMAND [options] [--json] [-- EAL arguments]\n\ncommands:\n";
    for (const auto& [name, c] : commands)
        std::cout << fmt::format("  {:<10} {}\n             {}\n", name, c.summary, c.example);
    std::cout << "\nweir-bench COMMAND --help tells its options.\n";
    return 0;
}

int run(int argc, char** argv) {
    auto [ours, eal] = weir::config::divide_arguments(argc, argv);
    if (ours.empty() || ours[0] == "--help" || ours[0] == "-h") return usage();
    const auto found = commands.find(ours[0]);
    if (found == commands.end())
        throw std::runtime_error("no command '" + ours[0] + "'; weir-bench --help lists them");
    ours.erase(ours.begin());
    options::options_description description(found->first + " options");
    found->second.describe(description);
    description.add_options()("json", "one JSON object per case")(
        "no-huge", "do without hugepages")("help,h", "print this");
    options::variables_map given;
    options::store(options::command_line_parser(ours).options(description).run(), given);
    options::notify(given);
    if (given.contains("help")) {
        std::cout << found->second.summary << "\n\nexample: " << found->second.example << "\n\n"
                  << description;
        return 0;
    }
    start_eal(argv[0], eal, !given.contains("no-huge"));
    found->second.run(given);
    rte_eal_cleanup();
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& e) {
        std::cerr << "weir-bench: " << e.what() << '\n';
        return 1;
    }
}
