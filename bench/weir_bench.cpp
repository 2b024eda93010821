// weir-bench measures the production worker on this machine. bench/README.md explains the figures.

#include <algorithm>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <rte_eal.h>

#include "command.h"
#include "config/command_line.h"
#include "environment.h"

namespace {

namespace options = boost::program_options;
using weir::bench::command;
using weir::config::usage_error;

std::vector<command> all_commands() {
    return {weir::bench::replay_command(),  weir::bench::connect_command(),
            weir::bench::latency_command(), weir::bench::table_command(),
            weir::bench::reload_command(),  weir::bench::soak_command(),
            weir::bench::sync_command(),    weir::bench::report_command()};
}

int usage(const std::vector<command>& commands) {
    std::cout << "weir-bench: how fast weir is on this machine\n\n"
                 "usage: weir-bench COMMAND [options] [--json] [-- EAL arguments]\n\ncommands:\n";
    for (const command& c : commands)
        std::cout << fmt::format("  {:<10} {}\n             {}\n", c.name, c.summary,
                                 c.examples.front());
    std::cout << "\nweir-bench COMMAND --help tells its options.\n\n" << weir::bench::hugepage_help;
    return 0;
}

int run(int argc, char** argv) {
    const std::vector<command> commands = all_commands();
    auto [ours, eal] = weir::config::divide_arguments(argc, argv);
    if (ours.empty() || ours[0] == "--help" || ours[0] == "-h") return usage(commands);
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [&](const command& c) { return ours[0] == c.name; });
    if (found == commands.end())
        throw usage_error("no command `" + ours[0] + "`; `weir-bench --help` lists them");
    ours.erase(ours.begin());
    options::options_description description("options");
    found->describe(description);
    description.add_options()("json", "one JSON object per case")(
        "no-huge", "do without hugepages for DPDK's memory")("help,h", "print this");
    const auto [given, words] = weir::config::read_command_line(
        ours, description, fmt::format("weir-bench {} --help", found->name));
    if (!words.empty())
        throw usage_error(
            fmt::format("{} takes options alone, not `{}`", found->name, words.front()));
    if (given.contains("help")) {
        std::cout << "weir-bench " << found->name << ": " << found->summary << "\n\nexamples:\n";
        for (const char* example : found->examples)
            std::cout << "  " << example << '\n';
        std::cout << '\n' << description << '\n' << weir::bench::hugepage_help;
        return 0;
    }
    weir::bench::start_eal(argv[0], eal, !given.contains("no-huge"));
    int status = 0;
    {
        weir::bench::output out(given.contains("json"));
        status = found->run(given, out);
    }
    rte_eal_cleanup();
    return status;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const usage_error& e) {
        std::cerr << "weir-bench: " << e.what() << '\n';
        return weir::config::exit_usage;
    } catch (const std::exception& e) {
        std::cerr << "weir-bench: " << e.what() << '\n';
        return 1;
    }
}
