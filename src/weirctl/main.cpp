// weirctl: inspects a running director and changes what can change at run time.

#include <algorithm>
#include <csignal>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "message/keys.h"
#include "message/message.h"
#include "weirctl/commands.h"

namespace {

/// With --json on standard output, as an answer would be; else in words on standard error.
void complain(bool json, const std::string& what, const std::vector<std::string>& problems = {}) {
    if (json) {
        nlohmann::json error{{weir::message::key::error, what}};
        if (!problems.empty()) error[weir::message::key::problems] = problems;
        std::cout << weir::message::to_text(error) << std::endl;
        return;
    }
    for (const std::string& problem : problems)
        std::cerr << problem << '\n';
    std::cerr << "weirctl: " << what << '\n';
}

} // namespace

int main(int argc, char** argv) {
    using namespace weir;
    std::signal(SIGPIPE, SIG_IGN);
    const bool json = std::find(argv + 1, argv + argc, std::string_view("--json")) != argv + argc;
    try {
        weirctl::run({argv + 1, argv + argc});
        return 0;
    } catch (const weirctl::output_closed&) {
        return 0;
    } catch (const message::refused& e) {
        complain(json, e.what(), e.problems());
    } catch (const config::usage_error& e) {
        complain(json, e.what());
        return config::exit_usage;
    } catch (const std::exception& e) {
        complain(json, e.what());
    }
    return 1;
}
