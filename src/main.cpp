// weir: from argv to configuration to EAL to cores, and nothing else.

#include <iostream>
#include <string>
#include <vector>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "config/command_line.h"
#include "config/doubts.h"
#include "director/start.h"
#include "machine/advice.h"
#include "service/scheduler_registry.h"

namespace options = boost::program_options;

namespace {

constexpr const char* usage =
    "weir, a layer-4 load balancer\n\n"
    "usage: weir --config FILE [--check [--here]] [-- EAL arguments]\n\n"
    "examples:\n"
    "  weir --config /etc/weir/weir.conf            run the director\n"
    "  weir --config /etc/weir/weir.conf --check    validate the file and say what is wrong\n"
    "  weir --config weir.conf -- --log-level=8     pass arguments on to DPDK\n\n";

int report(const std::vector<weir::config::problem>& problems) {
    for (const auto& problem : problems)
        std::cerr << to_string(problem) << '\n';
    return 1;
}

int run(int argc, char** argv) {
    auto [ours, eal] = weir::config::divide_arguments(argc, argv);

    options::options_description description("options");
    description.add_options()(
        "config,c",
        options::value<std::string>()->value_name("FILE")->default_value("/etc/weir/weir.conf"),
        "the configuration file")("check", "validate the configuration and exit: 0 if it is good")(
        "here", "with --check: also whether this machine has its CPUs, cards and memory, "
                "and whether Linux has a VIP, too")("schedulers", "list the schedulers and exit")(
        "version,V", "print the version and exit")("help,h", "print this and exit");
    const auto [given, words] = weir::config::read_command_line(ours, description, "weir --help");
    if (!words.empty())
        throw weir::config::usage_error(
            fmt::format("weir takes options alone; did you mean `--config {}`?", words.front()));

    if (given.contains("help")) {
        std::cout << usage << description;
        return 0;
    }
    if (given.contains("version")) {
        std::cout << "weir " WEIR_VERSION "\n";
        return 0;
    }
    if (given.contains("schedulers")) {
        for (const weir::scheduler_type* type : weir::all_schedulers())
            std::cout << fmt::format("{:<8} {}\n", type->name, type->summary);
        return 0;
    }
    const auto file = given["config"].as<std::string>();
    const auto loaded = weir::director::load_configuration(file);
    if (!loaded) return report(loaded.problems);
    if (given.contains("here") && !given.contains("check"))
        throw weir::config::usage_error("--here goes with --check");
    if (given.contains("check")) {
        if (given.contains("here")) {
            const weir::machine::facts here = weir::machine::look();
            const auto lacking = weir::machine::check_here(*loaded.configuration, here);
            for (const std::string& note : weir::machine::notes_here(*loaded.configuration, here))
                std::cerr << "warning: " << note << '\n';
            if (!lacking.empty()) return report(lacking);
        }
        for (weir::config::problem& doubt : weir::config::doubts(*loaded.configuration)) {
            doubt.text = "warning: " + doubt.text;
            std::cerr << to_string(doubt) << '\n';
        }
        const std::size_t included = loaded.configuration->files.size() - 1;
        std::cout << file << ": good";
        if (included > 0)
            std::cout << ", with " << included << (included == 1 ? " file" : " files")
                      << " that it includes";
        std::cout << '\n';
        return 0;
    }
    return weir::director::run_director(*loaded.configuration, eal);
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const weir::config::usage_error& e) {
        std::cerr << "weir: " << e.what() << '\n';
        return weir::config::exit_usage;
    } catch (const std::exception& e) {
        std::cerr << "weir: " << e.what() << '\n';
        return 1;
    }
}
