// weirctl's command line: finds the command, reports errors, prints help.

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <fmt/format.h>

#include "config/problem.h"
#include "weirctl/habits.h"
#include "weirctl/table.h"

namespace weir::weirctl {

namespace {

namespace po = boost::program_options;
using config::in_quotes;
using config::usage_error;

std::string usual_run_dir() {
    const char* const chosen = std::getenv("WEIR_RUN_DIR");
    return chosen != nullptr && *chosen != '\0' ? chosen : "/run/weir";
}

po::options_description common_options() {
    po::options_description options("options for every command");
    options.add_options()("socket", po::value<std::string>()->value_name("PATH"),
                          "the director's control socket")(
        "run-dir", po::value<std::string>()->value_name("DIR")->default_value(usual_run_dir()),
        "its run directory, which holds weir.sock; WEIR_RUN_DIR sets the default")(
        "json", "print JSON")("help,h", "print this and exit")("version,V",
                                                               "print the version and exit");
    return options;
}

po::options_description own_options(const command& c) {
    po::options_description options("options");
    c.add_options(options.add_options());
    return options;
}

std::string usage_of(const command& c) {
    std::string usage = c.name;
    for (const char* word : c.words)
        usage += fmt::format(" {}", word);
    return usage;
}

void print_help() {
    std::string text = "weirctl: inspect and change a running weir\n\n"
                       "usage: weirctl [--socket PATH | --run-dir DIR] COMMAND ...\n\ncommands:\n";
    for (const command& c : all_commands())
        text += fmt::format("  {:<26} {}\n", usage_of(c), c.summary);
    text += "\nSERVICE is a service's name or its ADDRESS:PORT[/PROTOCOL]; SERVER is its "
            "name=, or\nADDRESS[:PORT]. `weirctl COMMAND --help` shows options and examples.\n";
    std::cout << text << '\n' << common_options();
}

void print_help(const command& c) {
    const auto own = own_options(c);
    std::cout << "weirctl " << usage_of(c) << ": " << c.summary << "\n\nexamples:\n"
              << c.examples << '\n';
    if (!own.options().empty()) std::cout << own << '\n';
    std::cout << common_options();
}

/// The command's name: the first word that is neither an option nor an option's value. Removes it
/// from the words.
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

const command* find_command(const std::string& name, const std::vector<std::string>& others) {
    if (name.empty()) return nullptr;
    std::vector<std::string> names;
    for (const command& c : all_commands()) {
        if (c.name == name) return &c;
        names.emplace_back(c.name);
    }
    if (name == "version")
        throw usage_error(fmt::format("no command {}; did you mean `--version`?", in_quotes(name)));
    if (const std::string instead = instead_of_command(name, others); !instead.empty())
        throw usage_error(fmt::format("no command {}; {}", in_quotes(name), instead));
    const std::string near = config::nearest(name, names);
    throw usage_error(fmt::format("no command {}; {}", in_quotes(name),
                                  near.empty() ? "`weirctl --help` lists them all"
                                               : fmt::format("did you mean `{}`?", near)));
}

/// `SERVER...`: one or more of them, at the end.
bool takes_more(const command& c) {
    return !c.words.empty() && std::string_view(c.words.back()).ends_with("...");
}

void check_words(const command& c, const std::vector<std::string>& words) {
    const auto needed = std::count_if(c.words.begin(), c.words.end(),
                                      [](const char* word) { return *word != '['; });
    std::string wrong;
    if (words.size() > c.words.size() && !takes_more(c))
        wrong = fmt::format("{} is one word too many", in_quotes(words[c.words.size()]));
    else if (words.size() < static_cast<std::size_t>(needed))
        wrong = fmt::format("{} is missing", c.words[words.size()]);
    if (!wrong.empty())
        throw usage_error(
            fmt::format("{}: weirctl {} (see `weirctl {} --help`)", wrong, usage_of(c), c.name));
}

} // namespace

void run(std::vector<std::string> arguments) {
    refuse_habits_of_ipvsadm(arguments);
    std::string name = take_command(arguments);
    if (name == "help") {
        name = take_command(arguments);
        arguments.emplace_back("--help");
    }
    // Only what stands behind `=` is how long to wait; the next word is a server.
    std::ranges::replace(arguments, "--wait", "--wait=1h");
    const command* const c = find_command(name, arguments);
    po::options_description described = common_options();
    if (c != nullptr) described.add(own_options(*c));
    const auto [given, words] = config::read_command_line(
        arguments, described,
        c == nullptr ? "weirctl --help" : fmt::format("weirctl {} --help", c->name));
    if (given.contains("version")) {
        std::cout << "weirctl " WEIR_VERSION "\n";
        return;
    }
    if (given.contains("help")) return c == nullptr ? print_help() : print_help(*c);
    if (c == nullptr) throw usage_error("which command? `weirctl --help` lists them");
    if (const std::string instead = instead_of_words(c->name, words); !instead.empty())
        throw usage_error(instead);
    check_words(*c, words);
    message::client director(given.contains("socket")
                                 ? given["socket"].as<std::string>()
                                 : message::socket_in(given["run-dir"].as<std::string>()));
    c->run({director, given, words, given.contains("json")});
    flush();
}

} // namespace weir::weirctl
